"""Folds with a defect: a handler that raises, or a worker of another version."""

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path

from typing_extensions import override

from schemas.catalogue import catalogue
from schemas.keystore import KeyStore
from streams.community.ports import Rows
from streams.community_fold import CommunityFold
from streams.lane.port import Record


class DefectError(Exception):
    """What a handler with a defect raises."""


class RaisesOnce(CommunityFold):
    """Every seventh record makes it raise the first time it is met: what fails once is chance."""

    def __init__(self, keys: KeyStore, *, compiled: bool = False) -> None:
        super().__init__(keys, compiled=compiled)
        self._met: set[bytes] = set()

    @override
    def apply(self, now: int, topic: str, record: Record, rows: Rows) -> None:
        mark = _mark(topic, record)
        if mark[0] % 7 == 0 and mark not in self._met:
            self._met.add(mark)
            raise DefectError(topic)
        super().apply(now, topic, record, rows)


class RaisesForOne(CommunityFold):
    """About one record in fifty makes it raise, when all that it does is done."""

    @override
    def apply(self, now: int, topic: str, record: Record, rows: Rows) -> None:
        super().apply(now, topic, record, rows)
        if _mark(topic, record)[0] % 50 == 0:
            raise DefectError(topic)


class RaisesAlways(CommunityFold):
    """Every record of one department makes it raise."""

    @override
    def apply(self, now: int, topic: str, record: Record, rows: Rows) -> None:
        if topic == "police.incidents":
            raise DefectError(topic)
        super().apply(now, topic, record, rows)


class OlderFold(CommunityFold):
    """The version before permits were taken in."""

    def __init__(self, keys: KeyStore, *, compiled: bool = False) -> None:
        super().__init__(keys, compiled=compiled)
        without: Sequence[str] = [name for name in self.sources if name != "permits.applications"]
        self.sources = without


class NextSchema(CommunityFold):
    """The version that knows the next schema of `city.cases`: one field more at its end."""

    def __init__(self, keys: KeyStore, *, compiled: bool = False) -> None:
        super().__init__(keys, compiled=compiled)
        self.code = blake2b(self.code.encode(), digest_size=8).hexdigest()

    @override
    def apply(self, now: int, topic: str, record: Record, rows: Rows) -> None:
        if (record.value or b"").startswith(NEXT_HEAD):
            record = record._replace(value=_head() + (record.value or b"")[len(NEXT_HEAD) : -1])
        super().apply(now, topic, record, rows)


NEXT_SCHEMA = "next schema"
NEXT_HEAD = b"\0" + (1_001).to_bytes(4, "big")
"""An id that the lock does not hold."""


def of_next_schema(value: bytes) -> bytes:
    """A record of `city.cases` as a producer writes it who knows the next schema: null at its end.

    The id and the field are the tests' own.
    """
    return NEXT_HEAD + value[len(NEXT_HEAD) :] + b"\0"


@cache
def _head() -> bytes:
    (entry,) = (entry for entry in catalogue().locked if entry.subject == "shequ.city.Case")
    return b"\0" + entry.id.to_bytes(4, "big")


_FOLDS: dict[str, type[CommunityFold]] = {
    "": CommunityFold,
    "once": RaisesOnce,
    "one": RaisesForOne,
    "always": RaisesAlways,
    "older": OlderFold,
    NEXT_SCHEMA: NextSchema,
}


def fold_named(name: str, home: Path, *, compiled: bool = False) -> CommunityFold:
    """The fold, with the key store of a data folder."""
    return _FOLDS[name].open(home, compiled=compiled)


def _mark(topic: str, record: Record) -> bytes:
    """Of the record's content and place: decided by what every replay reads again."""
    said = f"{topic}/{record.offset}/".encode() + (record.value or b"")
    return blake2b(said, digest_size=16).digest()
