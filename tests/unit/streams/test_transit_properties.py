"""Any path between codes, in any order, with halves lost: paired, alarmed once, counted once."""

from typing import Any

from crossing_city import CODES, City, Half, expected_open, history
from hypothesis import given, settings
from hypothesis import strategies as st
from sayings import DAY, REGISTRATION, START, move

from streams.community.tables import CROSSED, RESIDENTS

PATHS = st.lists(st.sampled_from(CODES[:3]), min_size=2, max_size=6)


def person(half: Half, now: int = START, **stated: Any) -> dict[str, Any]:  # noqa: ANN401 -- fields of an event
    """The registration of RK1, as public security tells of one half."""
    return move("RK1", half.version, now, **half.stated, **stated)


def play(city: City, told: list[Half], data: st.DataObject) -> None:
    """All of it in any order, some of it twice, crossings in between, until all have come."""
    waiting = data.draw(st.permutations(told))
    again = data.draw(st.lists(st.sampled_from(told), max_size=2)) if told else []
    queue = [*waiting, *again]
    while queue or city.crossings:
        if queue and (not city.crossings or data.draw(st.booleans())):
            half = queue.pop(0)
            city.say("household.moves", person(half))
        else:
            city.take(data.draw(st.integers(0, len(city.crossings) - 1)))


@settings(max_examples=300, deadline=None)
@given(path=PATHS, data=st.data())
def test_when_all_has_come_nothing_is_in_transit_and_a_person_is_counted_once(
    path: list[str], data: st.DataObject
) -> None:
    """There and back, in any order: rows, counts and private rows."""
    city = City()
    play(city, history(path), data)
    counts = [city.total(f"transit_{name}") for name in ("open", "overdue")]
    counts += [city.total(f"residents_{name}") for name in ("total", "leaving", "arriving")]
    assert counts == [0, 0, 1, 0, 0]
    assert city.rows(CROSSED) == []
    assert city.row(RESIDENTS, REGISTRATION, "RK1", path[-1]).status == "registered"
    assert [row.transit for row in city.residents()] == [None] * len(city.residents())


def told_again(path: list[str]) -> list[Half]:
    """A department that tells every code that the record was at before, and not the last alone."""
    told = history(path)
    for half in history(path):
        if half.direction == "left":
            before = {earlier.code for earlier in told if earlier.version < half.version}
            others = sorted(before - {half.code, half.counterpart})
            told += [half._replace(code=code) for code in others]
    return told


@settings(max_examples=300, deadline=None)
@given(path=PATHS, data=st.data())
def test_a_code_that_is_told_again_of_a_record_that_went_on_waits_for_nobody(
    path: list[str], data: st.DataObject
) -> None:
    """It pairs with nobody's half, and takes nobody's place."""
    city = City()
    play(city, told_again(path), data)
    counts = [city.total(f"transit_{name}") for name in ("open", "overdue")]
    counts += [city.total(f"residents_{name}") for name in ("total", "leaving", "arriving")]
    assert counts == [0, 0, 1, 0, 0]
    assert city.rows(CROSSED) == []


@settings(max_examples=300, deadline=None)
@given(path=PATHS, data=st.data())
def test_whichever_half_of_each_move_is_lost_a_person_is_counted_once(
    path: list[str], data: st.DataObject
) -> None:
    """Who waits is known from what came alone; each of them alarms, once."""
    city, told = City(), history(path)
    lost = {
        half.version: data.draw(st.sampled_from(("left", "arrived", "")))
        for half in told
        if half.direction
    }
    came = [h for h in told if not h.direction or lost[h.version] != h.direction]
    play(city, came, data)
    waiting = expected_open(came)
    assert city.persons == 1
    assert (city.total("transit_open"), city.total("transit_overdue")) == (len(waiting), 0)
    newest = {half.code: half.version for half in sorted(waiting, key=lambda half: half.version)}
    assert {
        row.code: row.transit.version.order for row in city.residents() if row.transit is not None
    } == newest
    city.wait(DAY)
    assert (city.total("transit_open"), city.total("transit_overdue")) == (len(waiting),) * 2
    city.wait(100 * DAY)
    assert (city.total("transit_open"), city.total("transit_overdue")) == (len(waiting),) * 2
    assert city.persons == 1
    shown = [row.transit for row in city.residents() if row.transit is not None]
    assert len(shown) == len(newest)
    assert all(transit.overdue for transit in shown)


@settings(max_examples=100, deadline=None)
@given(path=PATHS, data=st.data())
def test_what_was_lost_and_comes_later_takes_the_alarm_back(
    path: list[str], data: st.DataObject
) -> None:
    """A dead letter that was put right: weeks later all is as if it had come at once."""
    city, told = City(), history(path)
    halves = [half for half in told if half.direction]
    lost = data.draw(st.sampled_from(halves)) if halves else None
    play(city, [half for half in told if half != lost], data)
    city.wait(25 * DAY)
    if lost is not None:
        city.say("household.moves", person(lost))
    city.take_all()
    assert (city.persons, city.total("residents_total")) == (1, 1)
    assert (city.total("transit_open"), city.total("transit_overdue")) == (0, 0)
    assert city.rows(CROSSED) == []
