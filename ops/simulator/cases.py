"""Cases of digital city management: their lives, and their rows as the exports write them."""

import random
from datetime import UTC, datetime

from ops.simulator import texts
from ops.simulator.coordinates import gcj02
from ops.simulator.draft import Draft, secrets
from ops.simulator.incidents import Clock
from ops.simulator.kinds import CLOSED_STAGE, COMPONENTS, DEPARTMENTS, STAGES, VOID_STAGE
from ops.simulator.records import Record, State, Status
from ops.simulator.settings import CHINA

NUMBER = "案件编号"
COLUMNS = (
    NUMBER,
    "大类",
    "小类代码",
    "小类标准",
    "部件编码",
    "上报时间",
    "处置阶段",
    "结案时间",
    "派遣部门",
    "社区编码",
    "地址",
    "经度",
    "纬度",
    "上报人",
    "联系电话",
    "问题描述",
)
VOIDED = 1 / 12


def build(rng: random.Random, draft: Draft) -> Record:
    """The case; it gets its number when the day's cases are put in order."""
    text = texts.case(rng, draft.person, draft.third, draft.placing.address, draft.kind.says)
    position, states, closed_at = rng.choice((0, 1)), list[State](), None
    status: Status = "open"
    stage = STAGES[position]
    for step, placing in zip(draft.life, draft.placings(), strict=True):
        if step.what == "close":
            void = rng.random() < VOIDED
            status, stage = ("void", VOID_STAGE) if void else ("closed", CLOSED_STAGE)
            closed_at = None if void else step.at
        elif step.what != "open":
            position = _next(rng, position)
            stage = STAGES[position]
        states.append(State(step.at, status, stage, True, closed_at, placing, text))  # noqa: FBT003
    return Record(
        system="city",
        record_id="",
        cluster=draft.cluster,
        kind=draft.kind,
        asset=draft.asset,
        department=rng.choice(DEPARTMENTS),
        document="",
        occurred_at=draft.occurred_at(rng),
        person=draft.person,
        third=draft.third,
        secrets=secrets(draft, states),
        states=tuple(states),
        fault=draft.fault,
    )


def _next(rng: random.Random, position: int) -> int:
    """Mostly the next stage; from 核查 back to 处置 when the check fails."""
    if position == len(STAGES) - 1:
        return position - 1
    return position - 1 if position > 1 and rng.random() < 1 / 5 else position + 1


def row(record: Record, state: State, clock: Clock) -> dict[str, str]:
    """One row of an export, all text; a bad one if it is the first of a record with a fault."""
    point = gcj02(state.placing.point) if state.placing.point else None
    written = dict(
        zip(
            COLUMNS,
            (
                record.record_id,
                "部件" if record.kind.standard == COMPONENTS else "事件",
                record.kind.code,
                record.kind.standard,
                record.asset,
                _time(clock(record.occurred_at)),
                state.stage,
                "" if state.closed_at is None else _time(clock(state.closed_at)),
                record.department,
                state.placing.stated,
                state.placing.address,
                f"{point[0]:.6f}" if point else "",
                f"{point[1]:.6f}" if point else "",
                record.person.name,
                record.person.phone,
                state.text,
            ),
            strict=True,
        )
    )
    if record.fault is not None and state is record.states[0]:
        written[record.fault.field] = record.fault.value
    return written


def _time(at: int) -> str:
    return f"{datetime.fromtimestamp(at // 1000, UTC).astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
