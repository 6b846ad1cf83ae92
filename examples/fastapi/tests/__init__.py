"""Tests of the service: over HTTP, with a real PostgreSQL."""
