"""Cases of a street whose office writes to Kafka itself, in the shape of intake.city.cases.

They obey the same rules as the cases in files, and are one task with those and with the police's.
"""

from ops.simulator import cases
from ops.simulator.incidents import Clock
from ops.simulator.kinds import COMPONENTS, GB
from ops.simulator.records import BAD_TIME, Fault, Record, State

TOPIC = "intake.city.cases"
LISTS = {GB: ("GB/T 47678.5", "2026"), COMPONENTS: ("ezhou.component", "demo-1")}
SCALE = 10_000_000  # coordinates are whole 1e-7 degrees


def value(record: Record, state: State, clock: Clock) -> dict[str, object]:
    """The record as it stands; a bad one if it is the first of a case with a fault."""
    standard, version = LISTS[record.kind.standard]
    fault = record.fault if state is record.states[0] else None
    spoilt = {fault.field: fault.value} if fault else {}
    occurred_at = clock(record.occurred_at)
    return {
        "record_id": spoilt.get("record_id", record.record_id),
        "version": {"order": clock(state.at)},
        "occurred_at": occurred_at // 1000 if "occurred_at" in spoilt else occurred_at,
        "category": "component" if record.kind.standard == COMPONENTS else "event",
        "kind": {
            "list": standard,
            "version": version,
            "value": spoilt.get("kind.value", record.kind.code),
        },
        "asset": record.asset or None,
        "stage": state.stage,
        "closed_at": None if state.closed_at is None else clock(state.closed_at),
        "department": record.department,
        "community": state.placing.stated or None,
        "place": _place(state),
        "personal": {
            "name": record.person.name,
            "phone": record.person.phone,
            "address": state.placing.address,
            "text": state.text,
        },
    }


def _place(state: State) -> dict[str, int] | None:
    if state.placing.point is None:
        return None
    lon, lat = (round(degrees * SCALE) for degrees in state.placing.point)
    return {"lon": lon, "lat": lat}


def fault_of(fault: Fault) -> Fault:
    """A fault of a row in a file as this office makes it: seconds instead of ms, for a bad time."""
    if fault.rule == BAD_TIME:
        return Fault(BAD_TIME, "occurred_at", "s")
    if fault.field == cases.NUMBER:
        return Fault(fault.rule, "record_id", "")
    return Fault(fault.rule, "kind.value", fault.value)
