"""Applications for permits as the simulator knows them, and as the platform writes them."""

from dataclasses import dataclass
from typing import Literal

from ops.simulator.incidents import Clock, written_time
from ops.simulator.people import Person
from ops.simulator.permit_kinds import WRITTEN, Act, Item, Proof
from ops.simulator.records import Fault, Placing, Status

NUMBER = "sbbh"
Stage = Literal["applied", "accepted", "not_accepted", "decided", "withdrawn"]
Decision = Literal["", "granted", "refused"]
STAGES: dict[Stage, str] = {
    "applied": "申请",
    "accepted": "受理",
    "not_accepted": "不予受理",
    "decided": "办结",
    "withdrawn": "撤回",
}
STATUSES: dict[Stage, Status] = {
    "applied": "open",
    "accepted": "open",
    "not_accepted": "closed",
    "decided": "closed",
    "withdrawn": "void",
}
DECISIONS: dict[Decision, str] = {"": "", "granted": "准予", "refused": "不予"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the platform asks of the community in so many words; an item may need an act unasked.

    A proof is named where `proof` is asked for, and nowhere else.
    """

    act: Act = ""
    proof: Proof | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitState:
    """A version of an application: how it stands from `at` (plan ms) on."""

    at: int
    stage: Stage
    decision: Decision
    accepted_at: int | None
    closed_at: int | None
    asked: Asked
    placing: Placing

    @property
    def status(self) -> Status:
        return STATUSES[self.stage]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """One application with its whole life; with a `fault` its first state is a bad one."""

    record_id: str
    item: Item
    channel: str
    applied_at: int  # plan ms
    document: str  # 受理编号, once accepted
    person: Person
    stated_id: str  # 申请人身份证号 as the platform has it: right, wrong or empty
    text: str
    secrets: tuple[str, ...]
    states: tuple[PermitState, ...]
    fault: Fault | None = None

    def good(self) -> tuple[PermitState, ...]:
        """The states that readers can use."""
        return self.states if self.fault is None else self.states[1:]

    def act(self, state: PermitState) -> Act:
        """What the community must do: what it is asked for, else what the item needs."""
        return state.asked.act or self.item.act

    def refused(self, state: PermitState) -> bool:
        """Whether the community must not do it: a proof that it may not issue."""
        return state.asked.proof is not None and state.asked.proof.prohibited


def body(permit: Permit, state: PermitState, clock: Clock) -> dict[str, str | None]:
    """What one webhook says; a bad one if it is the first of an application with a fault."""
    accepted, point = state.accepted_at is not None, state.placing.point
    proof = state.asked.proof
    written = {
        NUMBER: permit.record_id,
        "sxbm": permit.item.code,
        "sxmc": permit.item.name,
        "sxlx": permit.item.sort,
        "qd": permit.channel,
        "hj": STAGES[state.stage],
        "jg": DECISIONS[state.decision],
        "sqsj": written_time(clock(permit.applied_at)),
        "slsj": _time(state.accepted_at, clock),
        "bjsj": _time(state.closed_at, clock),
        "gxsj": written_time(clock(state.at)),
        "slbh": permit.document if accepted else None,
        "bm": permit.item.department,
        "sqxb": WRITTEN[state.asked.act],
        "zmml": proof.standard if proof else "",
        "zmbm": proof.code if proof else "",
        "sqdm": state.placing.stated,
        "dz": state.placing.address,
        "jd": f"{point[0]:.7f}" if point else "",
        "wd": f"{point[1]:.7f}" if point else "",
        "sqrxm": permit.person.name,
        "sqrsfzh": permit.stated_id,
        "sqrdh": permit.person.phone,
        "sqsy": permit.text,
    }
    if permit.fault is not None and state is permit.states[0]:
        written[permit.fault.field] = permit.fault.value
    return written


def _time(at: int | None, clock: Clock) -> str | None:
    return None if at is None else written_time(clock(at))
