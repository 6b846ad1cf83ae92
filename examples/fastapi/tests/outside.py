"""A server that stands for the outside APIs, and remembers what it was asked."""

import json
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self


@dataclass(frozen=True)
class Asked:
    path: str
    headers: dict[str, str]
    body: Any


class Outside:
    """Takes one key for each API, answers as they do, and fails when it is told to."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        # What to answer instead of the usual.
        self.status = 200
        self.text: str | None = None
        outside = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.path, headers, body)
                outside.asked.append(asked)
                status, answer = outside.answer(asked)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        if asked.path == "/search":
            known = asked.headers.get("authorization") == "Bearer tavily-key"
            usual: Any = {"results": [{"title": "A pier", "url": "https://pier.example", "content": "It is long."}]}
        else:
            known = asked.headers.get("x-goog-api-key") == "gemini-key"
            written = f"Written from: {asked.body['contents'][0]['parts'][0]['text']}"
            usual = {"candidates": [{"content": {"parts": [{"text": written}]}}]}
        if not known:
            return 401, b"{}"
        return self.status, json.dumps(usual).encode() if self.text is None else self.text.encode()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
