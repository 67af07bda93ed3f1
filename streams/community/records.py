"""What all records share: which version wins, what is late, what is counted."""

from typing import Protocol

from streams.community import lists, summary
from streams.community.events import Event
from streams.community.ports import Rows
from streams.community.rows import Version
from streams.community.states import ENDED
from streams.community.tables import Table
from streams.community.timers import schedule

SENT_AGAIN_MS = lists.DAY_MS
"""Who was stopped between sending and noting it sends again within this time: until then a row
stays, however long ago it ended, or the second sending would count it twice."""


class RecordRow(Protocol):
    """The part of a view row that this module looks at."""

    @property
    def version(self) -> Version: ...
    @property
    def status(self) -> str: ...
    @property
    def occurred_at(self) -> int: ...
    @property
    def closed_at(self) -> int | None: ...
    @property
    def updated_at(self) -> int: ...


def to_be_ignored(
    now: int, event: Event, old: RecordRow | None, rows: Rows, *, standing: bool = False
) -> bool:
    """Whether the event is stale (an older version) or late (older than the retirement horizon).

    A late one could resurrect a row that has left: it is counted and ignored. A first load
    (backfill) is not late, and neither is the half of a move that arrives: it was counted at the
    code that it comes from, however old it is. Nor is what is `standing`: a registration says
    what is now, and the change that brought it may be years old.
    """
    if old is not None:
        stale = event.version <= old.version
        summary.add(rows, event.community, stale_total=int(stale))
        return stale
    arrived = event.moved is not None and event.moved.direction == "arrived"
    expected = standing or event.backfill or arrived
    late = not expected and event.occurred_at <= now - lists.retention_ms(rows)
    summary.add(rows, event.community, late_total=int(late))
    return late


def status_of(event: Event, stated: str) -> str:
    """`left` for the half of a move that goes, else what the source states."""
    return "left" if event.moved is not None and event.moved.direction == "left" else stated


def count(rows: Rows, code: str, name: str, old: RecordRow | None, status: str) -> None:
    """Keep `<name>_total` and `<name>_open` of a code in step with one record."""
    before = "" if old is None else old.status
    here = int(status != "left") - int(before not in {"", "left"})
    is_open = int(status == "open") - int(before == "open")
    summary.add(rows, code, **{f"{name}_total": here, f"{name}_open": is_open})


def ended_at(row: RecordRow) -> int:
    """When an ended record ended, ms: as its source says, but not before it began or after now."""
    stated = row.updated_at if row.closed_at is None else min(row.updated_at, row.closed_at)
    return min(max(stated, row.occurred_at), row.updated_at)


def leaves_at(row: RecordRow, rows: Rows) -> int:
    """When the row of an ended record leaves its view, ms."""
    return max(ended_at(row) + lists.retention_ms(rows), row.updated_at + SENT_AGAIN_MS)


def schedule_end(row: RecordRow, table: Table, key: str, rows: Rows) -> None:
    """An ended record leaves after the retention time."""
    if row.status in ENDED:
        schedule(rows, leaves_at(row, rows), "retire", table, key)
