//go:build tools

// Package tools keeps traefik a requirement of this module.
package tools

import _ "github.com/traefik/traefik/v3/cmd/traefik"
