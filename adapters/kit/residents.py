"""What adapters of household registration 户籍 share: numbers, codes, and what a change means."""

from collections.abc import Mapping

from adapters.kit.addresses import compact
from adapters.kit.desk import Desk
from adapters.kit.errors import DeadLetterError, Finding
from adapters.kit.fields import Stated, text
from schemas.codes import code_lists
from schemas.identifiers import valid_resident_id
from schemas.pseudonyms import pseudonym

REGISTERED, CANCELLED = "registered", "cancelled"

MEANS: Mapping[str, str] = {
    **dict.fromkeys(("set_up", "move_in", "birth"), REGISTERED),
    **dict.fromkeys(("move_out", "death", "cancellation"), CANCELLED),
}
"""Status by change; a correction says nothing of it."""

CHANGES = (*MEANS, "correction")

REASONS: Mapping[str, str] = {"death": "1", "move_out": "3"}
"""GA/T 2000.25: the one reason that goes with a change; a cancellation may state any."""


def resident_id(raw: Stated, field: str) -> str:
    """公民身份号码 as it is compared; empty for a newborn. Raises DeadLetterError.

    GB 11643: 18 characters, a date that there was, and a true check character.
    """
    number = compact(text(raw, field)).upper()
    if number and not valid_resident_id(number):
        advice = (
            f"{field} is no citizen's number: its check character (GB 11643), its date or its "
            "length is wrong. Correct it at the source and send the row again; leave it empty "
            "for who has none yet."
        )
        raise DeadLetterError(
            Finding(rule="id.check_digit", field=field, value=number, advice=advice)
        )
    return number


def resident(desk: Desk, number: str) -> str | None:
    """The pseudonym of a registered person; None without a number.

    Never by the phone: a child's is a parent's, and one name for both would be wrong.
    """
    return desk.person(number, "")


def household(desk: Desk, number: str) -> str | None:
    """The pseudonym of a household by its number 户号; None without one."""
    normalised = compact(number).upper()
    return pseudonym(desk.keys, "household", normalised) if normalised else None


def code(file: str, value: str, field: str) -> Mapping[str, str] | None:
    """The code of a list in schemas/codes; None where nothing is said. Raises DeadLetterError."""
    if not value:
        return None
    found = code_lists()[file]
    if value not in found.names:
        advice = (
            f"{field} states none of the values of {found.list} that the hub knows. Correct it at "
            f"the source; or add it to schemas/codes/{file}.yaml, from the standard; then send "
            "the row again."
        )
        raise DeadLetterError(
            Finding(rule="code.unknown_value", field=field, value=value, advice=advice)
        )
    return {"list": found.list, "version": found.version, "value": value}
