"""What the lane asks of the rows of one partition, wherever they are kept."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeVar

from streams.lane.row_timers import Timers

R_co = TypeVar("R_co", covariant=True)


class RowStore(Protocol[R_co]):
    """Rows as bytes, decoded on first touch; each with its digest, so that it is hashed once.

    `state` is the sum of all digests mod 2^128: free of the order in which rows came. What is set
    is there at once. A store that outlives the process keeps it when the log has committed it:
    `freeze` marks what goes into a transaction, `keep` says that this one was committed.
    """

    state: int
    timers: Timers

    def get(self, table: str, key: str) -> R_co | None:
        """Decoded row, or None."""

    def set(self, table: str, key: str, data: bytes | None, row: Any = None) -> bool:  # noqa: ANN401 -- the row that `data` encodes, where it is at hand
        """Put or remove (None) a row; False where it was already so."""

    def first_due(self) -> int | None:
        """Time of the earliest timer, ms."""

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        """Keys and bytes of a table."""

    def freeze(self) -> None:
        """All that was set until now goes into the next transaction."""

    def keep(self, positions: bytes, reached: Mapping[str, int]) -> None:
        """What was frozen last is committed, with these positions.

        `reached`: where its changelogs are to be read on, by topic (physical name).
        """

    def close(self) -> None:
        """Let go of all that it holds; nothing of it is asked any more."""

    def __len__(self) -> int: ...
