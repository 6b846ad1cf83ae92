"""Prints who has connected to standard input, as systemd says it when it asks for a credential: UNIT NAME."""

import socket

# An address without a file: \0RANDOM/unit/UNIT/NAME
parts = socket.socket(fileno=0).getpeername().decode().split("/")
print(parts[2], parts[3])
