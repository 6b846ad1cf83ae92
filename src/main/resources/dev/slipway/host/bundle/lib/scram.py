"""Prints what PostgreSQL keeps of the password that is on standard input (RFC 5803, SCRAM-SHA-256)."""

import base64
import hashlib
import hmac
import os
import sys

ITERATIONS = 4096


def main():
    password = sys.stdin.buffer.read()
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password, salt, ITERATIONS)
    client = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    text = [base64.b64encode(part).decode() for part in (salt, client, server)]
    print(f"SCRAM-SHA-256${ITERATIONS}:{text[0]}${text[1]}:{text[2]}", end="")


main()
