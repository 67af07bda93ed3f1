"""View: who is registered where. A registration asks nobody for anything: no request, no task."""

from schemas.identity import row_id
from streams.community import households, records, summary, transit
from streams.community.events import Move
from streams.community.ports import BadRecordError, Rows, find
from streams.community.register_rows import Resident
from streams.community.rows import Transit
from streams.community.tables import RESIDENTS

STATUSES = frozenset({"registered", "cancelled"})


def apply_move(now: int, event: Move, rows: Rows) -> None:
    """Fold one version of a person's registration."""
    if event.status not in STATUSES:
        raise BadRecordError("move.status", "status", "state registered or cancelled")
    identity = row_id(event.source, event.record_id)
    key = f"{event.community}/{identity}"
    old = find(rows, RESIDENTS, key, Resident)
    summary.count_event(rows, event.community, event.source, now)
    waiting = transit.follow(now, event, old, RESIDENTS, key, rows)
    if records.to_be_ignored(now, event, old, rows, standing=True):
        return
    row = _row(now, event, waiting)
    rows.put(RESIDENTS, key, row)
    summary.add(rows, row.code, residents_total=_here(row) - _here(old))
    households.follow(now, identity, old, row, rows)
    records.schedule_end(row, RESIDENTS, key, rows)


def _here(row: Resident | None) -> int:
    """Whether a person is registered here; who leaves and arrives is counted by `transit`."""
    return int(row is not None and row.status == "registered")


def _row(now: int, event: Move, waiting: Transit | None) -> Resident:
    return Resident(
        source=event.source,
        record_id=event.record_id,
        version=event.version,
        occurred_at=event.occurred_at,
        code=event.community,
        change=event.change,
        status=records.status_of(event, event.status),
        cancelled_because=event.cancelled_because,
        closed_at=event.closed_at,
        household=event.household,
        relation=event.relation,
        sex=event.sex,
        unit=event.place.unit,
        place_text=event.place.text,
        person=event.person,
        moved=event.moved,
        transit=waiting,
        updated_at=now,
    )
