"""What is drawn for a record before its department writes it down."""

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ops.simulator.addresses import WIDE
from ops.simulator.kinds import Kind
from ops.simulator.lives import Life
from ops.simulator.people import Person
from ops.simulator.records import Fault, Placing, State
from ops.simulator.settings import MINUTE

_PLATE = re.compile(r"鄂G[A-HJ-NP-Z0-9]{5}")
_NARROW = {wide: digit for digit, wide in ((chr(d), ord(w)) for d, w in WIDE.items())}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One record to be: `later` are the places where it is after its steps `place`."""

    kind: Kind
    life: Life
    person: Person
    third: Person | None
    placing: Placing
    later: tuple[Placing, ...] = ()
    cluster: int | None = None
    asset: str = ""
    fault: Fault | None = None
    referred: bool = False  # from its first row on

    def occurred_at(self, rng: random.Random) -> int:
        """Some minutes before it was first reported, on a full second."""
        return (self.life[0].at - rng.randint(1, 9) * MINUTE) // 1000 * 1000

    def placings(self) -> Iterator[Placing]:
        """Where it is after each step."""
        placing, later = self.placing, iter(self.later)
        for step in self.life:
            if step.what == "place":
                placing = next(later)
            yield placing


def secrets(draft: Draft, states: Iterable[State]) -> tuple[str, ...]:
    """Every word of a record's rows that must not get out: persons, plates, rooms, whole texts."""
    people = (draft.person, draft.third) if draft.third else (draft.person,)
    states = tuple(states)
    return words(people, {s.text for s in states}, {s.placing.address for s in states})


def words(people: Iterable[Person], texts: set[str], addresses: set[str]) -> tuple[str, ...]:
    """The same, of what anybody wrote: texts only where a person, a plate or a room is in them."""
    found = {word for p in people for word in (p.name, p.resident_id, p.phone)}
    found |= {plate for text in texts for plate in _PLATE.findall(text)}
    for address in {address for address in addresses if address.endswith("室")}:
        found |= {address, "".join(address.translate(_NARROW).split())}
    found |= {text for text in texts if any(word in text for word in found)}
    return tuple(sorted(found))


def room_words(address: str) -> set[str]:
    """An address that tells a room, as it is written and as it is read; nothing of others."""
    if not address.endswith("室"):
        return set()
    return {address, "".join(address.translate(_NARROW).split())}
