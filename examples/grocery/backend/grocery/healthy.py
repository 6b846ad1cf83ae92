"""The image's HEALTHCHECK: a container has neither curl nor wget."""

import sys
from http.client import HTTPConnection, HTTPException


def main() -> None:
    try:
        connection = HTTPConnection("127.0.0.1", 5000, timeout=4)
        connection.request("GET", "/api/health")
        status = connection.getresponse().status
    except (OSError, HTTPException):
        status = 0
    sys.exit(0 if status == 200 else 1)  # noqa: PLR2004


if __name__ == "__main__":
    main()
