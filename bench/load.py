"""Asks a server from many connections at once until it is told to stop, and counts what went wrong.

Usage: load.py HOST PORT CONNECTIONS REQUESTS STOP_FILE [PAUSE]

Every connection asks one request after the other, GET and POST in turn, and keeps itself open for a hundred of them, as
a load balancer's do. Nothing is asked twice: a request that got no answer of 200 is a failed one. Ends when STOP_FILE is
there and REQUESTS have been made, and prints one object. PAUSE, in seconds, is what passes between an answer and the
next request of its connection: none by default, which takes the machine from what is measured beside it.
"""

import http.client
import json
import os
import socket
import sys
import threading
import time

HOST, PORT, CONNECTIONS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
REQUESTS, STOP = int(sys.argv[4]), sys.argv[5]
PAUSE = float(sys.argv[6]) if len(sys.argv) > 6 else 0
BODY = b"x" * 512


def work(result):
    connection, asked = None, 0
    while asked * CONNECTIONS < REQUESTS or not os.path.exists(STOP):
        method = "POST" if asked % 2 else "GET"
        asked += 1
        began = time.monotonic()
        try:
            if connection is None:
                connection = http.client.HTTPConnection(HOST, PORT, timeout=30)
                connection.connect()
                connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.request(method, "/", body=BODY if method == "POST" else None)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise OSError(f"status {answer.status}")
            version = json.loads(text)["version"]
            result["versions"][version] = result["versions"].get(version, 0) + 1
            result[method] += 1
            if asked % 100 == 0:
                connection.close()
                connection = None
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            result["failed"] += 1
            result["errors"].append(f"{time.time():.3f} {method} {type(error).__name__}: {error}")
            if connection is not None:
                connection.close()
            connection = None
        result["slowest"] = max(result["slowest"], time.monotonic() - began)
        if PAUSE:
            time.sleep(PAUSE)


def main():
    results = [{"GET": 0, "POST": 0, "failed": 0, "slowest": 0.0, "versions": {}, "errors": []} for _ in range(CONNECTIONS)]
    threads = [threading.Thread(target=work, args=(result,)) for result in results]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = {}
    for result in results:
        for version, count in result["versions"].items():
            versions[version] = versions.get(version, 0) + count
    print(json.dumps({
        "get": sum(result["GET"] for result in results),
        "post": sum(result["POST"] for result in results),
        "failed": sum(result["failed"] for result in results),
        "versions": versions,
        "slowestSeconds": round(max(result["slowest"] for result in results), 3),
        "seconds": round(time.monotonic() - began, 1),
        "errors": sum((result["errors"] for result in results), [])[:10],
    }))


main()
