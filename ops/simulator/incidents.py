"""Police incidents: their lives, and their rows as the police's interface writes them."""

import random
from collections.abc import Callable
from datetime import UTC, datetime

from ops.simulator import texts
from ops.simulator.draft import Draft, secrets
from ops.simulator.kinds import CRIMINAL
from ops.simulator.records import Record, State, Status
from ops.simulator.settings import CHINA

Clock = Callable[[int], int]
"""Plan time -> the time that is written into rows, both ms UTC."""


def build(rng: random.Random, draft: Draft, year: int) -> Record:
    """The incident; it gets its number when the day's incidents are put in order."""
    document = f"鄂公社转〔{year}〕{rng.randint(1, 9999)}号"
    referred, states, text, closed_at = draft.referred, list[State](), "", None
    for step, placing in zip(draft.life, draft.placings(), strict=True):
        if step.what == "open":
            text = texts.incident(rng, draft.person, draft.third, placing.address, draft.kind.says)
        elif step.what == "close":
            closed_at = step.at
        elif step.what == "update":
            text = texts.note(rng, text)
            refers = draft.cluster is None and draft.kind.code not in CRIMINAL
            referred = referred or (refers and rng.random() < 1 / 4)
        status: Status = "open" if closed_at is None else "closed"
        states.append(State(step.at, status, "", referred, closed_at, placing, text))
    return Record(
        system="police",
        record_id="",
        cluster=draft.cluster,
        kind=draft.kind,
        asset="",
        department="市公安局",
        document=document,
        occurred_at=draft.occurred_at(rng),
        person=draft.person,
        third=draft.third,
        secrets=secrets(draft, states),
        states=tuple(states),
        fault=draft.fault,
    )


def row(record: Record, state: State, clock: Clock) -> dict[str, object]:
    """One row of `GET /api/incidents`; a bad one if it is the first of a record with a fault."""
    point = state.placing.point
    written: dict[str, object] = {
        "jqbh": record.record_id,
        "jqlb": record.kind.code,
        "bjsj": written_time(clock(record.occurred_at)),
        "gxsj": written_time(clock(state.at)),
        "zt": "0" if state.status == "open" else "1",
        "bjie": written_time(clock(state.closed_at)) if state.closed_at is not None else None,
        "sfla": "1" if record.kind.code == "P10" else "0",
        "sfzsq": "1" if state.referred else "0",
        "zjwh": record.document if state.referred else None,
        "sqdm": state.placing.stated,
        "dz": state.placing.address,
        "jd": f"{point[0]:.7f}" if point else "",
        "wd": f"{point[1]:.7f}" if point else "",
        "bjrxm": record.person.name,
        "bjrsfzh": record.person.resident_id if int(record.person.phone[-1]) > 3 else "",  # noqa: PLR2004
        "bjrdh": record.person.phone,
        "jqnr": state.text,
    }
    if record.fault is not None and state is record.states[0]:
        written[record.fault.field] = record.fault.value
    return written


def written_time(at: int) -> str:
    """ISO 8601 in China time to the ms: 2026-11-20T08:31:05.123+08:00."""
    moment = datetime.fromtimestamp(at // 1000, UTC).astimezone(CHINA)
    return moment.replace(microsecond=at % 1000 * 1000).isoformat(timespec="milliseconds")
