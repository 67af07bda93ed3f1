"""Who is registered where, and in which household: the register follows each change of it."""

from itertools import permutations
from typing import Any

import pytest
from sayings import COMMUNITY, DAY, HOME, HOUR, NEXT, OTHER_HOME, REGISTRATION, UNIT
from town import Town

from schemas.identity import row_id
from streams.community.ports import BadRecordError
from streams.community.register_rows import Household
from streams.community.tables import HOUSEHOLDS, TASKS

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


def test_a_household_is_set_up_with_its_head() -> None:
    """One person, one household, which stands where its head does."""
    town = Town()
    town.move("RK1")
    row, home = town.resident(), _home(town)
    assert row is not None
    assert (row.change, row.status, row.household, row.unit) == (
        "set_up", "registered", HOME, UNIT,
    )  # fmt: skip
    assert (home.members, home.head, home.unit, home.place_text) == (
        1, _id("RK1"), UNIT, "滨湖花园3栋",
    )  # fmt: skip
    assert _persons(town) == (1, 1)


def test_a_move_asks_nobody_for_anything() -> None:
    """The register is not a list of work."""
    town = _couple()
    assert town.tasks() == []
    assert town.requests() == []
    assert not any(name == TASKS.name for name, _ in town.rows.rows)


def test_twins_are_born_into_the_household_of_their_mother() -> None:
    """They have records of their own; both count, and the head stays who it was."""
    town = _couple()
    for record in ("RK3", "RK4"):
        town.move(record, change="birth", relation="20", occurred_at=town.now)
    home = _home(town)
    assert (home.members, home.head) == (4, _id("RK1"))
    assert _persons(town) == (4, 1)


def test_who_moves_within_the_city_is_counted_where_he_is_and_back_again() -> None:
    """Each person once, in whichever order the two codes hear of it."""
    for order in permutations(("left", "arrived")):
        town = _couple()
        halves: dict[str, dict[str, Any]] = {
            "left": {"left": NEXT},
            "arrived": {"community": NEXT, "arrived": COMMUNITY, "household": OTHER_HOME},
        }
        for half in order:
            town.move("RK2", 2, change="move_in", relation="10", **halves[half])
        assert _persons(town) == (1, 1)
        assert _persons(town, NEXT) == (1, 1)
        assert _home(town).members == 1
        assert _home(town, OTHER_HOME, NEXT).head is None
        town.move("RK2", 3, change="move_in", relation="10", community=NEXT, left=COMMUNITY)
        town.move("RK2", 3, change="move_in", relation="10", arrived=NEXT)
        assert _persons(town) == (2, 1)
        assert _persons(town, NEXT) == (0, 0)
        assert _home(town).members == 2
        assert town.household(OTHER_HOME, NEXT) is None


def test_the_old_row_says_which_household_loses_who_left() -> None:
    """What the old code is told says that the person went, and nothing else."""
    town = _couple()
    told = town.move("RK2", 2, left=NEXT)
    assert told["household"] is None
    row = town.resident("RK2")
    assert row is not None
    assert (row.status, row.household, row.relation, row.unit) == ("left", None, None, None)
    assert _home(town).members == 1


def test_a_death_takes_a_member_and_its_row_leaves_after_the_retention_time() -> None:
    """The household stays, with whoever is left."""
    town = _couple()
    town.move("RK1", 2, closed_at=town.now, **ENDED)
    home = _home(town)
    assert (home.members, home.head, home.unit) == (1, None, None)
    assert _persons(town) == (1, 1)
    row = town.resident("RK1")
    assert row is not None
    assert row.cancelled_because is not None
    assert (row.status, row.change, row.cancelled_because.value) == ("cancelled", "death", "1")
    town.wait(30 * DAY)
    assert town.resident("RK1") is None
    assert town.resident("RK2") is not None
    assert _persons(town) == (1, 1)


def test_a_cancellation_by_mistake_is_taken_back() -> None:
    """A later version says that the person is registered: nobody has to be counted by hand."""
    town = _couple()
    town.move("RK2", 2, **ENDED | {"change": "cancellation"})
    town.wait(HOUR)
    town.move("RK2", 3, relation="10", change="correction")
    town.wait(40 * DAY)
    assert town.resident("RK2") is not None
    assert (_persons(town), _home(town).members) == ((2, 1), 2)


def test_a_correction_changes_the_row_and_no_count() -> None:
    """An address was mistyped: the head's row changes, and the household stands there, too."""
    town = _couple()
    before = town.summary()
    town.move("RK1", 2, change="correction", unit=f"{COMMUNITY}-E02/9/1")
    assert _home(town).unit == f"{COMMUNITY}-E02/9/1"
    after = town.summary()
    assert (after.residents_total, after.households_total) == (
        before.residents_total, before.households_total,
    )  # fmt: skip


@pytest.mark.parametrize("household", [None, ""])
def test_who_has_no_household_is_counted_all_the_same(household: str | None) -> None:
    """A person is registered; the household number was left out."""
    town = Town()
    town.move(household=household)
    assert _persons(town) == (1, 0)
    assert not any(name == HOUSEHOLDS.name for name, _ in town.rows.rows)


def test_an_older_version_changes_nothing() -> None:
    """A row read late from the front-end database says nothing new."""
    town = _couple()
    town.move("RK2", 3, household=OTHER_HOME)
    before = dict(town.rows.rows)
    town.move("RK2", 2, **ENDED)
    changed = {key for key, row in town.rows.rows.items() if before.get(key) != row}
    assert changed == {("summary", f"{COMMUNITY}/summary")}
    assert (_persons(town), town.summary().stale_total) == ((2, 2), 1)


def test_a_registration_is_not_late_however_old_its_change_is() -> None:
    """It says what is now: a row that was mended today may tell of a move years ago."""
    town = Town()
    town.move(occurred_at=town.now - 3000 * DAY)
    assert (_persons(town), town.summary().late_total) == ((1, 1), 0)


def test_who_was_cancelled_long_ago_is_never_counted() -> None:
    """A first load brings the dead, too; their rows leave within a day."""
    town = Town()
    long_ago = town.now - 300 * DAY
    town.move(backfill=True, occurred_at=long_ago, closed_at=long_ago, **ENDED)
    assert _persons(town) == (0, 0)
    town.wait(DAY)
    assert town.resident() is None


def test_a_status_that_nobody_knows_is_a_dead_letter() -> None:
    """It would be counted as nothing."""
    with pytest.raises(BadRecordError, match=r"move\.status"):
        Town().move(status="alive")
