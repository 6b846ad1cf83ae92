//go:build tools

// Package tools keeps registry a requirement of this module.
package tools

import _ "github.com/distribution/distribution/v3/cmd/registry"
