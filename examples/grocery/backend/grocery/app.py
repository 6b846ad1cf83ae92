"""Makes the application."""

import logging

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from grocery.api import api
from grocery.avatars import Avatars, client
from grocery.cdn import Cdn
from grocery.database import Database, DatabaseAway
from grocery.settings import Settings

log = logging.getLogger(__name__)

# Requests are small: pictures go to S3.
MOST_BYTES = 64 * 1024


def create_app(settings: Settings) -> Flask:
    app = Flask("grocery", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]  # that of Flask's own provider
    app.extensions["settings"] = settings
    app.extensions["database"] = Database(settings.database_url, settings.replica_url, settings.connections)
    cdn = Cdn(settings.avatars_cdn) if settings.avatars_cdn else None
    app.extensions["avatars"] = (
        Avatars(client(), settings.avatars_bucket, settings.avatar_bytes, cdn) if settings.avatars_bucket else None
    )
    app.register_blueprint(api)

    @app.after_request
    def say_release(response: Response) -> Response:
        response.headers["X-Release"] = settings.release
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    @app.errorhandler(DatabaseAway)
    def database_away(e: DatabaseAway) -> tuple[dict[str, str], int]:
        log.error("the database can't be used: %s", e.__cause__)
        return {"error": "the database can't be used now"}, 503

    @app.errorhandler(HTTPException)
    def refused(e: HTTPException) -> tuple[dict[str, str], int]:
        return {"error": e.name.lower()}, e.code or 500

    return app
