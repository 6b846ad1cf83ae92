//go:build tools

// Package tools keeps buildkitd a requirement of this module.
package tools

import _ "github.com/moby/buildkit/cmd/buildkitd"
