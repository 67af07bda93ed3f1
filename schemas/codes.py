"""Code lists: what a department's code is called, by the list and the edition that define it.

One file per list under `codes/`, each with its source. A value that no source gives is not made
up: a list of the demo city says that it is one, and a city extends the lists.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from schemas.errors import CatalogueError

FOLDER = Path(__file__).with_name("codes")


class Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value and what it is called."""

    value: str
    zh: str
    en: str


class CodeList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list as its file states it. `version` is empty where the source states no edition."""

    list: str
    version: str
    zh: str
    en: str
    source: str
    demo: bool
    rows: tuple[Name, ...]

    @property
    def names(self) -> Mapping[str, Name]:
        """Names by value."""
        return {row.value: row for row in self.rows}


@cache
def code_lists() -> Mapping[str, CodeList]:
    """All lists that ship with the hub, by file name; cached."""
    return {path.stem: load(path) for path in sorted(FOLDER.glob("*.yaml"))}


def load(path: Path) -> CodeList:
    """Read a list. Raises CatalogueError naming the file and the field that is wrong."""
    try:
        found = msgspec.yaml.decode(path.read_bytes(), type=CodeList)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        message = f"{path}: {error}: see another list for the fields"
        raise CatalogueError(message) from error
    twice = sorted({row.value for row in found.rows if _count(found, row.value) > 1})
    if twice or not found.source.strip():
        message = f"{path}: values that stand twice: {twice}; source: {found.source!r}: mend both"
        raise CatalogueError(message)
    return found


def _count(found: CodeList, value: str) -> int:
    return sum(row.value == value for row in found.rows)
