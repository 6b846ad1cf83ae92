//go:build tools

// Package tools keeps aws-lambda-rie a requirement of this module.
package tools

import _ "github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie"
