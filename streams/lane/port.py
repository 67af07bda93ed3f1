"""The small port between the lane and a log: Kafka in production, memory in tests."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class Record(NamedTuple):
    """A record as read from a source. `timestamp`: append time, ms."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class Fetched(NamedTuple):
    """What one fetch brought of a topic's partition (physical name).

    `start` and `next` are the reader's positions before and after: between the records stand
    transaction markers, so the chain of fetches is checked, not the offsets of the records.
    """

    topic: str
    partition: int
    start: int
    records: Sequence[Record]
    next: int
    at_end: bool


class Chunk(NamedTuple):
    """What a read brought of a topic (physical name), in the order of offsets.

    `next`: where the reader stands now, behind markers, too; `end`: where it will stop.
    """

    topic: str
    records: Sequence[Record]
    next: int
    end: int


class Committed(NamedTuple):
    """What the log says of a transaction.

    `appended`: append time of its last write in ms, where the log knows it. `reached`: by topic
    (physical name), the offset behind its last write in the partition whose transaction it is.
    """

    appended: int | None
    reached: Mapping[str, int]


Approve = Callable[[Committed], None]
"""Sees what a transaction came to before it is committed; what it raises keeps it from that."""


def approve_all(_: Committed) -> None:
    """Nothing is wrong with it."""


class Write(NamedTuple):
    """A record to write; topics are physical names. Headers take no part in any digest.

    `partition`: where it goes; None: to the partition whose transaction it is of.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    partition: int | None = None


Place = tuple[str, int]
"""Topic (physical name) and partition number."""

Seek = Callable[[Mapping[Place, int]], Awaitable[None]]
"""Sets the reader's positions; returns when nothing fetched before is still on its way."""


class Log(Protocol):
    """What the lane asks of a log. Partition numbers are the same in every topic."""

    async def fence(self, partition: int) -> None:
        """Claim a partition: from here on an earlier owner's commits fail."""

    def read(
        self, topics: Sequence[str], partition: int, since: Mapping[str, int] | None = None
    ) -> AsyncIterator[Chunk]:
        """All committed records of a partition, to the end as of now, in chunks.

        `since`: first offset to read, by topic; one that is not named is read from its beginning.
        Each topic begins with a chunk without records, before any that has some: together they
        say how much there is to read. Order holds within a topic only. Returning does not mean
        that nothing comes later. Raises TailGoneError where the log no longer holds all records
        from a `since` on, or ends before it.
        """

    async def bounds(self, topics: Sequence[str], partition: int) -> Mapping[str, tuple[int, int]]:
        """First offset still there, and where the log ends as of now, by topic."""

    async def hanging(self, topics: Sequence[str], partition: int) -> Mapping[str, int]:
        """Topics with a transaction that has not ended, and from which offset on it hides them."""

    async def commit(
        self, partition: int, writes: Iterable[Write], approve: Approve = approve_all
    ) -> Committed:
        """Write all or nothing, to other partitions, too; returns when it is committed.

        `approve` is asked when all is written and nothing is committed: where it raises, nothing
        ever will be, and its exception goes through.
        Raises FencedError or CommitFailedError; after either, nothing of it is visible or ever
        will be, unless the answer of the log was lost: whoever restores after a fence sees which.
        """

    async def release(self, partition: int) -> None:
        """Give a partition up; commits in flight were awaited before."""


@dataclass(slots=True)
class Slice:
    """Records of one topic to be folded at one time; without a topic it is a tick."""

    now: int
    topic: str = ""
    records: list[Record] = field(default_factory=list)


@dataclass(slots=True)
class Unit:
    """One batch of one partition, in the order in which it is to be folded."""

    partition: int
    generation: int
    slices: list[Slice]
    caught_up: bool
    reached: Mapping[str, int] = field(default_factory=dict)
    """Where the reader stands, by source of which nothing waits: behind markers, too."""

    @property
    def records(self) -> int:
        """How many records it has."""
        return sum(len(piece.records) for piece in self.slices)
