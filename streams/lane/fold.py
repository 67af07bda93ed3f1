"""What an app gives the lane: pure folding, and bytes for what it folds."""

from collections.abc import Sequence
from typing import Any, Protocol

from streams.lane.port import Record, Write


class TableSpec(Protocol):
    """A table as the lane needs it; `topic` is its changelog's logical name."""

    @property
    def name(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def public(self) -> bool: ...


class Fold(Protocol):
    """An app. Everything here is a pure function of its arguments; no method awaits."""

    @property
    def tables(self) -> Sequence[Any]:
        """Its tables (TableSpec), in the order in which a transaction writes them."""

    @property
    def sources(self) -> Sequence[str]:
        """Logical names of the source topics, in the fixed order within a slice of time."""

    @property
    def timers(self) -> str:
        """Name of the table whose keys are timers: `-/<table>/<due, 13 digits>/...`."""

    @property
    def code(self) -> str:
        """Fingerprint of everything that decides what a fold gives."""

    def tick(self, now: int, rows: Any) -> None:
        """Fire what is due. An exception here is a defect of the app: the worker ends."""

    def apply(self, now: int, topic: str, value: bytes, rows: Any) -> None:
        """Fold one record. Raises BadRecordError, or anything: the record becomes a dead letter."""

    def encode_row(self, table: Any, row: Any) -> bytes:
        """Bytes of a row as its changelog holds them."""

    def decode_row(self, table: Any, data: bytes) -> Any:
        """Row of the bytes."""

    def encode(self, schema: str, value: Any) -> bytes:
        """Bytes of anything else that is written: outputs, journal, positions."""

    def decode(self, schema: str, data: bytes) -> dict[str, Any]:
        """Fields of what `encode` wrote."""

    def letter(
        self, topic: str, partition: int, record: Record, error: Exception, now: int
    ) -> Write:
        """Dead letter of a record, with a logical topic name."""
