"""What a mapping may ask while it reads a row: places, known kinds, pseudonyms."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from adapters.kit.addresses import compact
from adapters.kit.coordinates import Point
from adapters.kit.errors import DeadLetterError, Finding
from adapters.kit.places import Location, Places
from adapters.kit.redaction import NAME
from schemas.identifiers import valid_resident_id
from schemas.keystore import KeyStore
from schemas.pseudonyms import pseudonym

SHORTEST_PHONE = 7
"""Digits of a local number in the fixed network."""

Code = tuple[str, str, str]
"""A code: its list, the list's version, its value."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where rows are read. `kinds` are the codes that the hub's crosswalk knows."""

    places: Places
    keys: KeyStore
    kinds: Collection[Code]

    def kind(self, code: Code, field: str) -> Mapping[str, str]:
        """The code as events carry it. Raises DeadLetterError where the crosswalk lacks it."""
        if code not in self.kinds:
            advice = (
                f"{self._list(code)} has no kind {_plain(code[2])}here. Correct it at the "
                "source; or add it to the crosswalk, then export the row again."
            )
            raise DeadLetterError(
                Finding(rule="code.unknown_kind", field=field, value=code[2], advice=advice)
            )
        return {"list": code[0], "version": code[1], "value": code[2]}

    def _list(self, code: Code) -> str:
        """A list by its name where the crosswalk has it; whatever else stands there is not told."""
        known = any(kind[:2] == code[:2] for kind in self.kinds)
        return f"List {code[0]} of {code[1]}" if known else "The list that the row names"

    def locate(
        self, stated: str, address: str, point: Point | None, names: Collection[str]
    ) -> Location:
        """The place of a row; `names` are the row's own, and are not shown in the address."""
        found = self.places.locate(stated, address, point)
        shown = found.shown
        for name in filter(None, names):
            shown = shown.replace(name, NAME)
        return found if shown == found.shown else replace(found, shown=shown)

    def person(self, resident_id: str, phone: str) -> str | None:
        """The pseudonym by the resident id if it is a true one, else by the phone, else None."""
        number = compact(resident_id).upper()
        if valid_resident_id(number):
            return pseudonym(self.keys, "resident_id", number)
        digits = "".join(filter(str.isdigit, compact(phone)))[-11:]
        return pseudonym(self.keys, "phone", digits) if len(digits) >= SHORTEST_PHONE else None


def _plain(value: str) -> str:
    """The value if it can only be a code: columns shift, and then a name or a phone stands here."""
    return f"{value!r} " if re.fullmatch(r"[A-Z0-9.]{1,6}", value) else ""
