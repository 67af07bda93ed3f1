"""Reads single fields of a row as a source stated them."""

import re
from collections.abc import Mapping

from adapters.kit.errors import DeadLetterError, Finding, missing

Stated = Mapping[str, object]

_NO_TEXT = re.compile("[\ufffd\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Characters that were lost on the way here, and those that no text has."""

LONGEST_NUMBER = 100
"""Characters of a record's number at its source."""


def flaw_of_number(number: str) -> str:
    """What is wrong with how a record's number is written; empty where nothing is."""
    if len(number) > LONGEST_NUMBER:
        return f"A number has at most {LONGEST_NUMBER} characters, this one has {len(number)}."
    for at, character in enumerate(number, start=1):
        if not character.isprintable():
            code = f"U+{ord(character):04X}"
            return f"A number has printable characters only: its character {at} is {code}."
    return ""


def text(raw: Stated, field: str) -> str:
    """What a field says, without spaces around it; empty where it says nothing."""
    value = raw.get(field)
    return "" if value is None else str(value).strip()


def check_texts(raw: Stated) -> None:
    """Raises DeadLetterError where a field holds characters that no text has."""
    for field, value in raw.items():
        if value is not None and _NO_TEXT.search(str(value)):
            advice = (
                f"{field} holds bytes that are no UTF-8 text, or control characters: it was "
                "written in another encoding. Correct it at the source and send the row again."
            )
            raise DeadLetterError(Finding(rule="text.unreadable", field=field, advice=advice))


def required(raw: Stated, field: str) -> str:
    """What a field says. Raises DeadLetterError where it must say something and does not."""
    value = text(raw, field)
    if not value:
        advice = f"State {field} at the source and send the row again: without it nothing is done."
        raise missing(field, advice)
    return value


def one_of(raw: Stated, field: str, meanings: Mapping[str, str]) -> str:
    """What the value of a field means. Raises DeadLetterError where it is none of the known."""
    value = required(raw, field)
    if value not in meanings:
        advice = (
            f"{field} is one of {' '.join(meanings)}. Correct it at the source; or have the "
            "mapping learn the new value, then export the row again."
        )
        raise DeadLetterError(
            Finding(rule="code.unknown_state", field=field, value=value, advice=advice)
        )
    return meanings[value]


def personal(**said: str) -> dict[str, str | None] | None:
    """What will be sealed: empty fields as None; None where nothing is said at all."""
    if not any(said.values()):
        return None
    return {name: value or None for name, value in said.items()}
