"""The thin fold as the lane runs it: `streams.lane.fold.Fold` around `benchmarks.peers.thin`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from benchmarks.peers import thin
from benchmarks.peers.compiled import CompiledShape
from benchmarks.peers.thin import Fields
from schemas.codec import Codec
from streams.lane.fold import UnitRows
from streams.lane.port import Record, Write

EVENTS = "peers.events"
"""Source topic of every peer; logical, like the tables' topics: a prefix may come before it."""


@dataclass(frozen=True, slots=True)
class ThinTable:
    """A table; its changelog is the view that the peers are compared by."""

    name: str
    topic: str
    shape: thin.Shape
    public: bool = True


class ThinFold:
    """See `streams.lane.fold.Fold`. `lineage` is in the names of its views, as in `state`'s.

    `compiled`: read and write by what is compiled from the schemas, as the hub's codec may.
    """

    sources: Sequence[str] = (EVENTS,)
    ahead: Sequence[str] = ()
    crossings: Collection[str] = ()
    timers = ""

    def __init__(self, lineage: str, *, compiled: bool = False) -> None:
        event, case, summary = (
            (CompiledShape(shape) if compiled else shape)
            for shape in (thin.EVENT, thin.CASE, thin.SUMMARY)
        )
        self.cases = ThinTable("cases", f"peers.cases.{lineage}", case)
        self.summary = ThinTable("summary", f"peers.summary.{lineage}", summary)
        self.tables: Sequence[ThinTable] = (self.cases, self.summary)
        self.code = _fingerprint()
        self._event = event
        self._codec = Codec(checked=False, compiled=compiled)

    def tick(self, now: int, rows: UnitRows[ThinTable, Fields]) -> None:
        """Nothing is ever due."""

    def apply(
        self, now: int, topic: str, record: Record, rows: UnitRows[ThinTable, Fields]
    ) -> None:
        """Fold one event."""
        del now, topic
        event = self._event.decode(record.value or b"")
        key, code = thin.case_key(event), event["community"]
        case, summary = thin.folded(event, rows.get(self.cases, key), rows.get(self.summary, code))
        rows.put(self.cases, key, case)
        rows.put(self.summary, code, summary)

    def encode_row(self, table: ThinTable, row: Fields) -> bytes:
        """Bytes of a row."""
        return table.shape.encode(row)

    def decode_row(self, table: ThinTable, data: bytes) -> Fields:
        """Row of the bytes."""
        return table.shape.decode(data)

    def encode(self, schema: str, value: object) -> bytes:
        """Bytes of a journal record or of positions: the hub's own codec."""
        return self._codec.encode(schema, value)

    def decode(self, schema: str, data: bytes) -> dict[str, Any]:
        """Fields of it."""
        return self._codec.decode(data, schema)[1]

    def letter(
        self, topic: str, partition: int, record: Record, error: Exception, now: int
    ) -> Write:
        """A dead letter; no event of the generator makes one, and the check would miss its rows."""
        del now
        place = f"{topic}-{partition}-{record.offset}: {type(error).__name__}"
        return Write(f"dlq.{EVENTS}", place.encode(), record.value)


def _fingerprint() -> str:
    """Of the fold's text and its schemas."""
    digest = blake2b(digest_size=8)
    for path in (*sorted(thin.AVRO.glob("*.avsc")), thin.AVRO.parent / "thin.py"):
        digest.update(path.read_bytes())
    return digest.hexdigest()
