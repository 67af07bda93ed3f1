"""View: applications for permits, and the requests that those make which need a community's act."""

from schemas.identity import row_id
from streams.community import lists, records, summary, transit
from streams.community.events import Application
from streams.community.facts import Fact
from streams.community.ports import BadRecordError, Rows, find
from streams.community.register_rows import Permit, Refusal
from streams.community.requests import follow
from streams.community.rows import Transit
from streams.community.tables import PERMITS

ACTS = frozenset({"opinion", "site_check", "proof"})
STATUSES = frozenset({"open", "closed", "void"})
PROOFS = "prohibited_proofs"
"""List of the proofs that communities must not issue."""


def apply_permit(now: int, event: Application, rows: Rows) -> None:
    """Fold one version of an application; only a needed act asks the community for anything.

    Which lists decide is settled with each version: a list that changes later changes no row.
    """
    _check(event)
    identity = row_id(event.source, event.record_id)
    key = f"{event.community}/{identity}"
    old = find(rows, PERMITS, key, Permit)
    summary.count_event(rows, event.community, event.source, now)
    waiting = transit.follow(now, event, old, PERMITS, key, rows)
    if records.to_be_ignored(now, event, old, rows):
        return
    status = records.status_of(event, event.status)
    act = event.act or lists.permit_act(rows, event.item) or None
    refusal = _refusal(event, act, rows)
    task_id = None
    if act is not None or (old is not None and old.task_id is not None):
        wanted = act is not None and refusal is None and status != "left"
        task_id = follow(now, _fact(event, identity, act, status, wanted=wanted), rows)
    row = _row(now, event, status, act, refusal, task_id, waiting)
    records.count(rows, event.community, "permits", old, status)
    _count_acts(old, row, rows)
    rows.put(PERMITS, key, row)
    records.schedule_end(row, PERMITS, key, rows)


def _check(event: Application) -> None:
    """A word that nobody knows would be counted as nothing, and be asked of nobody."""
    if event.status not in STATUSES:
        raise BadRecordError("permit.status", "status", "state open, closed or void")
    if event.act and event.act not in ACTS:
        advice = "state opinion, site_check or proof, or nothing"
        raise BadRecordError("permit.act", "act", advice)


def _refusal(event: Application, act: str | None, rows: Rows) -> Refusal | None:
    """Why the community must not do it: the proof is one of those that it must not issue."""
    if act != "proof" or event.proof is None:
        return None
    entry = lists.prohibited_proof(rows, event.proof)
    if entry is None:
        return None
    said = (entry.zh, entry.issuer, entry.basis)
    return Refusal(
        rule="proof.prohibited",
        list=PROOFS,
        list_version=lists.list_version(rows, PROOFS),
        value=entry.value,
        evidence="; ".join(text for text in said if text),
    )


def _count_acts(old: Permit | None, row: Permit, rows: Rows) -> None:
    """Keep `acts_total` and `acts_refused` in step with one application."""
    before, after = _acts(old), _acts(row)
    summary.add(rows, row.code, **{name: after[name] - before[name] for name in after})


def _acts(row: Permit | None) -> dict[str, int]:
    needed = row is not None and row.status != "left" and row.act is not None
    refused = needed and row is not None and row.refusal is not None
    return {"acts_total": int(needed), "acts_refused": int(refused)}


def _fact(event: Application, identity: str, act: str | None, status: str, *, wanted: bool) -> Fact:
    return Fact(
        request_id=identity,
        code=event.community,
        source=event.source,
        record_id=event.record_id,
        version=event.version,
        occurred_at=event.occurred_at,
        wanted=wanted,
        status=status,
        closed_at=event.closed_at,
        kind=event.item,
        kind_id=f"permit_{act}" if act else "",
        asset=None,
        unit=event.place.unit,
        department=event.department,
        document=event.document,
        place_text=event.place.text,
        summary=event.summary,
        backfill=event.backfill,
    )


def _row(
    now: int,
    event: Application,
    status: str,
    act: str | None,
    refusal: Refusal | None,
    task_id: str | None,
    waiting: Transit | None,
) -> Permit:
    return Permit(
        source=event.source,
        record_id=event.record_id,
        version=event.version,
        occurred_at=event.occurred_at,
        code=event.community,
        item=event.item,
        item_type=event.item_type,
        channel=event.channel,
        stage=event.stage,
        status=status,
        decision=event.decision,
        accepted_at=event.accepted_at,
        closed_at=event.closed_at,
        department=event.department,
        document=event.document,
        act=act,
        proof=event.proof,
        refusal=refusal,
        unit=event.place.unit,
        place_text=event.place.text,
        summary=event.summary,
        task_id=task_id,
        moved=event.moved,
        transit=waiting,
        updated_at=now,
    )
