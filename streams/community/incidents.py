"""View: police incidents, and the requests that referrals make."""

from schemas.identity import row_id
from streams.community import lists, records, summary, transit
from streams.community.events import Incident as IncidentEvent
from streams.community.facts import Fact
from streams.community.ports import Rows, find
from streams.community.requests import follow
from streams.community.rows import Incident, Transit
from streams.community.tables import INCIDENTS

DEPARTMENT = "公安"
"""Public security: it refers on its own behalf."""


def apply_incident(now: int, event: IncidentEvent, rows: Rows) -> None:
    """Fold one version of an incident; only a referred one asks the community for anything."""
    identity = row_id(event.source, event.record_id)
    key = f"{event.community}/{identity}"
    old = find(rows, INCIDENTS, key, Incident)
    summary.count_event(rows, event.community, event.source, now)
    waiting = transit.follow(now, event, old, INCIDENTS, key, rows)
    if records.to_be_ignored(now, event, old, rows):
        return
    status = records.status_of(event, event.status)
    kind_id = lists.kind_id(rows, event.kind)
    task_id = follow(now, _fact(event, identity, kind_id, status), rows)
    records.count(rows, event.community, "incidents", old, status)
    row = _row(now, event, status, kind_id, task_id, waiting)
    rows.put(INCIDENTS, key, row)
    records.schedule_end(row, INCIDENTS, key, rows)


def _fact(event: IncidentEvent, identity: str, kind_id: str, status: str) -> Fact:
    return Fact(
        request_id=identity,
        code=event.community,
        source=event.source,
        record_id=event.record_id,
        version=event.version,
        occurred_at=event.occurred_at,
        wanted=event.referred and status != "left",
        status=status,
        closed_at=event.closed_at,
        kind=event.kind,
        kind_id=kind_id,
        asset=None,
        unit=event.place.unit,
        department=DEPARTMENT,
        document=event.document,
        place_text=event.place.text,
        summary=event.summary,
        backfill=event.backfill,
    )


def _row(
    now: int,
    event: IncidentEvent,
    status: str,
    kind_id: str,
    task_id: str | None,
    waiting: Transit | None,
) -> Incident:
    return Incident(
        source=event.source,
        record_id=event.record_id,
        version=event.version,
        occurred_at=event.occurred_at,
        code=event.community,
        kind=event.kind,
        kind_id=kind_id,
        status=status,
        closed_at=event.closed_at,
        filed=event.filed,
        referred=event.referred,
        unit=event.place.unit,
        place_text=event.place.text,
        summary=event.summary,
        task_id=task_id,
        moved=event.moved,
        transit=waiting,
        updated_at=now,
    )
