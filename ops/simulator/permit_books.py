"""The truth about permits after each day, by brute force: each counts as it was last told of."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ops.simulator.permit_feed import feed
from ops.simulator.permit_plan import PermitPlan
from ops.simulator.permits import NUMBER, Permit, PermitState
from ops.simulator.silence import told_until

SOURCE = "ezhou.permits"
UNREADABLE = "row.unreadable"


@dataclass(frozen=True, slots=True)
class PermitStanding:
    """An application as it stands, of what the platform has told by the end of a day."""

    permit: Permit
    state: PermitState

    @property
    def code(self) -> str:
        return self.state.placing.filed

    @property
    def needs_act(self) -> bool:
        """Whether its community must do something, be it allowed to or not."""
        return bool(self.permit.act(self.state))

    @property
    def refused(self) -> bool:
        """Whether the community must not do it."""
        return self.permit.refused(self.state)

    @property
    def is_request(self) -> bool:
        return self.needs_act and not self.refused

    @property
    def key(self) -> tuple[str, str]:
        return SOURCE, self.permit.record_id

    def counts(self) -> Counter[str]:
        """What it adds to the counts of its code, by their names; its task is counted apart."""
        return Counter(
            permits_total=1,
            permits_open=self.state.status == "open",
            acts_total=self.needs_act,
            acts_refused=self.refused,
            requests_total=self.is_request,
            unlocated=not self.state.placing.located,
        )


@dataclass(frozen=True, slots=True, order=True)
class BadWebhook:
    """What readers cannot use; `record_id` is empty where it states none."""

    record_id: str
    rule: str
    field: str
    places: tuple[str, ...]


class PermitBooks:
    """Keeps the books of a plan; what a silent platform holds back is not in them."""

    def __init__(self, plan: PermitPlan) -> None:
        self.plan = plan

    def standings(self, day: int) -> Iterator[PermitStanding]:
        """Every application of which anything usable has been told by the end of the day."""
        last = self._told_until(day)
        end = self.plan.settings.day_start(last + 1)
        for permit in self.plan.until(last):
            seen = [state for state in permit.good() if state.at < end]
            if seen:
                yield PermitStanding(permit, seen[-1])

    def bad(self, day: int) -> Iterator[BadWebhook]:
        """Everything told by the end of the day that becomes a dead letter."""
        for permit in self.plan.until(self._told_until(day)):
            if permit.fault is not None:
                number = "" if permit.fault.field == NUMBER else permit.record_id
                yield BadWebhook(number, permit.fault.rule, permit.fault.field, ())
        for hook in (hook for past in range(day + 1) for hook in feed(self.plan, past)):
            if hook.sort == "half":
                yield BadWebhook("", UNREADABLE, "", (f"webhook {hook.id}",))

    def secrets(self, day: int) -> frozenset[str]:
        """Names, ids, phones, rooms and texts of all applications made by the end of the day."""
        return frozenset(word for permit in self.plan.until(day) for word in permit.secrets)

    def _told_until(self, day: int) -> int:
        return told_until(self.plan.city.dirt.silent, "permits", day)
