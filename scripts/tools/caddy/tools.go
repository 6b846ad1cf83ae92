//go:build tools

// Package tools keeps caddy a requirement of this module.
package tools

import _ "github.com/caddyserver/caddy/v2/cmd/caddy"
