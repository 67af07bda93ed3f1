"""A department's ordinary Confluent producer, the hub's registry, and the intake in between."""

from collections import Counter

import pytest

from schemas.keystore import KeyStore
from schemas.pseudonyms import pseudonym
from tests.integration.adapters.department import (
    CASES,
    MOMENT,
    MOVES,
    ROADS,
    SECRETS,
    Department,
    Road,
    Stated,
    case,
    move,
)


async def test_the_ten_lines_of_the_readme_bring_a_case(anywhere: Department) -> None:
    """Run twice, it is the same event, forwarded once, whoever keeps the registry."""
    event = await _forwarded_once(anywhere)
    assert event["source"] == "ezhou.intake.city.cases"
    assert event["record_id"] == "CG2026112000001"
    assert event["summary"] == "门口垃圾成堆，请联系【姓名】：【电话】。"


async def test_the_ten_lines_of_the_readme_bring_a_move(anywhere: Department) -> None:
    """The same; and the hub makes the pseudonyms, which join what others send of the person."""
    department = anywhere.on(MOVES)
    event = await _forwarded_once(department)
    assert event["source"] == "ezhou.intake.household.moves"
    assert event["record_id"] == "RK9000000001"
    assert (event["change"], event["status"]) == ("move_in", "registered")
    keys = KeyStore.open(department.hub.home / "home" / "keys")
    assert event["person"] == pseudonym(keys, "resident_id", "11010519491231002X")
    assert event["household"] == pseudonym(keys, "household", "H4207040130001")
    keys.close()


async def _forwarded_once(department: Department) -> Stated:
    road = department.road
    for _ in range(2):
        await department.run_readme()
        assert await department.once() == 0
    (message,) = await department.hub.messages(road.source)
    event = message.event
    assert event["event_id"] == message.headers["ce_id"]
    assert event["version"]["order"] == 1_795_134_665_120
    assert event["occurred_at"] == 1_795_134_665_000
    assert event["place"]["unit"] == "420704001013-E01/3/2"
    assert await department.hub.count(road.topic) == 2
    assert await department.hub.count(road.letters) == 0
    return event


@pytest.mark.parametrize(
    ("road", "wrong"),
    [(CASES, {"stage": "none"}), (MOVES, {"change": "none"})],
    ids=lambda given: getattr(given, "name", ""),
)
async def test_nothing_personal_leaves_the_intake(
    department: Department, road: Road, wrong: Stated
) -> None:
    """Neither in events nor in letters nor in what the process says."""
    department = department.on(road)
    await department.run_readme()
    await department.run_readme([road.record("2", **wrong)])
    assert await department.once() == 0
    topics = (road.source, road.letters)
    found = [m for topic in topics for m in await department.hub.messages(topic)]
    assert len(found) == 2
    everything = b"\n".join([m.value + m.key.encode() + repr(m.headers).encode() for m in found])
    everything += (department.hub.home / f"{road.name}.log").read_bytes()
    assert [word for word in SECRETS if word.encode() in everything] == []


def _bad_bytes(department: Department) -> dict[bytes, str]:
    """Wrong framing, half records, wrong schemas, and the rule for each."""
    whole = department.framed(department.road.record("good"))
    beat: Stated = {"at": 1, "adapter": "a", "source": "s", "topic": "t", "state": "x"}
    beat |= {"detail": "", "last_read_at": None, "last_append_at": None}
    beat |= {"events": 0, "letters": 0, "skipped": 0}
    said = SECRETS[0].encode()
    theirs = SECRETS[0].encode("gb18030").ljust(len(said))
    return {
        b"": "record.undecodable",
        b"garbage": "record.undecodable",
        b"\x00\x00": "record.undecodable",
        b'{"record_id": "1"}': "record.undecodable",
        whole[:-3]: "record.undecodable",
        whole + b"more": "record.undecodable",
        whole.replace(said, theirs): "record.undecodable",
        whole[5:]: "record.shape",
        b"\x00\x00\x0f\xff\xff" + whole[5:]: "record.shape",
        department.framed(beat, "adapters.heartbeats"): "record.shape",
    }


def _bad_cases() -> list[tuple[Stated, str]]:
    return [
        (case(""), "field.missing"),
        (case("a", kind={"list": "", "version": "", "value": ""}), "field.missing"),
        (case("b", order=-1), "field.unusable"),
        (case("c", order=2**63 - 1), "field.unusable"),
        (case("d", occurred_at=1_795_134_665), "time.unreadable"),
        (case("e", stage="不明"), "code.unknown_state"),
        (case("f", category="both"), "code.unknown_state"),
        (case("g", status="void"), "field.unusable"),
        (case("h", personal={"text": "长" * 310_000}), "row.too_large"),
        (case("i", kind={"list": "x", "version": "1", "value": "1"}), "code.unknown_kind"),
        (case("j", department="市\ufffd"), "text.unreadable"),
    ]


def _bad_moves() -> list[tuple[Stated, str]]:
    relation = {"list": "GB/T 4761", "version": "2008", "value": "77"}
    return [
        (move(""), "field.missing"),
        (move("a", change="迁入"), "code.unknown_state"),
        (move("b", change="death", status="registered"), "field.unusable"),
        (move("c", closed_at=MOMENT), "field.unusable"),
        (move("d", relation=relation), "code.unknown_value"),
        (move("e", relation={**relation, "list": "mine"}), "code.unknown_value"),
        (move("f", personal={"resident_id": "110105194912310021"}), "id.check_digit"),
        (move("g", occurred_at=1_795_134_665), "time.unreadable"),
        (move("h", personal={"address": "长" * 310_000}), "row.too_large"),
    ]


@pytest.mark.parametrize(
    ("road", "bad"),
    [(CASES, _bad_cases()), (MOVES, _bad_moves())],
    ids=lambda given: getattr(given, "name", ""),
)
async def test_what_cannot_be_used_is_a_letter_with_its_reason_and_holds_nothing_up(
    anywhere: Department, road: Road, bad: list[tuple[Stated, str]]
) -> None:
    """Wrong schema, garbage, nonsense, missing fields; sent twice it is one letter."""
    department = anywhere.on(road)
    rules = _bad_bytes(department)
    rules |= {department.framed(record): rule for record, rule in bad}
    values = [*rules, department.framed(road.record("good"))]
    department.write([*values, *values])
    assert await department.once() == 0
    letters = await department.letters()
    assert Counter(one["rule"] for one in letters) == Counter(rules.values())
    for letter in letters:
        assert letter["advice"]
        assert letter["place"].startswith(f"{department.topic}-")
        assert letter["topic"] == road.source
    (event,) = await department.events()
    assert event["record_id"] == "good"


async def test_a_record_without_a_value_deletes_nothing_and_is_a_letter_for_its_key(
    department: Department,
) -> None:
    await department.run_readme([case("1"), case("2")])
    for key in (b"1", b"2", b"1"):
        department.write([None], key)
    assert await department.once() == 0
    assert [one["rule"] for one in await department.letters()] == ["row.gone", "row.gone"]
    assert {one["record_id"] for one in await department.events()} == {"1", "2"}
    await department.run_readme([case("1", 2, stage="作废")])
    assert await department.once() == 0
    assert [one["status"] for one in await department.events()].count("void") == 1


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.name)
async def test_what_a_clock_that_jumped_ahead_left_behind_can_be_overtaken(
    department: Department, road: Road
) -> None:
    """It stands until a greater order comes, not until that time comes; beyond 2100 it is none."""
    department = department.on(road)
    right, jumped, never = MOMENT, 4_000_000_000_000, 4_102_444_800_001
    orders = [right, jumped, right + 1, jumped + 1, never]
    await department.run_readme([road.record("x", order) for order in orders])
    assert await department.once() == 0
    events = await department.events()
    assert [event["version"]["order"] for event in events] == orders[:-1]
    (letter,) = await department.letters()
    assert (letter["rule"], letter["field"]) == ("field.unusable", "version.order")


async def test_the_greatest_order_stands_however_late_the_others_come(
    department: Department,
) -> None:
    orders = [3, 1, 2, 3]
    for order in orders:
        await department.run_readme([case("x", order)])
    assert await department.once() == 0
    events = await department.events()
    assert [event["version"]["order"] for event in events] == [3, 1, 2]


async def test_a_case_that_moves_leaves_its_old_community(department: Department) -> None:
    moved = case("x", 2, community="420704001010")
    await department.run_readme([case("x", 1), moved])
    assert await department.once() == 0
    events = await department.events()
    directions = {(e["community"], (e["moved"] or {}).get("direction")) for e in events}
    assert directions == {
        ("420704001013", None),
        ("420704001013", "left"),
        ("420704001010", "arrived"),
    }


async def test_a_person_who_moves_leaves_the_old_community_without_a_trace_of_where_to(
    department: Department,
) -> None:
    """Both halves carry the same version; what is left behind says nothing about the person."""
    department = department.on(MOVES)
    elsewhere = {"resident_id": "11010519491231002X", "household_number": "H2"}
    there = move("x", 2, community="420704001010", personal=elsewhere)
    gone = move("x", 3, community="420704001010", change="move_out", personal=elsewhere)
    await department.run_readme([move("x", 1), there, gone])
    assert await department.once() == 0
    events = {
        (e["community"], (e["moved"] or {}).get("direction"), e["version"]["order"]): e
        for e in await department.events()
    }
    before, after = "420704001013", "420704001010"
    assert events.keys() >= {(before, None, 1), (before, "left", 2), (after, "arrived", 2)}
    left, arrived = events[before, "left", 2], events[after, "arrived", 2]
    assert left["person"] is left["personal"] is left["place"]["unit"] is None
    assert arrived["person"] == events[before, None, 1]["person"]
    assert events[after, None, 3]["status"] == "cancelled"
    assert events[after, None, 3]["closed_at"] == MOMENT
