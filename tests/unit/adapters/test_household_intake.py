"""From rows of the register to messages: what is sent of states that were read, and what is not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from adapters.check import check
from adapters.household_registration import ADAPTER
from adapters.household_registration.client import COLUMNS
from adapters.kit.adapter import Batch, Gone, Row
from adapters.kit.bench import ESTATES, NOW, Bench
from adapters.kit.checkpoint import Changes
from adapters.kit.conformance import fixtures_of
from adapters.kit.events import Outgoing
from adapters.kit.intake import Work
from ops import cli
from schemas.codec import Codec

RESIDENT = fixtures_of(ADAPTER)[0].row
HERE, THERE = "420704001013", "420704002001"
STATES: tuple[dict[str, str], ...] = (
    {"户籍社区代码": HERE},
    {"户籍社区代码": THERE, "住址": "阳光小区2栋"},
    {"户籍社区代码": HERE, "户号": "另一户"},
    {"户籍社区代码": THERE, "住址": "阳光小区3栋", "变动类别": "死亡", "注销原因": "1"},
    {"户籍社区代码": HERE, "变动类别": "不知道"},
)
"""The last one is a letter; the others say in turn where somebody is."""

BAD = len(STATES) - 1
A_STATE = st.integers(0, BAD)


def state(number: int, second: int = 0, record: str = "RK0000000001") -> Row:
    """A row in one of the states, at a second of some minute."""
    updated = f"2026-11-20 08:31:{second:02}.000"
    return Row({**RESIDENT, **STATES[number], "人员编号": record, "更新时间": updated}, "table")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(ADAPTER, tmp_path, [])
    yield made
    made.parts.close()


def decoded(messages: list[Outgoing]) -> list[dict[str, Any]]:
    return [dict(Codec().decode(message.value)[1]) for message in messages]


def letters_of(work: Work) -> list[tuple[str, str, str]]:
    found = decoded(list(work.letters.values()))
    return [(letter["rule"], letter["record_id"], letter["place"]) for letter in found]


def check_last(topic: list[Outgoing], last: int) -> None:
    """The state read last stands last in its community, and the other one knows that it left."""
    by_code: dict[str, dict[str, Any]] = {}
    for message, event in zip(topic, decoded(topic), strict=True):
        if message.topic == ADAPTER.topic:
            by_code[event["community"]] = event
    code = STATES[last]["户籍社区代码"]
    event = by_code.pop(code)
    assert event["moved"] is None or event["moved"]["direction"] == "arrived"
    assert event["status"] == ("cancelled" if last == 3 else "registered")
    for other in by_code.values():
        assert other["moved"] == {"direction": "left", "counterpart": code}
        assert other["version"] == event["version"]


some_batches = st.lists(
    st.lists(st.tuples(A_STATE, st.integers(0, 9)), min_size=1, max_size=4), max_size=5
)


@settings(max_examples=25, deadline=None)
@given(some_batches)
def test_whatever_was_read_in_whatever_batches_the_last_good_state_stands(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[int, int]]]
) -> None:
    """A record may stand in a batch several times, in good states and bad ones."""
    bench = Bench(ADAPTER, tmp_path_factory.mktemp("bench"), [])
    good = None
    for batch in batches:
        bench.carry([state(*one) for one in batch])
        good = next((number for number, _ in reversed(batch) if number != BAD), good)
    if good is not None:
        check_last(bench.topic, good)
    ids = [dict(message.headers)["ce_id"] for message in bench.topic]
    assert len(set(ids)) == len(ids)
    bench.parts.close()


def test_a_state_that_returns_within_a_batch_is_told_again(bench: Bench) -> None:
    bench.carry([state(0), state(2), state(0)])
    check_last(bench.topic, 0)
    orders = [event["version"]["order"] for event in decoded(bench.topic)]
    assert orders == [1795134660000, 1795134660001, 1795134660002]


def test_a_bad_state_between_two_good_ones_hides_neither(bench: Bench) -> None:
    work = bench.carry([state(0, 1), state(BAD, 2), state(2, 3)])
    assert (len(work.outgoing), len(work.letters)) == (2, 1)
    check_last(bench.topic, 2)


def test_an_unchanged_row_is_skipped_whenever_a_sweep_reads_it(bench: Bench) -> None:
    bench.carry([state(0, 1)])
    for _ in range(3):
        work = bench.carry([state(0, 1)])
        assert (work.messages, work.skipped) == ([], 1)


def test_the_old_community_is_not_told_what_is_new(bench: Bench) -> None:
    """Neither household nor relation, sex, reason, address or person."""
    bench.carry([state(0)])
    arrived, left = decoded(bench.carry([state(3, 5)]).outgoing)
    assert arrived["cancelled_because"]["value"] == "1"
    assert arrived["household"] is not None
    hidden = ("household", "relation", "sex", "cancelled_because", "person", "personal")
    assert {left[field] for field in hidden} == {None}
    assert (left["place"]["text"], left["place"]["unit"]) == ("", None)
    assert left["moved"] == {"direction": "left", "counterpart": THERE}
    assert (left["status"], left["closed_at"]) == (arrived["status"], arrived["closed_at"])


def test_members_of_a_household_share_a_pseudonym_that_nobody_else_has(bench: Bench) -> None:
    rows = [state(0, record="RK1"), state(0, record="RK2"), state(2, record="RK3")]
    one, other, third = [event["household"] for event in decoded(bench.take(rows).outgoing)]
    assert one == other != third
    assert one.startswith("e1.")


class TestGone:
    def test_a_record_that_is_gone_is_one_letter_ever(self, bench: Bench) -> None:
        bench.carry([state(0)])
        gone = Batch(gone=[Gone("RK0000000001", "table")])
        work = bench.parts.intake.take(gone, NOW)
        assert letters_of(work) == [("row.gone", "RK0000000001", "table")]
        assert (work.gone, work.bad, work.outgoing) == (1, 0, [])
        bench.parts.checkpoint.write(Changes(letters=work.letters))
        assert bench.parts.intake.take(gone, NOW + 1).messages == []

    def test_its_letter_is_known_from_the_topic_when_the_state_was_lost(
        self, tmp_path: Path
    ) -> None:
        gone = Batch(gone=[Gone("RK0000000001", "table")])
        first = Bench(ADAPTER, tmp_path, [])
        first.carry([state(0)])
        topic = [*first.topic, *first.parts.intake.take(gone, NOW).messages]
        first.parts.close()
        (tmp_path / "adapters").rename(tmp_path / "lost")
        rebuilt = Bench(ADAPTER, tmp_path, topic)
        assert rebuilt.parts.intake.take(gone, NOW).messages == []
        rebuilt.parts.close()

    def test_many_that_are_gone_do_not_halt_the_source(self, bench: Bench) -> None:
        """They were good rows: a department that tidies up has not changed its table."""
        gone = [Gone(f"RK{number:010}", "table") for number in range(1000)]
        work = bench.parts.intake.take(Batch(gone=gone), NOW)
        assert (len(work.letters), work.bad) == (1000, 0)

    def test_known_records_are_named_in_pages(self, bench: Bench) -> None:
        bench.carry([state(0, record=f"RK{number}") for number in (3, 1, 2)])
        ids = bench.parts.checkpoint.ids
        assert (ids("", 2), ids("RK2", 2), ids("RK3", 2)) == (["RK1", "RK2"], ["RK3"], [])


class TestCheck:
    @pytest.fixture
    def database(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A table of thirty residents, one of them with a wrong id."""
        file = tmp_path / "register.sqlite"
        names, marks = ", ".join(COLUMNS), ", ".join("?" * len(COLUMNS))
        with closing(sqlite3.connect(file)) as db, db:
            db.execute(f"CREATE TABLE 户籍人口 ({names}, PRIMARY KEY (人员编号))")
            for number in range(30):
                row: dict[str, str | None] = {**RESIDENT, "人员编号": f"RK{number}"}
                row |= {"公民身份号码": "420704199003071239"} if number == 7 else {}
                statement = f"INSERT INTO 户籍人口 VALUES ({marks})"  # noqa: S608 - question marks
                db.execute(statement, [row[name] for name in COLUMNS])
        prefix = "SHEQU_HOUSEHOLD_REGISTRATION__"
        monkeypatch.setenv(f"{prefix}URL", f"sqlite+aiosqlite:///{file}")
        monkeypatch.setenv(f"{prefix}PAGE_SIZE", "7")
        monkeypatch.setenv("SHEQU_ESTATES", str(ESTATES))
        monkeypatch.setenv("SHEQU_HOME", str(tmp_path / "home"))
        return file

    def test_a_table_is_told_as_it_is(self, database: Path) -> None:
        before = database.read_bytes()
        found = check(ADAPTER)
        assert (found.rows, found.records, found.events, found.repeats) == (30, 30, 29, 0)
        assert [(group.rule, group.count) for group in found.letters] == [("id.check_digit", 1)]
        assert found.states["change"] == {"move_in": 29}
        assert found.states["status"] == {"registered": 29}
        assert found.fine
        assert database.read_bytes() == before

    def test_the_command_says_so_and_shows_nobody(
        self, database: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "300")
        said = CliRunner().invoke(cli.build(), ["adapters", "check", "household_registration"])
        assert said.exit_code == 0, said.output
        assert "id.check_digit" in said.output
        hidden = ("王小明", "420704199003071238", "13900001111", "1990-03-07", "420704001013000123")
        assert [word for word in hidden if word in said.output] == []
        assert not (database.parent / "home").exists()

    def test_a_table_that_lacks_columns_is_one_message(self, database: Path) -> None:
        with closing(sqlite3.connect(database)) as db, db:
            db.execute("ALTER TABLE 户籍人口 RENAME COLUMN 性别 TO 性别代码")
        said = CliRunner().invoke(cli.build(), ["adapters", "check", "household_registration"])
        assert said.exit_code != 0
        assert "no columns 性别" in str(said.exception) + said.output
