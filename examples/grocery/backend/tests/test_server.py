"""The server as the image runs it, by gunicorn."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def gunicorn(port: int, environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(  # noqa: S603
        [
            sys.executable,
            "-m",
            "gunicorn",
            "--config",
            "gunicorn.conf.py",
            "--bind",
            f"127.0.0.1:{port}",
            "grocery.wsgi:app",
        ],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: "subprocess.Popen[str]", text: str) -> None:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if text in line:
            return
    pytest.fail(f"it never said {text}, but:\n" + "".join(said))


def test_it_serves_and_ends_when_it_is_told_to(database: str) -> None:
    port = free_port()
    with gunicorn(port, {"DATABASE_URL": database, "WEB_CONCURRENCY": "1", "RELEASE": "r7"}) as process:
        wait_for(process, "Booting worker")
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/api/health/deep")
        answer = connection.getresponse()
        assert json.loads(answer.read()) == {"database": "ok", "release": "r7"}
        assert answer.headers["X-Release"] == "r7"
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_an_environment_that_is_not_complete_ends_it_with_the_reason() -> None:
    with gunicorn(free_port(), {"DATABASE_URL": "nonsense-geheim"}) as process:
        output, _ = process.communicate(timeout=30)

    assert process.returncode != 0
    assert "DATABASE_URL is no URL of PostgreSQL" in output
    assert "geheim" not in output
    assert "Traceback" not in output
