"""The body of a webhook -> a row: one JSON object in UTF-8, all values as text."""

import json

import msgspec

from adapters.kit.adapter import Row


class UnreadableError(ValueError):
    """The body is no JSON object in UTF-8; the message says what to send instead."""


def read_body(body: bytes, place: str) -> Row:
    """The row. Raises UnreadableError.

    Characters that are none (half a pair) become question marks. What is nested stays JSON.
    """
    try:
        stated = _decoded(body)
    except (ValueError, RecursionError) as error:  # msgspec's and json's errors are ValueErrors
        raise _unreadable("is no JSON in UTF-8") from error
    if not isinstance(stated, dict):
        raise _unreadable("is no JSON object")
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


def _unreadable(what: str) -> UnreadableError:
    advice = f"The body {what}. Send one object with the fields of the agreed table, in UTF-8."
    return UnreadableError(advice)
