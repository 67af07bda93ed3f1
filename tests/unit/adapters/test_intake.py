"""From rows to messages: what is sent again, what is told of a move, what is set aside."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.city_cases import ADAPTER
from adapters.city_cases.mapping import map_row
from adapters.kit.adapter import Draft, Row
from adapters.kit.bench import Bench
from adapters.kit.conformance import fixtures_of
from adapters.kit.desk import Desk
from adapters.kit.events import Outgoing
from schemas.codec import Codec
from schemas.identity import event_id, moved_event_id
from schemas.sealing import Sealer

HERE, THERE = "420704001013", "420704002001"
SOURCE = "ezhou.city_cases"


def case(export: int, **changes: str) -> Row:
    """The first fixture's case, as another export states it."""
    return Row({**fixtures_of(ADAPTER)[0].row, **changes}, f"file:{export}", export)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(ADAPTER, tmp_path, [])
    yield made
    made.parts.close()


def decoded(messages: list[Outgoing]) -> list[dict[str, object]]:
    return [dict(Codec().decode(message.value)[1]) for message in messages]


def versions(messages: list[Outgoing]) -> list[tuple[str, int]]:
    """Key and order of each message."""
    found = [Codec().decode(message.value)[1] for message in messages]
    return [(event["community"], event["version"]["order"]) for event in found]


def test_content_sent_again_under_a_later_order_is_sealed_for_its_new_event(bench: Bench) -> None:
    """1 and 9 say the same, then 5 arrives late and says something else."""
    bench.carry([case(1)])
    bench.carry([case(9)])
    late = bench.carry([case(5, 问题描述="垃圾已清走一半")]).outgoing
    assert versions(late) == [(HERE, 5), (HERE, 9)]
    again = decoded(late)[1]
    hash_ = again["version"]["hash"]  # type: ignore[index]
    assert again["event_id"] == event_id(SOURCE, "2026112000001", 9, hash_)
    personal = Sealer(bench.parts.keys).unseal(
        "shequ.city.Reporter",
        again["personal"],  # type: ignore[arg-type]
        event_id=str(again["event_id"]),
        path="personal",
    )
    assert isinstance(personal, dict)
    assert personal["name"] == "张伟"


def test_a_move_tells_the_old_code_only_that_the_record_went(bench: Bench) -> None:
    bench.carry([case(1)])
    changes = {"社区编码": THERE, "地址": "阳光小区2栋", "部件编码": "0001"}
    moved = bench.carry([case(2, **changes)]).outgoing
    arrived, left = decoded(moved)
    assert arrived["moved"] == {"direction": "arrived", "counterpart": HERE}
    assert left["moved"] == {"direction": "left", "counterpart": THERE}
    assert [message.key for message in moved] == [THERE.encode(), HERE.encode()]
    assert left["version"] == arrived["version"]
    assert (left["person"], left["personal"], left["summary"]) == (None, None, "")
    assert (arrived["asset"], left["asset"]) == ("0001", None)
    assert left["place"] | {"gazetteer": ""} == {  # type: ignore[operator]
        "unit": None, "text": "", "lon": None, "lat": None, "candidates": [], "gazetteer": "",
    }  # fmt: skip


def test_both_halves_of_a_move_have_ids_of_their_own(bench: Bench) -> None:
    bench.carry([case(1)])
    arrived, left = decoded(bench.carry([case(2, 社区编码=THERE)]).outgoing)
    hash_ = left["version"]["hash"]  # type: ignore[index]
    plain = event_id(SOURCE, "2026112000001", 2, hash_)
    assert arrived["event_id"] == moved_event_id(plain, THERE, "arrived")
    assert left["event_id"] == moved_event_id(plain, HERE, "left")


def test_a_late_version_at_another_code_is_followed_by_its_leaving(bench: Bench) -> None:
    bench.carry([case(5, 社区编码=THERE)])
    late = decoded(bench.carry([case(2)]).outgoing)
    assert [(e["community"], e["version"]["order"]) for e in late] == [(HERE, 2), (HERE, 5)]  # type: ignore[index]
    assert late[1]["moved"] == {"direction": "left", "counterpart": THERE}


def test_an_erased_person_gets_no_new_sealed_field(bench: Bench) -> None:
    (event,) = decoded(bench.carry([case(1)]).outgoing)
    bench.parts.keys.destroy(str(event["person"]))
    (later,) = decoded(bench.carry([case(2, 处置阶段="处置")]).outgoing)
    assert later["personal"] is None
    assert later["stage"] == "处置"


def test_an_event_too_large_for_the_topic_is_set_aside(bench: Bench) -> None:
    work = bench.carry([case(1, 部件编码="x" * 1_000_000), case(1, 案件编号="other")])
    (letter,) = decoded(list(work.letters.values()))
    assert letter["rule"] == "row.too_large"
    assert versions(work.outgoing) == [(HERE, 1)]


def test_the_same_bad_row_is_one_letter_however_often_it_comes(bench: Bench) -> None:
    bad = case(1, 小类代码="99999")
    assert len(bench.carry([bad, bad]).letters) == 1
    assert not bench.carry([bad]).letters
    corrected = bench.carry([case(2)])
    assert versions(corrected.outgoing) == [(HERE, 2)]


def test_a_letter_shows_its_value_masked_and_keeps_the_row_sealed(bench: Bench) -> None:
    work = bench.carry([case(1, 上报时间="张伟昨天下午说的")])
    (message,) = work.letters.values()
    (letter,) = decoded([message])
    assert letter["value"] == "张******的"
    assert letter["place"] == "file:1"
    assert b"13812345678" not in message.value


def test_what_stands_in_a_shifted_column_is_in_no_advice(bench: Bench) -> None:
    """Advice is read by everybody: a name or a phone among the codes stays out of it."""
    work = bench.carry([case(1, 小类代码="13812345678"), case(2, 小类标准="张伟昨天-下午")])
    letters = decoded(list(work.letters.values()))
    assert [letter["rule"] for letter in letters] == ["code.unknown_kind"] * 2
    for message in work.letters.values():
        assert b"13812345678" not in message.value
        assert "张伟".encode() not in message.value


def test_a_row_on_which_the_mapping_fails_is_one_letter(tmp_path: Path) -> None:
    """A mistake in a mapping costs the rows that show it, not the source."""

    def with_a_mistake(row: Row, desk: Desk) -> Draft:
        draft = map_row(row, desk)
        return draft if row.raw["部件编码"] else replace(draft, fields={**draft.fields, "kind": 1})

    bench = Bench(replace(ADAPTER, map_row=with_a_mistake), tmp_path, [])
    work = bench.carry([case(1), case(1, 案件编号="other", 部件编码="1")])
    (letter,) = decoded(list(work.letters.values()))
    assert letter["rule"] == "row.unreadable"
    assert "tell the hub's maintainers" in str(letter["advice"])
    assert [event["record_id"] for event in decoded(work.outgoing)] == ["other"]
    bench.parts.close()


def test_every_row_that_is_set_aside_is_named_even_where_its_letter_was_sent_before(
    bench: Bench,
) -> None:
    """Who waits for an answer to a row hears each time what is wrong with it."""
    good, bad = case(1), case(1, 案件编号="")
    for letters in (1, 0):
        work = bench.carry([good, bad])
        assert len(work.letters) == letters
        assert [(row is bad, finding.rule, finding.field) for row, finding in work.set_aside] == [
            (True, "field.missing", "案件编号")
        ]
