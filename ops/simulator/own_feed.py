"""What the street's office sends on a day by its own producer."""

from functools import partial

from ops.simulator import own_cases
from ops.simulator.plan import Change, Plan
from ops.simulator.police_feed import followers, seen_at
from ops.simulator.produced import Produced
from ops.simulator.settings import MINUTE


def feed(plan: Plan, day: int) -> tuple[Produced, ...]:
    """What the office sends on the day, in its order; some late, some after newer, some twice."""
    rng = plan.city.chance("own cases", day)
    changes = [change for change in plan.day(day) if change.record.system == "own_cases"]
    following, sent = followers(changes), list[Produced]()
    for change in changes:
        at = seen_at(plan.city.dirt, rng, change, following.get(id(change.state)))
        times = [at]
        if rng.random() < plan.city.dirt.produced_twice:
            times.append(at + rng.randint(1, 9) * MINUTE)
        sent += [_produced(change, time) for time in times]
    return tuple(sorted(sent, key=lambda one: (one.at, one.key)))


def _produced(change: Change, at: int) -> Produced:
    record, state = change.record, change.state
    make = partial(own_cases.value, record, state)
    return Produced(at, own_cases.TOPIC, record.record_id, make)
