"""Draws one day's applications for permits."""

from collections.abc import Iterator
from dataclasses import replace

from ops.simulator import draft, texts
from ops.simulator.city import City
from ops.simulator.people import CHECKS, Person
from ops.simulator.permit_kinds import (
    ALLOWED_PROOFS,
    CHANNELS,
    ITEMS,
    PROHIBITED_PROOFS,
    UNKNOWN_ITEM,
    Act,
    Item,
)
from ops.simulator.permit_lives import PermitLife, PermitLives
from ops.simulator.permits import NUMBER, Asked, Decision, Permit, PermitState, Stage
from ops.simulator.records import BAD_TIME, MISSING, UNKNOWN_KIND, Fault, Placing
from ops.simulator.settings import MINUTE

FAULTS = (
    Fault(MISSING, "sqsj", ""),
    Fault(MISSING, "sxbm", ""),
    Fault(UNKNOWN_KIND, "sxbm", UNKNOWN_ITEM),
    Fault(BAD_TIME, "sqsj", "昨天上午"),
    Fault(MISSING, NUMBER, ""),
)
ASKED_UNASKED = 1 / 5  # of items that need nothing: the platform asks all the same
ASKED_AGAIN = 1 / 4  # of proofs asked for: another one is asked for instead
REACHED: dict[str, Stage] = {
    "accept": "accepted",
    "reject": "not_accepted",
    "decide": "decided",
    "contradict": "decided",
    "withdraw": "withdrawn",
}


class PermitDrawing:
    """One day of the platform; it draws by a chance of its own, which moves no other system."""

    def __init__(self, city: City, day: int) -> None:
        self.city, self.dirt, self.placings = city, city.dirt, city.placings
        self.rng = city.chance("permits", day)
        self.lives = PermitLives(city.settings, self.rng, day, city.dirt.contradicted)

    def permits(self) -> Iterator[Permit]:
        """Everything that is applied for on this day, without numbers yet."""
        count = self.city.settings.people * self.city.settings.permits_per_thousand / 1000
        for _ in range(int(count * self.rng.uniform(0.85, 1.15) + self.rng.random())):
            yield self._permit()

    def _permit(self) -> Permit:
        dirt, dice = self.dirt, self.rng.random()
        bad = (dirt.missing_fields, dirt.unknown_kinds, dirt.unreadable_times)
        if dice < sum(bad):
            return self._faulty(
                (MISSING, UNKNOWN_KIND, BAD_TIME)[self.rng.choices(range(3), bad)[0]]
            )
        telling = self.placings.telling(self.rng)
        if telling != "told":
            near = self.city.places.community(self.rng).code
            return self._untold(self.placings.untold(self.rng, telling, near))
        if self.rng.random() < dirt.moved:
            return self._moved()
        item = self.rng.choice(ITEMS)
        asked = self._asked(item)
        again = len(asked) > 1
        return self._of(item, self.lives.usual(asked_again=again), [self._told()], asked)

    def _faulty(self, rule: str) -> Permit:
        fault = self.rng.choice([fault for fault in FAULTS if fault.rule == rule])
        corrected = fault.field != NUMBER and self.rng.random() < self.dirt.corrected
        item = self.rng.choice(ITEMS)
        life = self.lives.faulty(corrected=corrected)
        permit = self._of(item, life, [self._told()], self._asked(item)[:1])
        return replace(permit, fault=fault)

    def _untold(self, placing: Placing) -> Permit:
        """At a desk; some are placed by an update."""
        item = self.rng.choice(ITEMS)
        if self.rng.random() >= self.dirt.located_later:
            return self._of(item, self.lives.usual(), [placing], self._asked(item)[:1])
        places = [placing, self._told()]
        return self._of(item, self.lives.placed(1), places, self._asked(item)[:1])

    def _moved(self) -> Permit:
        """To another community; some come back to where they were."""
        here, there = self._told(), self._told()
        while there.filed == here.filed:
            there = self._told()
        back = self.rng.random() < self.dirt.moved_back
        places = [here, there, here] if back else [here, there]
        item = self.rng.choice(ITEMS)
        return self._of(item, self.lives.placed(len(places) - 1), places, self._asked(item)[:1])

    def _told(self) -> Placing:
        community = self.city.places.community(self.rng).code
        return self.placings.told(self.rng, self.city.places.spot(self.rng, community))

    def _asked(self, item: Item) -> list[Asked]:
        """What the platform asks of the community, in its order: nothing, an act, or two proofs."""
        act: Act = item.act if self.rng.random() < 1 / 2 else ""
        if not item.act and self.rng.random() < ASKED_UNASKED:
            act = self.rng.choice(("opinion", "site_check", "proof", "proof", "proof"))
        if act != "proof":
            return [Asked(act)]
        proofs = [self.rng.choice(PROHIBITED_PROOFS), self.rng.choice(ALLOWED_PROOFS)]
        self.rng.shuffle(proofs)
        if self.rng.random() < ASKED_AGAIN:
            return [Asked(act, proof) for proof in proofs]
        return [Asked(act, proofs[0])]

    def _of(
        self, item: Item, life: PermitLife, places: list[Placing], asked: list[Asked]
    ) -> Permit:
        person = self.rng.choice(self.city.people)
        stated = self._stated_id(person)
        third = self.rng.choice(self.city.people)
        named = third if self.rng.random() < self.dirt.third_persons else None
        text = texts.application(self.rng, person, named, places[0].address, item.name, item.says)
        states = tuple(self._states(life, iter(places), iter(asked)))
        words = draft.words(
            (person, named) if named else (person,),
            {text},
            {state.placing.address for state in states},
        )
        return Permit(
            record_id="",
            item=item,
            channel=self.rng.choices(*CHANNELS)[0],
            applied_at=(life[0].at - self.rng.randint(1, 9) * MINUTE) // 1000 * 1000,
            document="",
            person=person,
            stated_id=stated,
            text=text,
            secrets=tuple(sorted({*words, *filter(None, (stated,))})),
            states=states,
        )

    def _states(
        self, life: PermitLife, places: Iterator[Placing], asked: Iterator[Asked]
    ) -> Iterator[PermitState]:
        """The application after each step of its life."""
        now = PermitState(
            at=0,
            stage="applied",
            decision="",
            accepted_at=None,
            closed_at=None,
            asked=next(asked),
            placing=next(places),
        )
        for step in life:
            now = replace(now, at=step.at, stage=REACHED.get(step.what, now.stage))
            if step.what == "place":
                now = replace(now, placing=next(places))
            elif step.what == "ask":
                now = replace(now, asked=next(asked))
            elif step.what == "accept":
                now = replace(now, accepted_at=step.at)
            elif step.what != "apply":
                now = replace(now, closed_at=step.at, decision=self._decision(now, step.what))
            yield now

    def _decision(self, now: PermitState, what: str) -> Decision:
        """Mostly granted; what contradicts an earlier decision is the other one."""
        if what == "contradict":
            return "granted" if now.decision == "refused" else "refused"
        if what != "decide":
            return ""
        return "granted" if self.rng.random() < 4 / 5 else "refused"

    def _stated_id(self, person: Person) -> str:
        """The applicant's id: mostly right, sometimes missing or with a wrong check digit."""
        if self.rng.random() < self.dirt.wrong_ids:
            wrong = [digit for digit in CHECKS if digit != person.resident_id[-1]]
            return person.resident_id[:-1] + self.rng.choice(wrong)
        return person.resident_id if self.rng.random() < 4 / 5 else ""
