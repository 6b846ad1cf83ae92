"""Has the AWS CLI of server.py run a command, and ends as that does; where none is kept, runs the CLI itself.

Usage: python3 -ISE client.py SOCKET CLI [ARGUMENT...]
"""

import json
import os
import socket
import sys

path, cli, *arguments = sys.argv[1:]

# Version 1 knows a name of its own for RDS in us-east-1, which goes before AWS_ENDPOINT_URL; version 2, which people
# and hosts have, doesn't.
if arguments[:1] == ["rds"] and os.environ.get("AWS_ENDPOINT_URL"):
    arguments[:0] = ["--endpoint-url", os.environ["AWS_ENDPOINT_URL"]]

folder = os.getcwd()
connection = socket.socket(socket.AF_UNIX)
try:
    # From its own folder, since the name of a socket may have a hundred characters.
    os.chdir(os.path.dirname(path))
    connection.connect(os.path.basename(path))
except OSError:
    os.chdir(folder)
    os.execv(cli, [cli, *arguments])
mask = os.umask(0)
os.umask(mask)
order = {
    "arguments": arguments,
    "environment": dict(os.environ),
    "folder": folder,
    "mask": mask,
}
message = json.dumps(order).encode()
try:
    socket.send_fds(connection, [len(message).to_bytes(8, "big")], [0, 1, 2])
    connection.sendall(message)
    status = connection.recv(1)
except KeyboardInterrupt:
    sys.exit(130)
except OSError:
    status = b""
# One that was killed has sent none.
sys.exit(status[0] if status else 137)
