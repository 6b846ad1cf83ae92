"""Keeps the AWS CLI loaded, which takes most of the time of a command, and runs each in a child of its own.

A rehearsal makes some thousand calls, each of which would take half a second of a processor. What runs is the CLI as it
was installed, with the caller's arguments, environment, folder, file mask, and standard input, output and error.

Usage: python3 server.py SOCKET, with awscli where Python finds it
"""

import contextlib
import io
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback

import awscli.clidriver
import botocore.loaders

# One command each of the services that scripts call most, at an address where nothing listens: what it reads and
# imports on its way is there for all that follow.
NOWHERE = ["--endpoint-url", "http://127.0.0.1:1", "--region", "us-east-1"]
FAMILIAR = [
    ["ssm", "get-parameter", "--name", "x"],
    ["s3api", "head-object", "--bucket", "x", "--key", "x"],
    ["s3", "ls", "s3://x"],
    ["sts", "get-caller-identity"],
    ["logs", "filter-log-events", "--log-group-name", "x"],
    ["kms", "describe-key", "--key-id", "x"],
    ["ec2", "describe-instances"],
    ["secretsmanager", "get-secret-value", "--secret-id", "x"],
]

# What the CLI puts into its environment when it is imported.
OWN = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}


def remember_files():
    """Has every file of the service descriptions read once."""
    read = botocore.loaders.JSONFileLoader.load_file
    known = {}

    def load_file(loader, path):
        if path not in known:
            known[path] = read(loader, path)
        return known[path]

    botocore.loaders.JSONFileLoader.load_file = load_file


def run(arguments):
    try:
        return awscli.clidriver.create_clidriver().main(arguments)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)


def warm_up():
    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_MAX_ATTEMPTS="1")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for command in FAMILIAR:
            run(command + NOWHERE)


def end_with_caller(connection):
    """Who has asked says no more; that it is gone shows as an end of what it says."""
    with contextlib.suppress(OSError):
        connection.recv(1)
    os._exit(130)


def answer(connection):
    """Does what one caller asks for, and ends this process."""
    size, files, _, _ = socket.recv_fds(connection, 8, 3)
    text = b""
    while len(text) < int.from_bytes(size, "big"):
        part = connection.recv(1 << 16)
        if not part:
            os._exit(130)
        text += part
    order = json.loads(text)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(order["environment"], **OWN)
    time.tzset()
    os.umask(order["mask"])
    os.chdir(order["folder"])
    sys.argv = ["aws", *order["arguments"]]
    threading.Thread(target=end_with_caller, args=[connection], daemon=True).start()
    status = 255
    try:
        status = run(order["arguments"])
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            connection.send(bytes([status % 256]))
        os._exit(status % 256)


def main():
    path = sys.argv[1]
    remember_files()
    warm_up()
    # A fork takes along the thread that calls it alone.
    assert threading.active_count() == 1
    # From its own folder, since the name of a socket may have a hundred characters.
    os.chdir(os.path.dirname(path))
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.basename(path))
    listener = socket.socket(socket.AF_UNIX)
    # It acts for whoever reaches it.
    os.umask(0o077)
    listener.bind(os.path.basename(path))
    listener.listen(64)
    # Children that end are nobody's to wait for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            answer(connection)
        connection.close()


if __name__ == "__main__":
    main()
