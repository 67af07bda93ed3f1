"""Registrations of a street whose office writes to Kafka itself, in the shape of its topic."""

from collections.abc import Iterator
from functools import partial

from ops.simulator.incidents import Clock
from ops.simulator.population import Population
from ops.simulator.produced import Produced
from ops.simulator.registrations import CANCELLED, Change, Entry, Resident
from ops.simulator.settings import MINUTE

TOPIC = "intake.household.moves"
CHANGES: dict[Change, str] = {
    "立户": "set_up",
    "迁入": "move_in",
    "迁出": "move_out",
    "出生": "birth",
    "死亡": "death",
    "注销": "cancellation",
    "变更": "correction",
}


def feed(population: Population | None, day: int) -> Iterator[Produced]:
    """What is sent on the day: on the first one everybody who was there before, too."""
    if population is None or not population.households.own_street:
        return
    rng, start = population.city.chance("own moves", day), population.city.settings.start_ms
    twice = population.city.dirt.produced_twice
    for household in population.own_loaded() if day == 0 else ():
        for member in household.members:
            yield _sent(start, member, member.entries[0])
    for batch in population.day(day):
        if batch.system != "own_moves":
            continue
        for resident, entry in batch.entries:
            yield _sent(batch.at, resident, entry)
            if rng.random() < twice:
                yield _sent(batch.at + rng.randint(1, 9) * MINUTE, resident, entry)


def value(resident: Resident, entry: Entry, clock: Clock) -> dict[str, object]:
    """One record of intake.household.moves; a bad one if the version has a fault."""
    changed, ended = clock(entry.changed_at) // 1000 * 1000, not entry.registered
    personal = {
        "name": resident.name,
        "resident_id": entry.resident_id or None,
        "phone": entry.phone,
        "address": entry.placing.address,
        "born": resident.born.isoformat(),
        "household_number": entry.household,
    }
    written: dict[str, object] = {
        "record_id": resident.record_id,
        "version": {"order": clock(entry.stamp)},
        "occurred_at": changed,
        "community": entry.placing.stated or None,
        "change": CHANGES[entry.change],
        "status": "registered" if entry.registered else "cancelled",
        "cancelled_because": _code("GA/T 2000.25", "", CANCELLED[entry.change]) if ended else None,
        "closed_at": changed if ended else None,
        "relation": _code("GB/T 4761", "2008", entry.relation),
        "sex": _code("GB/T 2261.1", "2003", resident.sex),
        "personal": personal,
    }
    if entry.fault is not None and entry.fault.field.startswith("personal."):
        personal[entry.fault.field.removeprefix("personal.")] = entry.fault.value
    elif entry.fault is not None:
        written[entry.fault.field] = entry.fault.value
    return written


def _sent(at: int, resident: Resident, entry: Entry) -> Produced:
    return Produced(at, TOPIC, resident.record_id, partial(value, resident, entry))


def _code(name: str, version: str, code: str) -> dict[str, str]:
    return {"list": name, "version": version, "value": code}
