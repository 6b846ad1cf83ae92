"""Reads what a request's JSON says, and tells all that is wrong with it at once."""

from typing import Any

from flask import request


class BadRequest(Exception):  # noqa: N818  it is what HTTP calls it
    """What was sent can't be taken; the text can be shown to anyone."""


class Fields:
    """The fields of a JSON object."""

    def __init__(self) -> None:
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            raise BadRequest("the body has to be a JSON object, with Content-Type: application/json")
        self._body: dict[str, Any] = body
        self._problems: list[str] = []
        self._known: set[str] = set()

    def __contains__(self, name: str) -> bool:
        self._known.add(name)
        return name in self._body

    def text(self, name: str, longest: int) -> str:
        self._known.add(name)
        value = self._body.get(name)
        # PostgreSQL keeps no NUL.
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= longest or "\0" in value:
            self._problems.append(f"{name} has to be a text of 1 to {longest} characters")
            return ""
        return value.strip()

    def number(self, name: str, least: int, most: int, usual: int | None = None) -> int:
        self._known.add(name)
        value = self._body.get(name, usual)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self._problems.append(f"{name} has to be a whole number from {least} to {most}")
            return least
        return value

    def flag(self, name: str) -> bool:
        self._known.add(name)
        value = self._body.get(name)
        if not isinstance(value, bool):
            self._problems.append(f"{name} has to be true or false")
            return False
        return value

    def checked(self) -> None:
        """Refuses what is wrong, and what nobody asked for."""
        self._problems += [f"{name} is not known here" for name in self._body if name not in self._known]
        if self._problems:
            raise BadRequest("; ".join(self._problems))
