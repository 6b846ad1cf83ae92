"""Writes about places: what is known of one, a prompt, and a job that makes a text of both."""
