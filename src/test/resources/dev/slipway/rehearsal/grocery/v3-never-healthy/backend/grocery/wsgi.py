"""The example's own, but for its health check, which fails for ever."""

import os

from flask import request

from grocery.app import create_app
from grocery.settings import Settings

app = create_app(Settings.read(os.environ))


@app.before_request
def unwell() -> tuple[dict[str, str], int] | None:
    return ({"status": "unwell"}, 503) if request.path == "/api/health" else None
