"""What stands in each column: how much, how different, and examples that give nobody away."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field

from adapters.check.report import Column
from adapters.kit.adapter import Raw
from adapters.kit.redaction import redact

MOST_DISTINCT = 10_000
EXAMPLES = 3
LONGEST = 40
"""Characters of an example."""


def shape(value: str) -> str:
    """How a value is written, without what it says: 13800001111 -> 99999999999, 张伟 -> 文文."""
    return "".join(map(_shape, value[:LONGEST]))


def printable(value: str, longest: int = LONGEST) -> str:
    """A value that may be shown, on one line: no control characters, no phones or ids in it."""
    clean = "".join(c if c.isprintable() else " " for c in value)
    return redact(clean)[:longest]


def _shape(character: str) -> str:
    kind = unicodedata.category(character)
    if kind.startswith("N"):
        return "9"
    if kind == "Lo":
        return "文"
    if kind.startswith(("L", "M")):
        return "X" if kind == "Lu" else "x"
    return character if character.isprintable() else " "


@dataclass(slots=True)
class _Profile:
    filled: int = 0
    hashes: set[int] = field(default_factory=set)
    many: bool = False
    examples: dict[str, None] = field(default_factory=dict)

    def add(self, value: str, *, plain: bool) -> None:
        self.filled += 1
        self.many = self.many or len(self.hashes) >= MOST_DISTINCT
        if not self.many:
            self.hashes.add(hash(value))
        if len(self.examples) < EXAMPLES:
            self.examples[printable(value) if plain else shape(value)] = None


class Columns:
    """Profiles of all columns seen, in the order of their first row."""

    def __init__(self, plain: Collection[str], known: Collection[str] = ()) -> None:
        """Only of the `plain` columns are values kept, three of each.

        The names of `known` columns are words of the department; another may be a person's, where
        the first line of a file is no header.
        """
        self._plain, self._known, self._rows = plain, {*plain, *known}, 0
        self._profiles: dict[str, _Profile] = {}

    def add(self, raw: Raw) -> None:
        """Count a row."""
        self._rows += 1
        for name, value in raw.items():
            profile = self._profiles.setdefault(name, _Profile())
            if value and value.strip():
                profile.add(value.strip(), plain=name in self._plain)

    @property
    def found(self) -> list[Column]:
        """What was counted."""
        return [
            Column(
                name=name if name in self._known else printable(name),
                filled=profile.filled,
                share=profile.filled / self._rows,
                distinct=len(profile.hashes),
                many=profile.many,
                plain=name in self._plain,
                examples=list(profile.examples),
            )
            for name, profile in self._profiles.items()
        ]
