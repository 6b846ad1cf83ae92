//go:build tools

// Package tools keeps docker-buildx a requirement of this module.
package tools

import _ "github.com/docker/buildx/cmd/buildx"
