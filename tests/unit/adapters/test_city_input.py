"""What a city's exports may do wrong, and what then becomes of it: the table of the README."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import adapters
from adapters.city_cases import ADAPTER
from adapters.city_cases.mapping import COLUMNS
from adapters.city_cases.settings import CityCasesSettings
from adapters.kit.adapter import Row
from adapters.kit.bench import Bench
from adapters.kit.conformance import fixtures_of
from adapters.kit.events import Outgoing
from schemas.codec import Codec
from tests.unit.adapters.test_files import Desk, drop, read, text

BOSTON = Path(adapters.__file__).parent / "city_cases" / "mappings" / "boston.yaml"
EXPORTS = Path(__file__).parents[2] / "data" / "cases_311" / "boston"


def case(export: int, **changes: str) -> Row:
    """The first fixture's case, as another export states it."""
    return Row({**fixtures_of(ADAPTER)[0].row, **changes}, f"file:{export}", export)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(ADAPTER, tmp_path, [])
    yield made
    made.parts.close()


def stated(messages: list[Outgoing]) -> list[dict[str, object]]:
    return [dict(Codec().decode(message.value)[1]) for message in messages]


def orders(messages: list[Outgoing]) -> list[int]:
    return [event["version"]["order"] for event in stated(messages)]  # type: ignore[index]


def test_a_column_that_is_added_is_no_news(bench: Bench) -> None:
    assert len(bench.carry([case(1)]).outgoing) == 1
    for export, value in ((2, "a"), (3, "b")):
        work = bench.carry([case(export, 新增的列=value)])
        assert (work.outgoing, work.letters) == ([], {})


def test_nor_is_one_that_a_mapping_file_does_not_name(tmp_path: Path) -> None:
    adapter = ADAPTER.fitted(CityCasesSettings(inbox=tmp_path, mapping=BOSTON))
    with min(EXPORTS.glob("*.csv")).open(newline="", encoding="utf-8") as file:
        row = next(csv.DictReader(file))
    bench = Bench(adapter, tmp_path, [])
    assert len(bench.carry([Row(row, "file:1", 1)]).outgoing) == 1
    assert bench.carry([Row({**row, "added": "a"}, "file:2", 2)]).outgoing == []
    bench.parts.close()


@pytest.mark.parametrize("column", COLUMNS)
async def test_a_column_that_is_renamed_sets_the_file_aside(tmp_path: Path, column: str) -> None:
    renamed = text(1).decode("utf-8-sig").replace(column, "别的名字", 1)
    drop(tmp_path, 1, renamed.encode())
    drop(tmp_path, 2, text(2))
    batches = await Desk(tmp_path).everything()
    (rejected,) = [one for batch in batches for one in batch.rejected]
    assert rejected.finding.rule == "file.columns"
    assert column in rejected.finding.advice
    assert read(batches) == [("2", 2)]


@pytest.mark.parametrize(
    ("encoding", "rules"),
    [("utf-16", {"file.broken"}), ("big5", {"file.broken", "file.columns"})],
)
async def test_a_file_in_another_encoding_is_set_aside(
    tmp_path: Path, encoding: str, rules: set[str]
) -> None:
    drop(tmp_path, 1, "案件編號,地址\n1,湖北\n".encode(encoding))
    drop(tmp_path, 2, text(2))
    desk = Desk(tmp_path)
    batches = await desk.everything()
    desk.clock.now += 60
    batches += await desk.everything()
    assert {one.finding.rule for batch in batches for one in batch.rejected} <= rules
    assert sum(len(batch.rejected) for batch in batches) == 1
    assert read(batches) == [("2", 2)]


async def test_the_clock_of_whoever_exports_does_not_count(tmp_path: Path) -> None:
    for number, at in ((1, 4_000_000_000), (2, 0), (3, 1_000_000_000)):
        os.utime(drop(tmp_path, number, text(number)), (at, at))
    assert read(await Desk(tmp_path).everything()) == [("1", 1), ("2", 2), ("3", 3)]


def test_a_number_that_jumped_ahead_stands_until_a_greater_one_comes(bench: Bench) -> None:
    bench.carry([case(999_999)])
    assert orders(bench.carry([case(8, 处置阶段="处置")]).outgoing) == [8]
    assert orders(bench.carry([case(1_000_000, 处置阶段="处置")]).outgoing) == [1_000_000]


def test_a_case_that_later_exports_leave_out_stays_as_it_was(bench: Bench) -> None:
    bench.carry([case(1), case(1, 案件编号="other")])
    work = bench.carry([case(2)])
    assert (work.outgoing, work.letters) == ([], {})


def test_an_unknown_kind_is_a_letter_and_an_unknown_community_a_desk(bench: Bench) -> None:
    work = bench.carry(
        [
            case(1, 案件编号="a", 小类代码="99999"),
            case(1, 案件编号="b", 社区编码="420704999999", 地址=""),
            case(1, 案件编号="c", 社区编码="999999999999", 地址=""),
        ]
    )
    (letter,) = stated(list(work.letters.values()))
    assert (letter["rule"], letter["field"]) == ("code.unknown_kind", "小类代码")
    assert [(event["record_id"], event["community"]) for event in stated(work.outgoing)] == [
        ("b", "420704000000"),
        ("c", "420700000000"),
    ]
