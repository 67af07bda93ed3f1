"""The city's case files: their shapes, their numbers, and what goes wrong with them."""

import csv
import io
from collections import Counter
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from ops.simulator import cases, encoding
from ops.simulator.city import City
from ops.simulator.exports import Drop, Exports
from ops.simulator.plan import Plan
from ops.simulator.settings import Dirt, Settings

DAYS = 6
ROWS = [("AJ1", "甲\n乙"), ("AJ2", '说"好"，行')]


@pytest.fixture(scope="module")
def exports() -> Exports:
    """Files of a city whose system fails so often that six days show every way."""
    settings = Settings(start=date(2026, 11, 1), seed=5, people=1000, cases_per_thousand=300)
    rough = Dirt(wrong_columns=0.2, broken_files=0.2, late_files=0.3, reexports=0.2)
    return Exports(Plan(City(settings, rough)), int)


@pytest.fixture(scope="module")
def plan(exports: Exports) -> Plan:
    return exports.plan


@pytest.fixture(scope="module")
def drops(exports: Exports) -> list[Drop]:
    return [drop for day in range(DAYS) for drop in exports.day(day)]


def number(drop: Drop) -> int:
    return int(drop.name.split("_")[2][:6])


def good(drops: list[Drop]) -> list[Drop]:
    return [drop for drop in drops if not drop.rule]


@pytest.mark.parametrize("shape", ["utf-8-sig", "gb18030"])
def test_a_csv_holds_the_rows_and_ends_in_a_line_break(shape: encoding.Shape) -> None:
    content = encoding.encode(shape, ("案件编号", "描述"), ROWS)
    assert content.endswith(b"\r\n")
    assert content.startswith(b"\xef\xbb\xbf") == (shape == "utf-8-sig")
    read = list(csv.reader(io.StringIO(content.decode(shape), newline="")))
    assert [tuple(row) for row in read] == [("案件编号", "描述"), *ROWS]


def test_a_spreadsheet_holds_the_rows_as_text_and_is_the_same_each_time() -> None:
    content = encoding.encode("xlsx", ("案件编号", "描述"), ROWS)
    assert content == encoding.encode("xlsx", ("案件编号", "描述"), ROWS)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert list(sheet.values) == [("案件编号", "描述"), *ROWS]


@pytest.mark.parametrize("shape", ["utf-8-sig", "gb18030", "xlsx"])
def test_half_a_file_is_no_whole_one(shape: encoding.Shape, tmp_path: Path) -> None:
    content = encoding.encode(shape, ("案件编号", "描述"), ROWS * 20)
    half = encoding.half(content)
    assert 0 < len(half) < len(content)
    assert not half.endswith((b"\n", b"\r"))
    if shape == "xlsx":
        path = tmp_path / "half.xlsx"
        path.write_bytes(half)
        with pytest.raises(Exception, match="zip"):
            openpyxl.load_workbook(path)


def test_numbers_rise_by_one_and_each_names_one_export(drops: list[Drop]) -> None:
    numbers = sorted({number(drop) for drop in drops})
    assert numbers == list(range(1, len(numbers) + 1))
    for one in drops:
        same = [d for d in drops if number(d) == number(one)]
        assert all(d.content(int) == one.content(int) for d in same)


def test_the_truth_stands_in_the_greatest_number_that_has_the_record(
    plan: Plan, exports: Exports
) -> None:
    for day in range(DAYS):
        drops = [d for n in range(day + 1) for d in good(list(exports.day(n)))]
        last = {c.record.record_id: c for d in sorted(drops, key=number) for c in d.changes}
        end = plan.settings.day_start(day + 1)
        for record in plan.records:
            states = [state for state in record.states if state.at < end]
            if record.system == "city" and states:
                assert last[record.record_id].state is states[-1]


def test_each_export_holds_what_changed_since_the_last(plan: Plan, drops: list[Drop]) -> None:
    """Less the changes overtaken by another before the export, plus whole re-exports."""
    changes = sum(c.record.system == "city" for day in range(DAYS) for c in plan.day(day))
    seen = {(c.record.record_id, c.state.at) for drop in good(drops) for c in drop.changes}
    assert changes * 0.7 < len(seen) < changes


def test_a_late_file_comes_after_a_greater_number(exports: Exports) -> None:
    late = 0
    for day in range(DAYS):
        numbers = [number(drop) for drop in exports.day(day)]
        late += sum(n < max(numbers[:i], default=0) for i, n in enumerate(numbers))
    assert late > 0


def test_all_that_can_go_wrong_with_a_file_does(drops: list[Drop]) -> None:
    rules = Counter(drop.rule for drop in drops)
    writings = Counter(drop.writing for drop in drops)
    shapes = Counter(drop.shape for drop in drops)
    copies = Counter(number(drop) for drop in drops)
    assert set(rules) == {"", "file.columns", "file.broken"}
    assert set(shapes) == {"xlsx", "gb18030", "utf-8-sig"}
    assert writings["growing"] > 0
    assert max(copies.values()) == 2


def test_a_file_that_is_bad_is_followed_by_a_good_one_with_its_rows(drops: list[Drop]) -> None:
    bad = [drop for drop in drops if drop.rule]
    assert bad
    for drop in bad:
        keys = {(c.record.record_id, c.state.at) for c in drop.changes}
        later = [d for d in good(drops) if number(d) in {number(drop) + 1, number(drop) + 2}]
        assert any(keys == {(c.record.record_id, c.state.at) for c in d.changes} for d in later)


def test_a_file_of_wrong_columns_differs_in_its_header_alone(drops: list[Drop]) -> None:
    for drop in drops:
        wrong = set(drop.header) ^ set(cases.COLUMNS)
        assert wrong == ({"小类代码", "类别代码"} if drop.rule == "file.columns" else set())


def test_a_re_export_holds_every_record_so_far(exports: Exports, plan: Plan) -> None:
    whole = 0
    for day in range(DAYS):
        sizes = [len({c.record.record_id for c in drop.changes}) for drop in exports.day(day)]
        born = sum(
            r.system == "city" and r.states[0].at < plan.settings.day_start(day)
            for r in plan.records
        )
        whole += sum(size > born > 500 for size in sizes)
    assert whole > 0


def test_rows_repeat_within_a_file_as_often_as_set(plan: Plan, drops: list[Drop]) -> None:
    rows = sum(len(drop.changes) for drop in drops)
    different = sum(len({c.record.record_id for c in drop.changes}) for drop in drops)
    assert 0.6 < (rows - different) / rows / plan.city.dirt.repeated_rows < 1.4


def test_the_kind_of_a_case_says_whether_it_is_about_an_asset(drops: list[Drop]) -> None:
    change = next(c for d in good(drops) for c in d.changes if c.record.asset and not c.bad)
    row = cases.row(change.record, change.state, int)
    assert tuple(row) == cases.COLUMNS
    assert row["大类"] == "部件"
    assert row["小类标准"] == "ezhou.component-demo-1"
    assert row["部件编码"].startswith(change.state.placing.filed[:6])
