//go:build tools

// Package tools keeps pulumi-language-java a requirement of this module.
package tools

import _ "github.com/pulumi/pulumi-java/pkg/cmd/pulumi-language-java"
