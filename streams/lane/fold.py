"""What an app gives the lane: pure folding, and bytes for what it folds."""

from collections.abc import Collection, Sequence
from typing import Any, Protocol, TypeVar

from streams.lane.port import Record, Write


class TableSpec(Protocol):
    """A table as the lane needs it; `topic` is its changelog's logical name."""

    @property
    def name(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def public(self) -> bool: ...


T = TypeVar("T", bound=TableSpec)
"""The app's own table type: the lane hands tables back as it got them."""
T_contra = TypeVar("T_contra", bound=TableSpec, contravariant=True)
R = TypeVar("R")
"""The app's own row type: frozen, compared by value."""


class UnitRows(Protocol[T_contra, R]):
    """Rows as one unit sees them; all that a fold may touch."""

    def get(self, table: T_contra, key: str) -> R | None: ...
    def put(self, table: T_contra, key: str, row: R) -> None: ...
    def delete(self, table: T_contra, key: str) -> None: ...
    def emit(self, topic: str, schema: str, key: str, value: R) -> None: ...
    def pop_due(self, now: int) -> R | None: ...


class Fold(Protocol[T, R]):
    """An app. Everything here is a pure function of its arguments; no method awaits."""

    @property
    def tables(self) -> Sequence[T]:
        """Its tables, in the order in which a transaction writes them."""

    @property
    def sources(self) -> Sequence[str]:
        """Logical names of the source topics, in the fixed order within a slice of time."""

    @property
    def ahead(self) -> Sequence[str]:
        """Sources that a new partition folds to their end first, before its time moves."""

    @property
    def crossings(self) -> Collection[str]:
        """Outputs for other partitions (logical names): each goes where its key belongs."""

    @property
    def timers(self) -> str:
        """Name of the table whose keys are timers: `-/<table>/<due, 13 digits>/...`."""

    @property
    def code(self) -> str:
        """Fingerprint of everything that decides what a fold gives."""

    def tick(self, now: int, rows: UnitRows[T, R]) -> None:
        """Fire what is due. An exception here is a defect of the app: the worker ends."""

    def apply(self, now: int, topic: str, record: Record, rows: UnitRows[T, R]) -> None:
        """Fold one record: its key and value, nothing else of it, decide.

        Raises BadRecordError, or anything: the record becomes a dead letter.
        """

    def encode_row(self, table: T, row: R) -> bytes:
        """Bytes of a row as its changelog holds them."""

    def decode_row(self, table: T, data: bytes) -> R:
        """Row of the bytes."""

    def encode(self, schema: str, value: object) -> bytes:
        """Bytes of anything else that is written: outputs, journal, positions."""

    def decode(self, schema: str, data: bytes) -> dict[str, Any]:
        """Fields of what `encode` wrote."""

    def letter(
        self, topic: str, partition: int, record: Record, error: Exception, now: int
    ) -> Write:
        """Dead letter of a record, with a logical topic name."""


AnyFold = Fold[Any, Any]
"""Where tables and rows only pass through."""
