"""A record in transit: what it waits for, what pairs it, who is alarmed, when it is given up."""

from typing import Any

import msgspec
import pytest
from crossing_city import City, Half, history
from sayings import CITY, COMMUNITY, DAY, DESK, HOUR, NEXT, START, case, move

from streams.community.ports import BadRecordError
from streams.community.rows import Case, Transit
from streams.community.state_rows import Crossed
from streams.community.tables import CASES, CROSSED

L, A = history([COMMUNITY, NEXT])[1:]


def person(half: Half, now: int = START, **stated: Any) -> dict[str, Any]:  # noqa: ANN401 -- fields of an event
    """The registration of RK1, as public security tells of one half."""
    return move("RK1", half.version, now, **half.stated, **stated)


def matter(half: Half, now: int = START, **stated: Any) -> dict[str, Any]:  # noqa: ANN401 -- fields of an event
    """Case A1, as city management tells of one half."""
    return case("A1", half.version, now, **half.stated, **stated)


def arrived_alone(**stated: Any) -> City:  # noqa: ANN401 -- fields of an event
    """Case A1 arrived at NEXT; of its other half nobody has said anything."""
    city = City()
    city.say("city.cases", matter(A, **stated))
    return city


def case_row(city: City, code: str = NEXT) -> Case | None:
    """Row of A1."""
    found: Case | None = city.row(CASES, CITY, "A1", code)
    return found


def open_counts(city: City) -> tuple[int, int]:
    """Open halves in the city, and how many of them have waited for too long."""
    return city.total("transit_open"), city.total("transit_overdue")


def test_a_half_says_what_it_waits_for_until_the_other_one_was_told() -> None:
    """Each code needs the other's word, not the other's half."""
    city = arrived_alone()
    row = case_row(city)
    assert row is not None
    assert row.transit == Transit(
        direction="arrived", counterpart=COMMUNITY, version=row.version, since=START, overdue=False
    )
    city.say("city.cases", matter(L))
    assert open_counts(city) == (2, 0)
    city.take_all()
    assert open_counts(city) == (0, 0)
    assert [row.transit for row in (case_row(city), case_row(city, COMMUNITY)) if row] == [None] * 2


def test_the_word_of_the_other_code_may_come_first() -> None:
    """Then this code's half has nobody to wait for."""
    city = arrived_alone()
    city.take_all()
    assert len(city.rows(CROSSED)) == 2
    city.say("city.cases", matter(L))
    assert open_counts(city) == (1, 0)
    city.take_all()
    assert (open_counts(city), city.rows(CROSSED)) == ((0, 0), [])


def test_a_later_version_where_it_is_leaves_it_in_transit() -> None:
    """It changed, and nobody has said that it left where it was."""
    city = arrived_alone()
    city.say("city.cases", case("A1", 3, START, community=NEXT, summary="另一段文字"))
    row = case_row(city)
    assert row is not None
    assert row.transit is not None
    assert (row.version.order, row.transit.version.order, row.moved) == (3, 2, None)


def test_the_alarm_comes_once_after_as_many_hours_as_the_list_says() -> None:
    """24 as it ships; not a moment before."""
    city = arrived_alone()
    city.wait(DAY - 1)
    assert open_counts(city) == (1, 0)
    city.wait(1)
    assert open_counts(city) == (1, 1)
    row = case_row(city)
    assert row is not None
    assert row.transit is not None
    assert row.transit.overdue
    city.wait(DAY)
    assert open_counts(city) == (1, 1)
    city.say("city.cases", matter(L))
    city.take_all()
    assert open_counts(city) == (0, 0)


@pytest.mark.parametrize(("hours", "due"), [(48, 48), (2, 24)])
def test_a_list_that_changes_holds_for_what_waits_already(hours: int, due: int) -> None:
    """Longer: it waits longer. Shorter: at the latest when the old one would have alarmed."""
    city = arrived_alone()
    for town in city.towns:
        town.publish("transit", [{"alarm_hours": hours}])
    city.wait(due * HOUR - 1)
    assert open_counts(city) == (1, 0)
    city.wait(1)
    assert open_counts(city) == (1, 1)


def test_an_alarm_is_not_taken_back_by_a_list() -> None:
    """Only the other half does that: people may be looking for it."""
    city = arrived_alone()
    city.wait(DAY)
    for town in city.towns:
        town.publish("transit", [{"alarm_hours": 2_400}])
    city.wait(40 * DAY)
    assert open_counts(city) == (1, 1)


def test_a_first_load_alarms_nobody_and_pairs_as_usual() -> None:
    """Half of what it says of moves happened long ago."""
    city = arrived_alone(backfill=True)
    assert open_counts(city) == (1, 0)
    city.wait(10 * DAY)
    assert open_counts(city) == (1, 0)
    city.say("city.cases", matter(L, city.now))
    city.take_all()
    assert (open_counts(city), city.rows(CROSSED)) == ((0, 0), [])


@pytest.mark.parametrize("backfill", [False, True])
def test_a_case_that_nobody_tells_of_any_more_is_given_up_with_its_counts(backfill: bool) -> None:  # noqa: FBT001 -- a case of the test
    """A day until the alarm, a month after it: then the row may leave, too."""
    city = arrived_alone(backfill=backfill, status="closed", closed_at=START)
    city.take_all()
    city.wait(31 * DAY - 1)
    assert open_counts(city) == (1, int(not backfill))
    assert case_row(city) is not None
    city.wait(1)
    assert (open_counts(city), city.rows(CROSSED)) == ((0, 0), [])
    city.wait(30 * DAY)
    assert case_row(city) is None
    assert open_counts(city) == (0, 0)


def test_a_person_is_never_given_up() -> None:
    """The row of the half that left stays as well: the city would count one person less."""
    city = City()
    for half in (Half(COMMUNITY, 1), L):
        city.say("household.moves", person(half))
    city.take_all()
    city.wait(400 * DAY)
    assert (city.persons, city.total("residents_leaving"), open_counts(city)) == (1, 1, (1, 1))
    city.say("household.moves", person(A, city.now))
    city.take_all()
    assert (city.persons, city.total("residents_leaving"), open_counts(city)) == (1, 0, (0, 0))


def test_who_was_cancelled_with_the_move_is_looked_for_by_nobody() -> None:
    """Died, and was entered at another code: nobody has to arrive anywhere."""
    city = City()
    city.say("household.moves", person(Half(COMMUNITY, 1)))
    city.say("household.moves", person(L, status="cancelled"))
    assert (city.persons, open_counts(city)) == (0, (0, 0))
    city.say("household.moves", person(A, status="cancelled"))
    city.take_all()
    assert (city.persons, open_counts(city), city.rows(CROSSED)) == (0, (0, 0), [])


def test_halves_that_are_sent_again_wait_for_nobody() -> None:
    """Months later, when their pair has long retired, and by a department that sends all again."""
    city = City()
    told = [matter(half) for half in (L, A, *history([COMMUNITY, NEXT, COMMUNITY])[3:])]
    for event in told:
        city.say("city.cases", event)
    city.take_all()
    for _ in range(2):
        for event in told:
            city.say("city.cases", event)
        city.take_all()
        assert open_counts(city) == (0, 0)
        city.wait(40 * DAY)
    assert (city.total("cases_total"), city.rows(CROSSED)) == (1, [])


def test_what_left_and_is_sent_again_after_its_pair_has_retired_waits_for_nobody() -> None:
    """Its row has retired as well, and so has that of the code that would answer."""
    city = City()
    told = [matter(half) for half in history([COMMUNITY, NEXT, DESK])]
    for event in told:
        city.say("city.cases", event)
    city.take_all()
    city.wait(40 * DAY)
    for event in told[1::2]:
        city.say("city.cases", event)
    city.take_all()
    assert open_counts(city) == (0, 0)
    city.wait(40 * DAY)
    assert (open_counts(city), city.rows(CROSSED)) == ((0, 0), [])


def test_what_is_told_again_is_heard_once() -> None:
    """A department that sends its old versions day after day must not make a row grow."""
    city = City()
    city.say("city.cases", case("A1", 3, START))
    for _ in range(3):
        city.say("city.cases", matter(L))
    city.take_all()
    (_, heard) = sorted(city.rows(CROSSED), key=lambda row: len(getattr(row, "heard", ())))
    assert isinstance(heard, Crossed)
    assert len(heard.heard) == 1


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"kind": "merged"}, "crossing.kind"),
        ({"body": b"{}"}, "crossing.body"),
        ({"body": b'{"table":"tasks","row":"x","direction":"left","order":1,"hash":"00"}'},
         "crossing.body"),
        ({"body": b'{"table":"cases","row":"x","direction":"left","order":1,"hash":"zz"}'},
         "crossing.body"),
        ({"from_code": "nobody"}, "crossing.body"),
        ({"to_code": "nobody"}, "record.code"),
    ],
)  # fmt: skip
def test_a_crossing_that_the_hub_did_not_write_is_refused(wrong: dict[str, Any], rule: str) -> None:
    """It becomes a dead letter, and no row is touched."""
    city = arrived_alone()
    crossing = msgspec.to_builtins(city.crossings[0], builtin_types=(bytes,)) | wrong
    with pytest.raises(BadRecordError) as refused:
        city.town(COMMUNITY).feed("crossings", crossing)
    assert refused.value.rule == rule


@pytest.mark.parametrize(
    "moved",
    [
        {"direction": "went", "counterpart": NEXT},
        {"direction": "left", "counterpart": COMMUNITY},
        {"direction": "left", "counterpart": "42070400101"},
    ],
)
def test_a_move_that_leads_nowhere_is_refused(moved: dict[str, str]) -> None:
    """Nobody would ever answer."""
    with pytest.raises(BadRecordError) as refused:
        City().say("city.cases", case("A1", 2, START, moved=moved))
    assert refused.value.rule == "record.moved"


def test_what_a_crossing_says_is_the_same_every_time() -> None:
    """Its id, and its bytes: a replay counts them."""
    one, other = (arrived_alone().crossings[0] for _ in range(2))
    assert one == other
    assert one.to_code == COMMUNITY
    assert b"RK" not in one.body
    assert msgspec.json.decode(one.body)["table"] == "cases"
