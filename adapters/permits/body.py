"""The body of a webhook -> a row: one JSON object in UTF-8, all values as text."""

import json

import msgspec

from adapters.kit.adapter import Rejected, Row
from adapters.kit.errors import Finding


def read_body(body: bytes, place: str) -> Row | Rejected:
    """The row; or what is signed and cannot be read, for a dead letter.

    Characters that are none (half a pair) become question marks. What is nested stays JSON.
    """
    try:
        stated = _decoded(body)
    except (ValueError, RecursionError):  # msgspec's and json's errors are ValueErrors
        return _rejected(body, place, "is no JSON in UTF-8")
    if not isinstance(stated, dict):
        return _rejected(body, place, "is no JSON object")
    return Row({name: _text(value) for name, value in stated.items()}, place)


def _decoded(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except ValueError:
        text = json.dumps(json.loads(body.decode("utf-8-sig")), ensure_ascii=False)
        return msgspec.json.decode(text.encode(errors="replace"))


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return msgspec.json.encode(value).decode()


def _rejected(body: bytes, place: str, what: str) -> Rejected:
    advice = f"The body {what}. Send one object with the fields of the agreed table, in UTF-8."
    return Rejected(body, Finding(rule="row.unreadable", place=place, advice=advice))
