"""What the lane asks of the rows of one partition, wherever they are kept."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeVar

from streams.lane.rows.timers import Timers

R_co = TypeVar("R_co", covariant=True)


class RowStore(Protocol[R_co]):
    """Rows as bytes, decoded on first touch; each with its digest, so that it is hashed once.

    What is set is there at once; it is the log's when the log has committed it. `freeze` marks
    what goes into a transaction, `keep` says that it was committed: only then may a store that
    outlives the process write it. Between the two, more may be set.
    """

    @property
    def state(self) -> int:
        """Sum of the digests of all rows, mod 2^128: free of the order in which they came."""

    @property
    def timers(self) -> Timers:
        """What is due, and when."""

    @property
    def reached(self) -> Mapping[str, int]:
        """Where each changelog (physical name) is to be read on; empty where nothing is held."""

    @property
    def kept_at(self) -> int:
        """When it was last known to be as the log is, ms; 0 where it never was."""

    def get(self, table: str, key: str) -> R_co | None:
        """Decoded row, or None."""

    def set(self, table: str, key: str, data: bytes | None, row: Any = None) -> bool:  # noqa: ANN401 -- the row that `data` encodes, where it is at hand
        """Put or remove (None) a row; False where it was already so."""

    def first_due(self) -> int | None:
        """Time of the earliest timer, ms."""

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        """Keys and bytes of a table."""

    def freeze(self) -> None:
        """All that was set until now goes into the next transaction. One is in flight at most."""

    def keep(self, reached: Mapping[str, int], now: int) -> None:
        """What was frozen last is committed, and its changelogs have got there, at `now` ms.

        Raises RowsFolderError where it cannot be written.
        """

    def clear(self) -> None:
        """Hold nothing, as if it were new."""

    def close(self) -> None:
        """Let go of all that it holds; nothing of it is asked any more."""

    def __len__(self) -> int: ...


AnyRows = RowStore[Any]
"""Where rows only pass through."""
