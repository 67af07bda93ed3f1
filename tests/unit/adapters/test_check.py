"""The dry run, on real cases of two cities: what it says is counted again here, by hand."""

import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

import adapters
from adapters.check import Report, check
from adapters.check.columns import Columns, shape
from adapters.kit.bench import ESTATES
from adapters.kit.conformance import fixtures_of
from adapters.kit.errors import RetryError
from adapters.kit.times import china
from adapters.registry import find
from ops import cli

DATA = Path(__file__).parents[2] / "data" / "cases_311"
MAPPINGS = Path(adapters.__file__).parent / "city_cases" / "mappings"
BOSTON, NEW_YORK = MAPPINGS / "boston.yaml", MAPPINGS / "new_york.yaml"
CASES = find("city_cases")
ZONE = ZoneInfo("America/New_York")


def rows_of(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def boston(name: str) -> Report:
    return check(CASES, given=DATA / "boston" / name, mapping=BOSTON)


def variant(folder: Path, old: str, new: str) -> Path:
    """Boston's mapping file with some of its words changed."""
    text = BOSTON.read_text("utf-8")
    assert old in text
    path = folder / "boston.yaml"
    path.write_text(text.replace(old, new), "utf-8")
    return path


def when(text: str, form: str) -> str:
    moment = datetime.strptime(text, form).replace(tzinfo=ZONE)
    return china(int(moment.timestamp() * 1000))


class TestBoston:
    def test_a_hundred_cases_are_told_as_they_are(self) -> None:
        rows, found = (
            rows_of(DATA / "boston" / "boston_311_000001.csv"),
            boston("boston_311_000001.csv"),
        )
        assert len(rows) == len({row["case_enquiry_id"] for row in rows}) == 100
        assert (found.rows, found.records, found.events, found.repeats) == (100, 100, 100, 0)
        assert found.letters == []
        assert found.fine
        assert [(f.name, f.encoding, f.rows) for f in found.files] == [
            ("boston_311_000001.csv", "utf-8", 100)
        ]
        times = sorted(when(row["open_dt"], "%Y-%m-%d %H:%M:%S") for row in rows)
        assert (found.first, found.last) == (times[0], times[-1])
        assert {code.value: code.count for code in found.codes} == Counter(r["type"] for r in rows)

    def test_five_duplicates_and_three_invalid_cases_are_void(self) -> None:
        rows, found = (
            rows_of(DATA / "boston" / "boston_311_000001.csv"),
            boston("boston_311_000001.csv"),
        )
        duplicates = [row for row in rows if "Duplicate" in row["closure_reason"]]
        invalid = [row for row in rows if row["closure_reason"] == "Case Invalid"]
        assert (len(duplicates), len(invalid)) == (5, 3)
        assert {row["case_status"] for row in duplicates + invalid} == {"Closed"}
        closed = sum(row["case_status"] == "Closed" for row in rows)
        assert found.states["stage"] == {"Closed": closed, "Open": 100 - closed}
        assert found.states["status"] == {"closed": closed - 8, "open": 100 - closed, "void": 8}

    def test_each_column_is_told_as_far_as_it_is_filled(self) -> None:
        rows = rows_of(DATA / "boston" / "boston_311_000001.csv")
        found = {column.name: column for column in boston("boston_311_000001.csv").columns}
        assert set(found) == set(rows[0])
        for name, column in found.items():
            values = [row[name].strip() for row in rows if row[name].strip()]
            assert (column.filled, column.distinct) == (len(values), len(set(values))), name
            assert column.share == len(values) / 100

    def test_twenty_exact_copies_are_found_in_the_second_file(self) -> None:
        rows = rows_of(DATA / "boston" / "boston_311_000002.csv")
        assert len(rows) - len({tuple(row.values()) for row in rows}) == 20
        found = boston("boston_311_000002.csv")
        assert (found.rows, found.repeats, found.records, found.events) == (100, 20, 80, 80)
        assert found.changed == 0

    def test_over_both_files_nothing_is_sent_twice(self) -> None:
        """All 80 cases of the second stand in the first, word for word."""
        found = check(CASES, given=DATA / "boston", mapping=BOSTON)
        assert (found.rows, found.repeats, found.records, found.events) == (200, 100, 100, 100)
        assert (found.versions, found.changed) == (100, 0)
        assert sum(code.count for code in found.codes) == 100

    def test_a_case_that_changed_is_seen_in_two_versions(self, tmp_path: Path) -> None:
        first = (DATA / "boston" / "boston_311_000001.csv").read_text("utf-8")
        header, row = first.splitlines()[:2]
        assert ",Open," in row
        (tmp_path / "boston_311_1.csv").write_text(first, "utf-8")
        changed = f"{header}\n{row.replace(',Open,', ',Closed,')}\n"
        (tmp_path / "boston_311_2.csv").write_text(changed, "utf-8")
        found = check(CASES, given=tmp_path, mapping=BOSTON)
        assert (found.versions, found.records, found.changed, found.events) == (101, 100, 1, 101)

    def test_days_that_come_first_need_another_format_and_nothing_else(
        self, tmp_path: Path
    ) -> None:
        day_first = variant(tmp_path, "%Y-%m-%d", "%d/%m/%Y")
        found = check(CASES, given=DATA / "boston_dmy", mapping=day_first)
        same = boston("boston_311_000001.csv")
        assert (found.first, found.last) == (same.first, same.last)
        assert (found.states, found.codes, found.letters) == (same.states, same.codes, [])

    def test_days_taken_for_months_are_letters_where_there_is_no_such_month(
        self, tmp_path: Path
    ) -> None:
        """The others would be other days: so the last time is far from January."""
        month_first = variant(tmp_path, "%Y-%m-%d", "%m/%d/%Y")
        found = check(CASES, given=DATA / "boston_dmy", mapping=month_first)
        rows = rows_of(DATA / "boston_dmy" / "boston_311_000001.csv")
        impossible = [
            row
            for row in rows
            if int(row["open_dt"][:2]) > 12 or int((row["closed_dt"] or "01")[:2]) > 12
        ]
        assert sum(group.count for group in found.letters) == len(impossible) > 0
        assert {group.rule for group in found.letters} == {"time.unreadable"}
        assert found.last > "2022-03"

    def test_dates_in_no_known_form_make_the_whole_export_unfit(self) -> None:
        found = check(CASES, given=DATA / "boston_dmy", mapping=BOSTON)
        (group,) = found.letters
        assert (group.rule, group.field, group.count) == ("time.unreadable", "open_dt", 100)
        assert group.places[0] == "boston_311_000001.csv:2"
        assert (found.bad_share, found.fine) == (1.0, False)

    def test_the_line_with_a_cell_too_many_is_a_letter_and_the_rest_is_read(
        self, tmp_path: Path
    ) -> None:
        tabs = variant(tmp_path, "_<number>*", "_<number>*\n  delimiter: tab")
        found = check(CASES, given=DATA / "boston_bad", mapping=tabs)
        lines = (DATA / "boston_bad" / "boston_311_000001.tsv").read_text("utf-8").splitlines()
        width = lines[0].count("\t")
        (bad,) = [n for n, line in enumerate(lines, start=1) if line.count("\t") != width]
        (group,) = found.letters
        assert (group.rule, group.count) == ("row.unreadable", 1)
        assert group.places == [f"boston_311_000001.tsv:{bad}"]
        assert (found.rows, found.records, found.fine) == (100, 99, True)
        assert found.files[0].unreadable == 1

    def test_no_boston_street_is_a_place_of_ezhou(self) -> None:
        rows = rows_of(DATA / "boston" / "boston_311_000001.csv")
        found = boston("boston_311_000001.csv")
        assert [(f.code, f.level, f.share) for f in found.filed] == [("420700000000", "city", 1.0)]
        nowhere = sum(not row["location"].strip() for row in rows)
        assert [reason.count for reason in found.unlocated] == [100 - nowhere, nowhere]
        assert "names no place of 鄂州市" in found.unlocated[0].reason
        assert {code.state for code in found.codes} == {"unlisted"}
        assert "100 of 100 have a kind that the crosswalk does not know" in found.remarks[0]


def test_new_york_is_ordered_by_its_own_update_times() -> None:
    rows = [row for path in sorted((DATA / "new_york").iterdir()) for row in rows_of(path)]
    found = check(CASES, given=DATA / "new_york", mapping=NEW_YORK)
    assert (found.rows, found.records, found.events) == (len(rows), len(rows), len(rows))
    assert len(rows) == 105
    assert found.order == "by the time of the last update"
    form = "%m/%d/%Y %I:%M:%S %p"
    times = sorted(when(row["Created Date"], form) for row in rows)
    assert (found.first, found.last) == (times[0], times[-1])
    assert found.states["stage"] == Counter(row["Status"] for row in rows)
    assert found.states["status"]["closed"] == sum(row["Status"] == "Closed" for row in rows)


class TestKeepsItsHandsOff:
    def test_a_file_that_cannot_be_used_stays_where_it_is(self, tmp_path: Path) -> None:
        """The running adapter would move it into bad/."""
        (tmp_path / "boston_311_1.csv").write_text("other,columns\n1,2\n", "utf-8")
        (tmp_path / "boston_311_2.csv").write_text("half,a li", "utf-8")
        (tmp_path / "notes.txt").write_text("none of ours", "utf-8")
        found = check(CASES, given=tmp_path, mapping=BOSTON)
        assert {g.rule: g.places for g in found.letters} == {
            "file.columns": ["boston_311_1.csv"],
            "file.broken": ["boston_311_2.csv"],
        }
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "boston_311_1.csv", "boston_311_2.csv", "notes.txt",
        ]  # fmt: skip
        assert any("lack agreed columns: boston_311_1.csv" in said for said in found.objections)
        assert "Left alone: notes.txt." in found.remarks

    def test_a_file_that_cannot_be_read_is_told_beside_the_others(self, tmp_path: Path) -> None:
        """Memory of a process reads as an error of the disk."""
        bad = tmp_path / "boston_311_1.csv"
        bad.symlink_to("/proc/self/mem")
        (tmp_path / "boston_311_2.csv").write_text("other,columns\n1,2\n", "utf-8")
        found = check(CASES, given=tmp_path, mapping=BOSTON)
        assert {g.rule: g.places for g in found.letters} == {
            "file.broken": ["boston_311_1.csv"],
            "file.columns": ["boston_311_2.csv"],
        }

    def test_neither_key_nor_checkpoint_is_left_behind(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home, scratch = tmp_path / "home", tmp_path / "scratch"
        scratch.mkdir()
        monkeypatch.setenv("SHEQU_HOME", str(home))
        monkeypatch.setattr("tempfile.tempdir", str(scratch))
        assert boston("boston_311_000001.csv").fine
        assert not home.exists()
        assert list(scratch.iterdir()) == []


class TestPeople:
    """The department's own fixtures: everybody in them is invented, and nobody may be read."""

    @pytest.fixture
    def inbox(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("SHEQU_ESTATES", str(ESTATES))
        rows = [fixture.row for fixture in fixtures_of(CASES)]
        path = tmp_path / "案件导出_20261120_000007.csv"
        with path.open("w", newline="", encoding="gb18030") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        return tmp_path

    @pytest.mark.parametrize("switch", [[], ["--json"]])
    def test_nobody_can_be_read_in_what_is_printed(self, inbox: Path, switch: list[str]) -> None:
        said = run("city_cases", "--input", str(inbox), *switch).stdout
        for word in ("张伟", "李娜", "13812345678", "501室", "请联系"):
            assert word not in said
        assert "99999999999" in said
        assert "市环卫中心" in said

    def test_the_form_of_our_own_city_needs_no_mapping(self, inbox: Path) -> None:
        fixtures = fixtures_of(CASES)
        found = check(CASES, given=inbox)
        bad = [fixture for fixture in fixtures if fixture.letter]
        assert sum(group.count for group in found.letters) == len(bad)
        assert found.files[0].encoding == "gb18030"
        assert {c.state for c in found.codes} == {"known", "refused"}
        assert [c.value for c in found.codes if c.state == "refused"] == ["99999"]
        assert {reason.reason for reason in found.unlocated} == {
            "a community code that nobody knows; known down to the street only",
            "no community code; the address may mean several places of 鄂州市",
        }


class TestVerdict:
    def test_an_empty_folder_is_not_fine(self, tmp_path: Path) -> None:
        assert check(CASES, given=tmp_path).objections == [
            "Nothing was read: there is no row in the input."
        ]

    def test_one_bad_row_in_a_hundred_is_borne(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = (DATA / "boston" / "boston_311_000001.csv").read_text("utf-8")
        path = tmp_path / "boston_311_1.csv"
        path.write_text(text.replace(",Open,", ",Referred,", 1), "utf-8")
        found = check(CASES, given=path, mapping=BOSTON)
        assert (found.bad_share, found.fine) == (0.01, True)
        monkeypatch.setenv("SHEQU_CITY_CASES__BAD_SHARE", "0.005")
        found = check(CASES, given=path, mapping=BOSTON)
        assert found.objections == [
            "1% would become dead letters, 0% is the most that the adapter bears."
        ]

    def test_only_so_many_rows_are_read_as_are_asked_for(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SHEQU_CITY_CASES__CHUNK_ROWS", "10")
        found = check(CASES, given=DATA / "boston", mapping=BOSTON, most=25)
        assert found.rows == 30


class TestCommand:
    @pytest.mark.parametrize(("folder", "code"), [("boston", 0), ("boston_dmy", 4)])
    def test_the_exit_code_says_whether_it_fits(self, folder: str, code: int) -> None:
        said = run("city_cases", "--input", str(DATA / folder), "--mapping", str(BOSTON))
        assert said.exit_code == code
        assert ("fine: the adapter can read this" in said.stdout) == (code == 0)

    def test_json_holds_the_whole_report(self) -> None:
        said = run(
            "city_cases", "--input", str(DATA / "boston"), "--mapping", str(BOSTON), "--json"
        )
        found = json.loads(said.stdout)
        assert (found["rows"], found["repeats"], found["objections"]) == (200, 100, [])
        assert found["rows_per_second"] > 0
        assert len(found["codes"]) == 36

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["city_cases", "--input", "/nowhere"], "/nowhere cannot be read"),
            (["city_cases"], "setting SHEQU_CITY_CASES__INBOX is missing"),
            (["city_cases", "--input", ".", "--mapping", "/no.yaml"], "/no.yaml cannot be read"),
            (["police_incidents", "--mapping", "a.yaml"], "takes no mapping file"),
            (["police_incidents", "--input", "."], "reads no files. Leave --input out"),
        ],
    )
    def test_what_cannot_be_read_is_one_message_and_exit_code_2(
        self,
        words: list[str],
        said: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(sys, "argv", ["shequ", "adapters", "check", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 2
        assert said in capsys.readouterr().err


class TestPolice:
    def test_an_interface_is_read_as_it_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        fixtures = fixtures_of(find("police_incidents"))
        rows = sorted((fixture.row for fixture in fixtures), key=lambda row: row["gxsj"] or "")
        with answering(rows) as url:
            monkeypatch.setenv("SHEQU_POLICE_INCIDENTS__BASE_URL", url)
            monkeypatch.setenv("SHEQU_POLICE_INCIDENTS__API_KEY", "key")
            found = check(find("police_incidents"))
        distinct = {json.dumps(row, sort_keys=True) for row in rows}
        assert (found.rows, found.files) == (len(distinct), [])
        bad = {json.dumps(f.row, sort_keys=True) for f in fixtures if f.letter}
        assert sum(group.count for group in found.letters) == len(bad)
        assert set(found.states) == {"status", "filed", "referred"}

    def test_a_system_that_is_away_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SHEQU_POLICE_INCIDENTS__BASE_URL", "http://127.0.0.1:1")
        monkeypatch.setenv("SHEQU_POLICE_INCIDENTS__API_KEY", "key")
        with pytest.raises(RetryError, match=r"source\.away"):
            check(find("police_incidents"))


class TestColumns:
    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("13800001111", "99999999999"),
            ("张伟", "文文"),
            ("42 Cross St #3", "99 Xxxxx Xx #9"),
            ("Żółć é", "Xxxx x"),
            ("１２", "99"),
            ("a\x1b[31mb", "x [99xx"),
        ],
    )
    def test_a_shape_says_how_a_value_is_written_and_not_what(self, value: str, shown: str) -> None:
        assert shape(value) == shown

    def test_values_are_shown_of_plain_columns_only_and_never_a_phone(self) -> None:
        columns = Columns({"stage"})
        columns.add({"stage": "open 13812345678", "name": "张伟"})
        assert {c.name: c.examples for c in columns.found} == {
            "stage": ["open 【电话】"],
            "name": ["文文"],
        }

    def test_a_columns_name_is_shown_as_it_is_where_the_adapter_knows_it(self) -> None:
        """Another name may be a person's: the first line of a file need not be a header."""
        columns = Columns((), {"与户主关系"})
        columns.add({"与户主关系": "02", "户主张伟": "x"})
        assert [c.name for c in columns.found] == ["与户主关系", "户主【姓名】"]

    def test_so_many_values_are_counted_and_then_said_to_be_more(self) -> None:
        columns = Columns(())
        for number in range(10_001):
            columns.add({"id": str(number), "two": str(number % 2)})
        assert [(c.distinct, c.many) for c in columns.found] == [(10_000, True), (2, False)]


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.build(), ["adapters", "check", *words])


@contextmanager
def answering(rows: list[dict[str, str | None]]) -> Iterator[str]:
    """A police system of one page."""
    answer: dict[str, Any] = {"code": 0, "total": len(rows), "page": 1, "pages": 1, "rows": rows}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        log_message: Callable[..., None] = lambda *_: None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
