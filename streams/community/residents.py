"""View: who is registered where. A registration asks nobody for anything: no request, no task."""

from schemas.identity import row_id
from streams.community import households, records, summary
from streams.community.events import Move
from streams.community.ports import BadRecordError, Rows, find
from streams.community.register_rows import Resident
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
    if records.to_be_ignored(now, event, old, rows, standing=True):
        return
    row = _row(now, event)
    rows.put(RESIDENTS, key, row)
    count(old, row, rows)
    households.follow(now, identity, old, row, rows)
    records.schedule_end(row, RESIDENTS, key, rows)


def count(old: Resident | None, row: Resident, rows: Rows) -> None:
    """Keep the counts of persons in step with one row.

    Added up over the city, with those that leave and without those that arrive, they count each
    person once, also while one half of a move is missing.
    """
    before, after = _counted(old), _counted(row)
    summary.add(rows, row.code, **{name: after[name] - before[name] for name in after})


def _counted(row: Resident | None) -> dict[str, int]:
    here = row is not None and row.status == "registered"
    direction = None if row is None or row.transit is None else row.transit.direction
    return {
        "residents_total": int(here),
        "residents_leaving": int(direction == "left" and _went_registered(row)),
        "residents_arriving": int(direction == "arrived" and here),
    }


def _went_registered(row: Resident | None) -> bool:
    """The half that goes has the status `left`: what was cancelled with it says so otherwise."""
    cancelled = row is None or row.closed_at is not None or row.cancelled_because is not None
    return not cancelled


def _row(now: int, event: Move) -> Resident:
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
        updated_at=now,
    )
