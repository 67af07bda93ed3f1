"""What a department's adapter consists of: settings, a source, and a mapping of rows."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, runtime_checkable

from adapters.kit.coordinates import Point
from adapters.kit.desk import Desk
from adapters.kit.errors import Finding
from adapters.kit.places import Location
from adapters.kit.settings import AdapterSettings
from adapters.kit.versions import Rule

S = TypeVar("S", bound=AdapterSettings)
Raw = Mapping[str, str | None]
Marks = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the source stated it, where it stands, and the export that it came with, if any."""

    raw: Raw
    place: str
    export: int = 0

    @property
    def original(self) -> bytes:
        """The row whole, for a dead letter: a JSON object."""
        return json.dumps(self.raw, ensure_ascii=False, sort_keys=True).encode()


@dataclass(frozen=True, slots=True)
class Rejected:
    """Input that is no row at all: a broken file, or a line that cannot be taken apart."""

    original: bytes
    finding: Finding


@dataclass(frozen=True, slots=True)
class Gone:
    """A record that was sent once, and that its system holds no more; where it stood."""

    record_id: str
    place: str


SetAside = Sequence[tuple[Row, Finding]]
"""Rows that became dead letters, each the very object of its batch, and why."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows read together, and what to remember once all that follows from them is on the topic.

    `marks` with an empty value are forgotten. `carried` is for a source that owes somebody an
    answer: it is called once the broker has all that follows from the batch and the checkpoint
    knows. A batch that is never carried (halted, stopped, killed) is never answered so: `close`
    follows, and whoever waits must be told to send again.
    """

    rows: Sequence[Row] = ()
    rejected: Sequence[Rejected] = ()
    marks: Marks = field(default_factory=dict)
    carried: Callable[[SetAside], None] | None = None
    gone: Sequence[Gone] = ()


class Source(Protocol):
    """Reads a department's system; a fresh one goes on from the marks that it is given."""

    async def read(self) -> Batch | None:
        """The next rows, or None where there are none now.

        What was returned counts as read: it is not returned again by this source. Raises
        RetryError where the system is away, HaltError where only a person can help.
        """

    @property
    def idle(self) -> bool:
        """Whether, after a None, nothing is left that may become rows without a change outside."""

    async def wait(self) -> None:
        """Return when it is worth reading again."""

    async def close(self) -> None:
        """Give back what is held open."""


Known = Callable[[str, int], Sequence[str]]
"""Ids of records that were sent: so many at most, those after one, in their own order."""


def nothing_known(_after: str, _most: int) -> Sequence[str]:
    """What a check knows."""
    return ()


@runtime_checkable
class Sweeping(Protocol):
    """A source that walks over all that its system holds, and can tell what it holds no more."""

    def told(self, known: Known) -> None:
        """What was sent can be asked here."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which record a row is about, and which version of it."""

    record_id: str
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event as far as the mapping knows it; the kit adds ids, version, move and seal.

    `fields` are those of the event's schema beside the common ones; `personal` is what will be
    sealed, with the key of `person`, or of the record where nobody is known.
    """

    occurred_at: int
    location: Location
    point: Point | None
    fields: Mapping[str, object]
    person: str | None
    personal: Mapping[str, str | None] | None


@dataclass(frozen=True, slots=True)
class FolderInput:
    """What an adapter of files says to whoever lets it read another folder, once.

    `setting` names the folder; `at_once` are settings for files that nobody writes any more.
    """

    setting: str
    at_once: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter(Generic[S]):
    """One departmental system; `adapters/registry.py` names them all.

    `plain` are the columns whose values a person may be shown: no other is ever printed. `read`
    are those that the mapping reads, all if it is empty: what changes elsewhere is no news. `fit`
    makes of it what its settings ask for, where they can ask for another mapping. `pushed` is a
    system that calls us: that nothing comes does not say that it is there. `from_bus`: what it
    reads stands on the hub's own Kafka.
    """

    name: str
    title: str
    topic: str
    schema: str
    rule: Rule
    settings: type[S]
    open_source: Callable[[S, Marks], Source]
    identify: Callable[[Row], Identity]
    map_row: Callable[[Row, Desk], Draft]
    plain: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    folder: FolderInput | None = None
    pushed: bool = False
    from_bus: bool = False
    fit: "Callable[[Adapter[S], S], Adapter[S]] | None" = None

    def fitted(self, own: S) -> "Adapter[S]":
        """This adapter as its settings want it. Raises WrongSettingError."""
        return self.fit(self, own) if self.fit else self

    def content(self, raw: Raw) -> Raw:
        """What makes one version of a record differ from another."""
        return {name: raw[name] for name in raw if name in self.read} if self.read else raw

    def source_name(self, city: str) -> str:
        """City and system, as events name their source."""
        return f"{city}.{self.name}"
