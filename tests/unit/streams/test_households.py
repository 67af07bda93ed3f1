"""Households: who is a member, who is the head, where it stands, in whatever order they come."""

from itertools import permutations
from typing import Any

import pytest
from sayings import COMMUNITY, DAY, HOME, NEXT, OTHER_HOME, REGISTRATION
from town import Town

from schemas.identity import row_id
from streams.community.register_rows import Household
from streams.community.tables import HEADS, HOUSEHOLDS, RESIDENTS

DEATH = {"list": "GA/T 2000.25", "version": "", "value": "1"}
ENDED: dict[str, Any] = {"status": "cancelled", "change": "death", "cancelled_because": DEATH}


def _persons(town: Town, *codes: str) -> tuple[int, int]:
    """Persons and households of some codes, or of one."""
    summaries = [town.summary(code) for code in codes or (COMMUNITY,)]
    return sum(s.residents_total for s in summaries), sum(s.households_total for s in summaries)


def _home(town: Town, name: str = HOME, code: str = COMMUNITY) -> Household:
    found = town.household(name, code)
    assert found is not None
    return found


def _id(record: str) -> str:
    return row_id(REGISTRATION, record)


def _couple() -> Town:
    """RK1, the head, and RK2, the spouse, in one household."""
    town = Town()
    town.move("RK1", relation="02")
    town.move("RK2", relation="10", change="move_in")
    return town


def test_a_household_that_moves_as_a_whole_is_gone_here() -> None:
    """It is a row at each code where somebody of it is registered."""
    town = _couple()
    for record in ("RK1", "RK2"):
        town.move(record, 2, left=NEXT)
        town.move(record, 2, community=NEXT, arrived=COMMUNITY)
    assert town.household(HOME) is None
    assert _home(town, HOME, NEXT).members == 2
    assert (_persons(town), _persons(town, NEXT)) == ((0, 0), (2, 1))


def test_a_household_is_gone_with_its_last_member() -> None:
    """Nothing of it stays."""
    town = _couple()
    town.move("RK1", 2, **ENDED)
    town.move("RK2", 2, **ENDED | {"change": "cancellation"})
    town.wait(40 * DAY)
    kept = {name for name, key in town.rows.rows if key.startswith(COMMUNITY)}
    assert kept.isdisjoint({RESIDENTS.name, HOUSEHOLDS.name, HEADS.name})
    assert _persons(town) == (0, 0)


def test_a_correction_of_the_household_number_moves_the_member() -> None:
    """He leaves the one and joins the other."""
    town = _couple()
    town.move("RK2", 2, change="correction", household=OTHER_HOME, relation="02")
    assert (_home(town).members, _home(town, OTHER_HOME).members) == (1, 1)
    assert _home(town, OTHER_HOME).head == _id("RK2")
    town.move("RK1", 2, change="correction", household=OTHER_HOME, relation="10")
    assert town.household(HOME) is None
    assert (_persons(town), _home(town, OTHER_HOME).members) == ((2, 1), 2)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_new_head_takes_over_in_whichever_order_the_two_are_told(order: tuple[int, ...]) -> None:
    """The old one dies, the spouse is made head: two records, and no order between them."""
    town = _couple()
    told = [
        lambda: town.move("RK1", 2, **ENDED),
        lambda: town.move("RK2", 2, change="correction", relation="02", unit=None),
    ]
    for at in order:
        told[at]()
    home = _home(town)
    assert (home.members, home.head, home.unit) == (1, _id("RK2"), None)
    assert not any(name == HEADS.name for name, _ in town.rows.rows)


def test_of_several_who_claim_to_be_the_head_one_is_in_whatever_order_they_come() -> None:
    """户主 goes before 本人, then the id decides; whoever is next waits."""
    records = {"RK1": "01", "RK2": "02", "RK3": "02", "RK4": "20"}
    by_id = sorted(("RK2", "RK3"), key=_id)
    for order in permutations(records):
        town = Town()
        for record in order:
            town.move(record, relation=records[record])
        for head in (*by_id, "RK1", None):
            assert _home(town).head == (None if head is None else _id(head))
            if head is not None:
                town.move(head, 2, **ENDED)
        assert _home(town).members == 1


def test_in_a_collective_household_everybody_may_claim_to_be_oneself() -> None:
    """The row of those who wait stays small, and the count is right."""
    town = Town()
    for number in range(150):
        town.move(f"RK{number}", relation="01")
    waiting = [row for (name, _), row in town.rows.rows.items() if name == HEADS.name]
    assert len(waiting) == 1
    assert len(getattr(waiting[0], "others", ())) == 99
    for number in range(150):
        assert _home(town).members == 150 - number
        town.move(f"RK{number}", 2, **ENDED)
    assert town.household(HOME) is None
