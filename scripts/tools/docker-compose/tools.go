//go:build tools

// Package tools keeps docker-compose a requirement of this module.
package tools

import _ "github.com/docker/compose/v5/cmd"
