"""The community core as the lane sees it: bytes in, rows and bytes out."""

import sys
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path

import fastavro
import msgspec

from schemas.catalogue import catalogue
from schemas.codec import Codec
from schemas.codec import Record as Fields
from schemas.errors import ContractError, KeyDestroyedError
from schemas.events import seal_event
from schemas.identity import content_hash, letter_id
from schemas.keystore import KeyStore
from schemas.sealing import Sealer
from streams.community import core
from streams.community.ports import BadRecordError, Rows
from streams.community.rows import Row
from streams.community.tables import TABLES, TIMERS, Table
from streams.lane.errors import RowTooLargeError
from streams.lane.port import Record, Write

LETTER_SCHEMA = "shequ.dlq.Letter"
LETTER_SOURCE = "streams.community"
ADVICE_CHARACTERS = 1000
"""An advice may quote what the record names: a giant would not fit the topic."""
FIRST = ("reference.lists", "control")
"""Within a slice of time, what decides comes before what it decides about."""


class CommunityFold:
    """See `streams.lane.fold.Fold`."""

    tables: Sequence[Table] = TABLES
    timers = TIMERS.name
    ahead: Sequence[str] = ("reference.lists",)
    crossings: Sequence[str] = ("crossings",)

    def __init__(self, keys: KeyStore, *, compiled: bool = False) -> None:
        # Rows are typed, and written many times.
        self._codec = Codec(checked=False, compiled=compiled)
        self._sealer = Sealer(keys)
        self._schemas = {topic: catalogue().topics[topic].schema for topic in core.handlers}
        rest = [topic for topic in catalogue().sources() if topic not in FIRST]
        self.sources: Sequence[str] = (*FIRST, *rest)
        self.code = fingerprint()

    @classmethod
    def open(cls, home: Path, *, compiled: bool = False) -> "CommunityFold":
        """With the key store of a data folder: dead letters are sealed.

        `compiled`: see `schemas.codec.Codec`. The answer is the same either way, and so is `code`.
        """
        return cls(KeyStore.open(home / "keys"), compiled=compiled)

    @property
    def engine(self) -> str:
        """What reads and writes records: `compiled`, or `fastavro` and why."""
        return self._codec.engine

    def tick(self, now: int, rows: Rows) -> None:
        """Fire what is due."""
        core.tick(now, rows)

    def apply(self, now: int, topic: str, record: Record, rows: Rows) -> None:
        """Fold one record."""
        _, fields = self._codec.decode(record.value or b"", self._schemas[topic])
        core.apply(now, topic, fields, rows, record.key)

    def encode_row(self, table: Table, row: Row) -> bytes:
        """Bytes of a row."""
        return self._codec.encode(table.schema, _fields(row))

    def decode_row(self, table: Table, data: bytes) -> Row:
        """Row of the bytes."""
        fields = self._codec.decode(data, table.schema)[1]
        return msgspec.convert(fields, table.row, builtin_types=(bytes,))

    def encode(self, schema: str, value: object) -> bytes:
        """Bytes of an output, a journal record, positions."""
        return self._codec.encode(schema, _fields(value) if isinstance(value, Row) else value)

    def decode(self, schema: str, data: bytes) -> Fields:
        """Fields of it."""
        return self._codec.decode(data, schema)[1]

    def letter(
        self, topic: str, partition: int, record: Record, error: Exception, now: int
    ) -> Write:
        """Dead letter of a record: all of it sealed, where it stood in the headers."""
        original = record.value or b""
        rule, field, advice = _explain(error)
        digest = content_hash(self._sealer.keys, original)
        identity = letter_id(f"{LETTER_SOURCE}/{topic}", rule, digest)
        letter: Fields = {
            "letter_id": identity,
            "topic": topic,
            "source": LETTER_SOURCE,
            "place": f"{topic}-{partition} offset {record.offset}, {_shown(record.key or b'')}",
            "record_id": "",
            "rule": rule,
            "field": field,
            "value": "",
            "advice": advice[:ADVICE_CHARACTERS],
            "at": now,
            "original": original,
        }
        headers = (("shequ_offset", f"{topic}-{partition}-{record.offset}".encode()),)
        value = self._codec.encode(LETTER_SCHEMA, self._sealed(letter, f"r.{identity}"))
        return Write(f"dlq.{topic}", identity.encode(), value, headers)

    def _sealed(self, letter: Fields, owner: str) -> dict[str, object]:
        """The letter, sealed; without its original where that was erased: it stays erased."""
        try:
            return seal_event(LETTER_SCHEMA, letter, self._sealer, owner)
        except KeyDestroyedError:
            return {**letter, "original": b""}


def _fields(row: Row) -> object:
    return msgspec.to_builtins(row, builtin_types=(bytes,))


def _shown(key: bytes) -> str:
    """A code; whatever else stands there may be a name, or larger than the topic takes."""
    is_code = len(key) == core.CODE_DIGITS and key.isdigit()
    return f"key {key.decode('ascii')}" if is_code else f"a key of {len(key)} bytes"


def _explain(error: Exception) -> tuple[str, str, str]:
    """Rule, field and advice. The text of an unknown error is not told: it may quote the record."""
    if isinstance(error, BadRecordError):
        return error.rule, error.field, error.advice
    if isinstance(error, RowTooLargeError):
        return "row.too_large", "", "shorten the texts of the record, and send it again"
    if isinstance(error, ContractError):
        advice = "produce with the hub's registry and the schema of the topic"
        return "record.undecodable", "", advice
    return "handler.raised", type(error).__name__, "report it: the hub's handler has a defect"


@cache
def fingerprint() -> str:
    """Hash of everything that decides what a fold gives.

    The source of the core and the codec, the schemas they read, fastavro's and Python's minor
    versions. Everything else may roll.
    """
    here = Path(__file__).parent
    digest = blake2b(digest_size=8)
    contract = here.parent / "schemas"
    files = [*sorted((here / "community").glob("*.py")), here / "community_fold.py"]
    files += [contract / name for name in ("codec.py", "identity.py", "lock.json")]
    for path in files:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    digest.update(".".join(fastavro.__version__.split(".")[:2]).encode())
    digest.update(f"{sys.version_info.major}.{sys.version_info.minor}".encode())
    return digest.hexdigest()
