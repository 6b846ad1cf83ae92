"""What is under /api."""

import logging
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from flask import Blueprint, Response, abort, current_app, jsonify, redirect, request
from psycopg.errors import ForeignKeyViolation, UniqueViolation

from grocery.avatars import AvatarError, Avatars
from grocery.database import Database
from grocery.fields import BadRequest, Fields
from grocery.settings import Settings

log = logging.getLogger(__name__)

api = Blueprint("api", __name__, url_prefix="/api")

# The columns of an item and of a person, as they are sent.
ITEM = 'id, name, quantity, bought, person_id AS "personId"'
PERSON = "id, name, avatar_key IS NOT NULL AS avatar"


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def database() -> Database:
    found: Database = current_app.extensions["database"]
    return found


def avatars() -> Avatars:
    found: Avatars | None = current_app.extensions["avatars"]
    if found is None:
        raise AvatarError("there are no avatars here: AVATARS_BUCKET is not set")
    return found


def listed(name: str, query: str) -> Response:
    """With ?fresh=1 as the primary has it: what one wrote a moment ago may not have come to the replica."""
    rows, told_by = database().read(query, fresh=request.args.get("fresh") == "1")
    answer = jsonify({name: rows})
    answer.headers["X-Read-From"] = told_by
    return answer


def changed(query: str, values: list[object]) -> dict[str, Any]:
    """Runs one statement that gives one row back; 404 where it found none."""
    with database().writing() as connection:
        row = connection.execute(query.encode(), values).fetchone()
    if row is None:
        abort(404)
    return row


# --- watched ----------------------------------------------------------------------------------------------------------


@api.get("/health")
def health() -> dict[str, str]:
    """This process answers. It asks nobody else: a database that is away is no reason to replace hosts."""
    return {"status": "ok", "release": settings().release}


@api.get("/health/deep")
def deep() -> tuple[dict[str, str], int]:
    """For people, and for a look after a release: everything that it works with."""
    found = database().probe()
    if settings().avatars_bucket:
        found["avatars"] = avatars().probe()
    # A replica that is away costs time and nothing else.
    bad = any(answer != "ok" for name, answer in found.items() if name != "replica")
    return {**found, "release": settings().release}, 503 if bad else 200


# --- items ------------------------------------------------------------------------------------------------------------


@api.get("/items")
def items() -> Response:
    return listed("items", f"SELECT {ITEM} FROM items ORDER BY bought, id")  # noqa: S608


@api.post("/items")
def add_item() -> tuple[dict[str, Any], int]:
    fields = Fields()
    name, quantity = fields.text("name", 200), fields.number("quantity", 1, 999, 1)
    person = fields.number("personId", 1, 2**62) if "personId" in fields else None
    fields.checked()
    query = f"INSERT INTO items (name, quantity, person_id) VALUES (%s, %s, %s) RETURNING {ITEM}"  # noqa: S608
    return changed(query, [name, quantity, person]), 201


@api.patch("/items/<int:number>")
def change_item(number: int) -> dict[str, Any]:
    fields = Fields()
    sets: dict[str, object] = {}
    if "name" in fields:
        sets["name"] = fields.text("name", 200)
    if "quantity" in fields:
        sets["quantity"] = fields.number("quantity", 1, 999)
    if "bought" in fields:
        sets["bought"] = fields.flag("bought")
    fields.checked()
    if not sets:
        raise BadRequest("name one of: name, quantity, bought")
    # The names are those above.
    assignments = ", ".join(f"{column} = %s" for column in sets)
    query = f"UPDATE items SET {assignments} WHERE id = %s RETURNING {ITEM}"  # noqa: S608
    return changed(query, [*sets.values(), number])


@api.delete("/items/<int:number>")
def remove_item(number: int) -> tuple[str, int]:
    changed("DELETE FROM items WHERE id = %s RETURNING id", [number])
    return "", 204


# --- people, and their avatars ----------------------------------------------------------------------------------------


@api.get("/people")
def people() -> Response:
    return listed("people", f"SELECT {PERSON} FROM people ORDER BY name")  # noqa: S608


@api.post("/people")
def add_person() -> tuple[dict[str, Any], int]:
    fields = Fields()
    name = fields.text("name", 100)
    fields.checked()
    return changed(f"INSERT INTO people (name) VALUES (%s) RETURNING {PERSON}", [name]), 201  # noqa: S608


@api.post("/people/<int:number>/avatar")
def begin_avatar(number: int) -> tuple[dict[str, Any], int]:
    """Where the browser puts the picture. PUT names it as the avatar once it is there."""
    fields = Fields()
    content_type, size = fields.text("contentType", 100), fields.number("bytes", 0, 2**40)
    fields.checked()
    changed("SELECT id FROM people WHERE id = %s", [number])
    upload = avatars().upload(number, content_type, size)
    return {"key": upload.key, "url": upload.url, "headers": upload.headers, "seconds": upload.seconds}, 201


@api.put("/people/<int:number>/avatar")
def take_avatar(number: int) -> dict[str, Any]:
    fields = Fields()
    key = fields.text("key", 200)
    fields.checked()
    avatars().accept(number, key)
    return changed(f"UPDATE people SET avatar_key = %s WHERE id = %s RETURNING {PERSON}", [key, number])  # noqa: S608


@api.get("/people/<int:number>/avatar")
def avatar(number: int) -> tuple[Any, int]:
    rows, _ = database().read("SELECT avatar_key FROM people WHERE id = %s", number)
    if not rows or rows[0]["avatar_key"] is None:
        # A moment after it was taken the replica may not know it.
        rows, _ = database().read("SELECT avatar_key FROM people WHERE id = %s", number, fresh=True)
    if not rows or rows[0]["avatar_key"] is None:
        abort(404)
    answer = redirect(avatars().url(rows[0]["avatar_key"]))
    # Shorter than the address is good for.
    answer.headers["Cache-Control"] = "private, max-age=600"
    return answer, 302


# --- what goes wrong --------------------------------------------------------------------------------------------------


@api.errorhandler(BadRequest)
def bad_request(e: BadRequest) -> tuple[dict[str, str], int]:
    return {"error": str(e)}, 400


@api.errorhandler(AvatarError)
def bad_avatar(e: AvatarError) -> tuple[dict[str, str], int]:
    return {"error": str(e)}, 422


@api.errorhandler(BotoCoreError)
@api.errorhandler(ClientError)
def store_away(e: Exception) -> tuple[dict[str, str], int]:
    log.error("the bucket can't be used: %s", e)
    return {"error": "pictures can't be kept or shown now"}, 502


@api.errorhandler(UniqueViolation)
def taken(_: UniqueViolation) -> tuple[dict[str, str], int]:
    return {"error": "there is one of that name already"}, 409


@api.errorhandler(ForeignKeyViolation)
def nobody(_: ForeignKeyViolation) -> tuple[dict[str, str], int]:
    return {"error": "there is no such person"}, 422
