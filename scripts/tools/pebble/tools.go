//go:build tools

// Package tools keeps pebble a requirement of this module.
package tools

import _ "github.com/letsencrypt/pebble/v2/cmd/pebble"
