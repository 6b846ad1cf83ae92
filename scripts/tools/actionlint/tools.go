//go:build tools

// Package tools keeps actionlint a requirement of this module.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
