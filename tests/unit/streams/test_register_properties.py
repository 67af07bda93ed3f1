"""In which order the versions of a registration or an application come, and how often: no matter.

What stands in the end is what the greatest version alone would have made.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from sayings import (
    ALLOWED_PROOF,
    COMMUNITY,
    HOME,
    IDENTITY_PROOF,
    NEXT,
    OTHER_HOME,
    REGISTERED_ESTATE,
    RELIEF,
    UNIT,
)
from town import Town

from streams.community.rows import Row
from streams.community.state_rows import Crossed
from streams.community.tables import CROSSED, HEADS, HOUSEHOLDS, PERMITS, RESIDENTS

Stated = dict[str, Any]
UNITS = st.sampled_from([UNIT, f"{COMMUNITY}-E02/9/1", None])
REGISTRATION = st.fixed_dictionaries(
    {
        "unit": UNITS,
        "household": st.sampled_from([HOME, OTHER_HOME, None]),
        "relation": st.sampled_from(["01", "02", "10", None]),
        "status": st.sampled_from(["registered", "registered", "cancelled"]),
        "change": st.sampled_from(["set_up", "birth", "death", "correction"]),
    }
)
APPLICATION = st.fixed_dictionaries(
    {
        "unit": UNITS,
        "item": st.sampled_from([RELIEF, REGISTERED_ESTATE]),
        "act": st.sampled_from([None, "opinion", "proof"]),
        "proof": st.sampled_from([None, ALLOWED_PROOF, IDENTITY_PROOF]),
        "summary": st.sampled_from(["one", "other"]),
    }
)
LEFT = st.just({"left": NEXT})
ARRIVED = st.fixed_dictionaries({"arrived": st.just(NEXT), "household": st.sampled_from([HOME])})


def _numbered(versions: Sequence[Stated]) -> list[Stated]:
    return [{**stated, "order": order} for order, stated in enumerate(versions, 1)]


def _shuffled(told: list[Stated], data: st.DataObject) -> list[Stated]:
    """In any order, and some of them several times."""
    again = data.draw(st.lists(st.sampled_from(told), max_size=3))
    return data.draw(st.permutations([*told, *again]))


def _register(told: Sequence[Stated]) -> dict[tuple[str, str], Row]:
    """Rows of the register, of which two other persons are a part, and the counts."""
    town = Town()
    town.move("RK8", relation="02")
    town.move("RK9", relation="10", household=OTHER_HOME)
    for stated in told:
        town.move("RK1", **stated)
    return _rows(town, RESIDENTS.name, HOUSEHOLDS.name, HEADS.name, CROSSED.name)


def _rows(town: Town, *tables: str) -> dict[tuple[str, str], Row]:
    kept = {key: row for key, row in town.rows.rows.items() if key[0] in tables}
    counts = msgspec.structs.replace(town.summary(), stale_total=0, sources=())
    return {**{key: _settled(row) for key, row in kept.items()}, ("summary", ""): counts}


def _settled(row: Row) -> Row:
    """The halves that wait stand in the order in which they came; nothing looks at it."""
    if not isinstance(row, Crossed):
        return row
    waiting = sorted(row.open, key=lambda half: half.version)
    return msgspec.structs.replace(row, open=tuple(waiting))


@settings(max_examples=150, deadline=None)
@given(versions=st.lists(REGISTRATION, min_size=1, max_size=5), data=st.data())
def test_the_register_is_what_the_greatest_version_says(
    versions: list[Stated], data: st.DataObject
) -> None:
    """Residents, households with their heads and places, and the counts."""
    told = _numbered(versions)
    assert _register(_shuffled(told, data)) == _register(told[-1:])


@settings(max_examples=150, deadline=None)
@given(
    versions=st.lists(st.one_of(REGISTRATION, LEFT, ARRIVED), min_size=1, max_size=5),
    data=st.data(),
)
def test_the_register_is_the_same_when_a_person_goes_and_comes_in_between(
    versions: list[Stated], data: st.DataObject
) -> None:
    """What waits for the other code is kept by version: it, too, is the same."""
    told = _numbered(versions)
    assert _register(_shuffled(told, data)) == _register(told)


@settings(max_examples=100, deadline=None)
@given(
    persons=st.lists(st.tuples(st.integers(1, 4), REGISTRATION), min_size=1, max_size=10),
    data=st.data(),
)
def test_in_which_order_persons_are_told_of_changes_no_household(
    persons: list[tuple[int, Stated]], data: st.DataObject
) -> None:
    """Who is the head, where it stands, how many they are: the members of now decide."""
    said = [
        (f"RK{number}", {**stated, "order": order})
        for order, (number, stated) in enumerate(persons, 1)
    ]
    outcomes = []
    for told in (said, data.draw(st.permutations(said))):
        town = Town()
        for record, stated in told:
            town.move(record, **stated)
        outcomes.append(_rows(town, RESIDENTS.name, HOUSEHOLDS.name, HEADS.name))
    assert outcomes[0] == outcomes[1]
    homes = [row for (name, _), row in outcomes[0].items() if name == HOUSEHOLDS.name]
    counts = town.summary()
    assert counts.households_total == len(homes)
    assert counts.residents_total >= sum(getattr(home, "members", 0) for home in homes)


def _platform(told: Sequence[Stated]) -> tuple[dict[tuple[str, str], Row], list[object]]:
    """Row, request and counts of an application, and the tasks that are open."""
    town = Town()
    for stated in told:
        town.permit("SB1", **stated)
    rows = _rows(town, PERMITS.name)
    rows = {
        key: msgspec.structs.replace(row, task_id=None) if key[0] == PERMITS.name else row
        for key, row in rows.items()
    }
    asked = [(r.status, r.document) for r in town.requests() if r.status != "left"]
    open_tasks = [(t.kind_id, t.unit, t.summary) for t in town.tasks() if t.state == "dispatched"]
    return rows, [asked, open_tasks]


@settings(max_examples=150, deadline=None)
@given(
    versions=st.lists(APPLICATION, min_size=1, max_size=5),
    ends=st.integers(1, 6),
    end=st.sampled_from(["closed", "void"]),
    data=st.data(),
)
def test_an_application_is_what_its_greatest_version_says(
    versions: list[Stated], ends: int, end: str, data: st.DataObject
) -> None:
    """Row, refusal, request, counts; which tasks it had between is history, and may differ."""
    told = [
        {**stated, "status": end if stated["order"] >= ends else "open"}
        for stated in _numbered(versions)
    ]
    assert _platform(_shuffled(told, data)) == _platform(told[-1:])
