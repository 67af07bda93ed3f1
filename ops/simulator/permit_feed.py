"""What the platform sends on a day, in which order, and what strangers send in its name."""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from ops.simulator.incidents import Clock, written_time
from ops.simulator.permit_plan import PermitChange, PermitPlan
from ops.simulator.permits import DECISIONS, STAGES, body
from ops.simulator.settings import FIRST_MINUTE, MINUTE, SECOND
from ops.simulator.silence import told_on
from ops.simulator.webhooks import Message, Sort

SOON = 10 * MINUTE  # webhooks of one application so close can overtake each other


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook that is sent at a time (plan ms); what it says was so from `change.state.at` on."""

    at: int
    change: PermitChange
    sort: Sort = "own"

    @property
    def id(self) -> str:
        """The same for all that is sent of one change."""
        what = f"{self.change.permit.record_id} {self.change.state.at}"
        return f"msg_{hashlib.sha256(what.encode()).hexdigest()[:24]}"

    def message(self, clock: Clock) -> Message:
        """The webhook, with the times that the clock tells."""
        said = body(self.change.permit, self.change.state, clock)
        if self.sort == "forged":  # believed, it would undo everything
            later = written_time(clock(self.change.state.at) + SECOND)
            said |= {"hj": STAGES["decided"], "jg": DECISIONS["refused"], "gxsj": later}
        content = json.dumps(said, ensure_ascii=False).encode()
        return Message(
            self.id, content[: len(content) // 2] if self.sort == "half" else content, self.sort
        )


def feed(plan: PermitPlan, day: int) -> tuple[Webhook, ...]:
    """All webhooks of the day, in the order in which they are first tried."""
    rng = plan.city.chance("webhooks", day)
    told = told_on(plan.city.dirt.silent, "permits", day)
    changes = [change for past in told for change in plan.day(past)]
    begin = plan.settings.day_start(day)
    hooks = (
        h
        for change, at in _moments(plan, rng, changes, begin)
        for h in _hooks(plan, rng, change, at)
    )
    return tuple(sorted(hooks, key=lambda hook: (hook.at, hook.id, hook.sort)))


def _moments(
    plan: PermitPlan, rng: random.Random, changes: list[PermitChange], begin: int
) -> Iterator[tuple[PermitChange, int]]:
    """When each is sent: at once, after a newer one, or with all that was held back."""
    following: dict[str, int] = {}
    for change in reversed(changes):
        at = change.state.at
        newer = following.get(change.permit.record_id, at)
        following[change.permit.record_id] = at
        overtaken = rng.random() < plan.city.dirt.overtaken_webhooks
        if at < begin:
            yield change, begin + rng.randrange(FIRST_MINUTE * MINUTE)
        elif overtaken:
            yield change, (newer if newer - at <= SOON else at) + rng.randint(30, 90) * SECOND
        else:
            yield change, at


def _hooks(
    plan: PermitPlan, rng: random.Random, change: PermitChange, at: int
) -> Iterator[Webhook]:
    """The webhook itself, and all the rest that is sent of it."""
    dirt = plan.city.dirt
    if rng.random() < dirt.forged_webhooks:
        yield Webhook(at, change, "forged")
    if rng.random() < dirt.half_webhooks:
        yield Webhook(at, change, "half")
    yield Webhook(at, change)
    if rng.random() < dirt.repeated_webhooks:
        yield Webhook(at + rng.randint(1, 9) * MINUTE, change, "again")
    if rng.random() < dirt.replayed_webhooks:
        yield Webhook(at + rng.randint(1, 9) * MINUTE, change, "captured")
