"""View: city-management cases, each of which asks the community for something."""

from schemas.identity import row_id
from streams.community import lists, records, summary, transit
from streams.community.events import Case as CaseEvent
from streams.community.facts import Fact
from streams.community.ports import Rows, find
from streams.community.requests import follow
from streams.community.rows import Case, Transit
from streams.community.tables import CASES


def apply_case(now: int, event: CaseEvent, rows: Rows) -> None:
    """Fold one version of a case."""
    identity = row_id(event.source, event.record_id)
    key = f"{event.community}/{identity}"
    old = find(rows, CASES, key, Case)
    summary.count_event(rows, event.community, event.source, now)
    waiting = transit.follow(now, event, old, CASES, key, rows)
    if records.to_be_ignored(now, event, old, rows):
        return
    status = records.status_of(event, event.status)
    kind_id = lists.kind_id(rows, event.kind)
    task_id = follow(now, _fact(event, identity, kind_id, status), rows)
    records.count(rows, event.community, "cases", old, status)
    row = _row(now, event, status, kind_id, task_id, waiting)
    rows.put(CASES, key, row)
    records.schedule_end(row, CASES, key, rows)


def _fact(event: CaseEvent, identity: str, kind_id: str, status: str) -> Fact:
    return Fact(
        request_id=identity,
        code=event.community,
        source=event.source,
        record_id=event.record_id,
        version=event.version,
        occurred_at=event.occurred_at,
        wanted=status != "left",
        status=status,
        closed_at=event.closed_at,
        kind=event.kind,
        kind_id=kind_id,
        asset=event.asset,
        unit=event.place.unit,
        department=event.department,
        document=event.record_id,
        place_text=event.place.text,
        summary=event.summary,
        backfill=event.backfill,
    )


def _row(
    now: int,
    event: CaseEvent,
    status: str,
    kind_id: str,
    task_id: str | None,
    waiting: Transit | None,
) -> Case:
    return Case(
        source=event.source,
        record_id=event.record_id,
        version=event.version,
        occurred_at=event.occurred_at,
        code=event.community,
        category=event.category,
        kind=event.kind,
        kind_id=kind_id,
        asset=event.asset,
        stage=event.stage,
        status=status,
        closed_at=event.closed_at,
        department=event.department,
        unit=event.place.unit,
        place_text=event.place.text,
        summary=event.summary,
        task_id=task_id,
        moved=event.moved,
        transit=waiting,
        updated_at=now,
    )
