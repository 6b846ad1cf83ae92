"""Answers requests with its version; `migrate` changes the database's schema as its image says."""

import hashlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

VERSION = os.environ["VERSION"]
BEHAVIOR = os.environ["BEHAVIOR"]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # As Node: an idle connection is closed after five seconds.
    timeout = 5

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/health":
            self.answer(500 if BEHAVIOR == "unhealthy" else 200, {"version": VERSION})
        elif self.path == "/secrets":
            # Never the secrets themselves.
            hashes = {
                name: hashlib.sha256(value.encode()).hexdigest()
                for name, value in os.environ.items()
                if name in ("JWT_SECRET", "OAUTH_CLIENT", "DATABASE_URL")
            }
            self.answer(200, hashes)
        elif self.path == "/rows":
            self.answer(200, {"tables": sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").strip()})
        else:
            self.answer(200, {"version": VERSION})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(0.005)
        self.answer(200, {"version": VERSION, "bytes": len(body)})

    def log_message(self, text, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


def sql(statement):
    url = urllib.parse.urlsplit(os.environ["DATABASE_URL"])
    options = dict(urllib.parse.parse_qsl(url.query))
    environment = {
        "PGHOST": url.hostname,
        "PGPORT": str(url.port),
        "PGUSER": urllib.parse.unquote(url.username),
        "PGPASSWORD": urllib.parse.unquote(url.password),
        "PGDATABASE": url.path[1:],
        "PGSSLMODE": options["sslmode"],
        "PGSSLROOTCERT": options["sslrootcert"],
    }
    return subprocess.run(
        ["psql", "--no-psqlrc", "-At", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-f", "-"],
        env={**os.environ, **environment},
        input=statement,
        text=True,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout


def main():
    if sys.argv[1:] == ["migrate"]:
        print("migrating", flush=True)
        if "slowly" in BEHAVIOR:
            time.sleep(8)
        if os.environ["MIGRATION"]:
            sql(os.environ["MIGRATION"])
        print("migrated", flush=True)
        return
    if BEHAVIOR == "crashes":
        sys.exit("this version cannot even start")
    server = Server(("0.0.0.0", 8080), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"version {VERSION} listens", flush=True)
    server.serve_forever()


main()
