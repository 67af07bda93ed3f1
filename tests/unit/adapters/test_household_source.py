"""Reading a table that shows each person as registered now; here an SQLite file."""

import resource
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from adapters.household_registration import ADAPTER
from adapters.household_registration.client import COLUMNS, Database
from adapters.household_registration.settings import HouseholdRegistrationSettings
from adapters.household_registration.source import TableSource, open_source, written
from adapters.household_registration.sweep import Numbers
from adapters.kit.adapter import Batch, Row, Sweeping
from adapters.kit.assembly import now_ms
from adapters.kit.bench import Bench
from adapters.kit.checkpoint import Changes
from adapters.kit.conformance import fixtures_of
from adapters.kit.errors import HaltError, RetryError
from adapters.kit.settings import WrongSettingError, load
from adapters.kit.times import milliseconds
from schemas.codec import Codec

RESIDENT = fixtures_of(ADAPTER)[0].row
START = datetime(2026, 11, 20, 8)  # noqa: DTZ001 - as the table writes it
NAMES = ", ".join(f'"{column}"' for column in COLUMNS)


def at(minutes: float) -> str:
    return (START + timedelta(minutes=minutes)).isoformat(" ", "milliseconds")


@dataclass
class Table:
    """The department's side."""

    file: Path

    def run(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.file)) as db, db:
            db.execute(statement, values)

    def make(self, columns: str = NAMES, name: str = "户籍人口") -> None:
        self.run(f'CREATE TABLE "{name}" ({columns}, PRIMARY KEY ("人员编号"))')

    def put(self, number: str, updated: str | None = at(0), **changes: object) -> None:
        row = {**RESIDENT, "人员编号": number, "更新时间": updated, **changes}
        marks = ", ".join("?" * len(COLUMNS))
        statement = f"REPLACE INTO 户籍人口 ({NAMES}) VALUES ({marks})"  # noqa: S608 - our names
        self.run(statement, *map(row.get, COLUMNS))

    def spoil(self, number: str, column: str, value: object) -> None:
        statement = f"UPDATE 户籍人口 SET {column} = ? WHERE 人员编号 = ?"  # noqa: S608 - our names
        self.run(statement, value, number)

    def delete(self, number: str) -> None:
        self.run("DELETE FROM 户籍人口 WHERE 人员编号 = ?", number)

    def settings(self, **changes: object) -> HouseholdRegistrationSettings:
        given = {"page_size": 3, "poll_seconds": 0.001, "sweep_seconds": 3600, **changes}
        return HouseholdRegistrationSettings(
            url=SecretStr(f"sqlite+aiosqlite:///{self.file}"),
            **given,  # type: ignore[arg-type]
        )


@pytest.fixture
def table(tmp_path: Path) -> Table:
    made = Table(tmp_path / "register.sqlite")
    made.make()
    return made


@pytest.fixture
async def source(table: Table) -> AsyncIterator[TableSource]:
    made = open_source(table.settings(), {})
    yield made
    await made.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(ADAPTER, tmp_path / "home", [])
    yield made
    made.parts.close()


async def batches(source: TableSource) -> list[Batch]:
    """All that there is, until the source has nothing more."""
    found = []
    while batch := await source.read():
        found.append(batch)
    return found


async def read(source: TableSource) -> list[str | None]:
    """Numbers of the rows that come until nothing more does."""
    return [row.raw["人员编号"] for batch in await batches(source) for row in batch.rows]


async def again(source: TableSource) -> list[str | None]:
    """The same, once the next walk is due."""
    await source.wait()
    return await read(source)


async def test_a_first_load_reads_every_row_once_also_those_without_a_time(
    table: Table, source: TableSource
) -> None:
    for number in range(7):
        table.put(f"RK{number}", at(number))
    table.put("RK7", None)
    assert await read(source) == [f"RK{number}" for number in range(8)]
    assert await again(source) == [f"RK{number}" for number in range(7)]  # the overlap
    assert await again(source) == []


async def test_an_empty_table_is_read_and_followed(table: Table, source: TableSource) -> None:
    assert await read(source) == []
    table.put("RK1")
    assert await again(source) == ["RK1"]


async def test_a_walk_reads_what_changed_and_nothing_else(
    table: Table, source: TableSource
) -> None:
    for number in range(5):
        table.put(f"RK{number}", at(number))
    await read(source)
    await again(source)
    table.put("RK3", at(30), 户号="另一户")
    assert await again(source) == ["RK3"]
    assert await again(source) == []


async def test_many_rows_of_one_time_are_all_read(table: Table, source: TableSource) -> None:
    await read(source)
    for number in range(10):
        table.put(f"RK{number}", at(5))
    assert await again(source) == [f"RK{number}" for number in range(10)]


async def test_a_commit_that_comes_late_is_found_within_the_overlap(
    table: Table, source: TableSource
) -> None:
    table.put("RK1", at(20))
    await read(source)
    await again(source)
    table.put("late", at(10))
    table.put("too late", at(9.9))
    assert await again(source) == ["late"]


async def test_a_row_that_changed_back_within_one_time_is_read_again(
    table: Table, source: TableSource
) -> None:
    table.put("RK1", at(1))
    await read(source)
    await again(source)
    for household in ("甲", "乙", "甲"):
        table.put("RK1", at(1), 户号=household)
        assert await again(source) == ["RK1"]


async def test_a_row_from_the_future_hides_nothing(table: Table, source: TableSource) -> None:
    table.put("RK1", at(0))
    table.put("ahead", "2126-01-01 00:00:00.000")
    await read(source)
    assert source.watermark == milliseconds(at(0))
    table.put("RK2", at(1))
    assert "RK2" in await again(source)


async def test_a_first_load_of_rows_that_are_all_from_the_future_goes_on(
    table: Table, source: TableSource
) -> None:
    table.put("ahead", "2126-01-01 00:00:00.000")
    assert await read(source) == ["ahead"]
    table.put("RK1", at(0))
    assert "RK1" in await again(source)


async def test_a_clock_set_back_is_made_good_by_the_next_sweep(table: Table) -> None:
    table.put("RK1", at(60))
    source = open_source(table.settings(sweep_seconds=0.001), {})
    await batches(source)
    table.put("RK2", at(0))
    assert "RK2" in await again(source)
    await source.close()


async def test_a_restart_goes_on_from_its_marks(table: Table, source: TableSource) -> None:
    table.put("RK1", at(0))
    table.put("RK2", at(60))
    marks = (await batches(source))[-1].marks
    table.put("RK3", at(61))
    following = open_source(table.settings(), marks)
    assert await read(following) == ["RK2", "RK3"]
    await following.close()


async def test_a_first_load_that_was_cut_off_begins_anew(table: Table, source: TableSource) -> None:
    for number in range(5):
        table.put(f"RK{number}", at(number))
    first = await source.read()
    assert first is not None
    assert first.marks == {}
    restarted = open_source(table.settings(), first.marks)
    assert len(await read(restarted)) == 5
    await restarted.close()


async def test_what_changes_while_a_first_load_is_under_way_is_read_after_it(
    table: Table, source: TableSource
) -> None:
    """RK0 is behind the sweep when it changes; the walk after it begins before the sweep began."""
    for number in range(5):
        table.put(f"RK{number}", at(number))
    await source.read()
    table.put("RK0", at(90), 户号="另一户")
    table.put("RK9", at(200))
    await read(source)
    assert "RK0" in await again(source)


async def test_a_sweep_waits_for_walks_that_are_due(table: Table) -> None:
    """A table of millions is swept for minutes; what is new must not wait for that."""
    for number in range(9):
        table.put(f"RK{number}", at(number))
    marks = {"watermark": str(milliseconds(at(8))), "swept at": "0"}
    source = open_source(table.settings(poll_seconds=3600, overlap_minutes=0), marks)
    await source.read()
    await source.read()
    table.put("new", at(30))
    source._due = 0.0
    following = await source.read()
    assert following is not None
    assert [row.raw["人员编号"] for row in following.rows] == ["new"]
    await source.close()


async def test_a_walk_that_has_much_to_read_again_rests(table: Table) -> None:
    """A million rows of one time are read again by each walk: not without a pause."""
    for number in range(5):
        table.put(f"RK{number}", at(0))
    marks = {"watermark": str(milliseconds(at(0))), "swept at": str(now_ms())}
    source = open_source(table.settings(), marks)
    ticks = iter(range(0, 1000, 10))
    source.clock = lambda: float(next(ticks))
    await batches(source)
    assert source._repeated == 0
    assert source._due - source._began >= 3 * 10
    await source.close()


class TestSweeps:
    async def deleted(self, source: TableSource, bench: Bench) -> list[str]:
        """Read all there is and carry it; the records that are told as gone."""
        found = []
        for batch in await batches(source):
            work = bench.parts.intake.take(batch, now_ms())
            bench.parts.checkpoint.write(Changes(records=work.records, letters=work.letters))
            letters = [Codec().decode(message.value)[1] for message in work.letters.values()]
            assert {letter["rule"] for letter in letters} <= {"row.gone"}
            assert (work.gone, work.bad) == (len(letters), 0)
            found += [str(letter["record_id"]) for letter in letters]
        return found

    async def test_a_deleted_row_is_told_once(self, table: Table, bench: Bench) -> None:
        for number in range(8):
            table.put(f"RK{number}", at(number))
        source = open_source(table.settings(sweep_seconds=0.001), {})
        assert isinstance(source, Sweeping)
        source.told(bench.parts.checkpoint.ids)
        assert await self.deleted(source, bench) == []
        table.delete("RK1")
        table.delete("RK6")
        await source.wait()
        assert sorted(await self.deleted(source, bench)) == ["RK1", "RK6"]
        await source.wait()
        assert await self.deleted(source, bench) == []
        await source.close()

    async def test_a_row_that_is_written_again_while_it_is_looked_for_is_not_gone(
        self, table: Table, bench: Bench
    ) -> None:
        """Some systems update by deleting and inserting; the sweep passed in between."""
        table.put("RK1")
        table.put("RK2")
        bench.carry([_row("RK1"), _row("RK2")])
        source = open_source(table.settings(), {"swept rows": "2"})
        source.told(bench.parts.checkpoint.ids)
        table.delete("RK1")
        assert await source.read() is not None
        table.put("RK1")
        assert [gone for batch in await batches(source) for gone in batch.gone] == []
        await source.close()

    async def test_a_table_that_is_loaded_anew_has_nobody_gone_before_the_next_sweep(
        self, table: Table, bench: Bench
    ) -> None:
        for number in range(8):
            table.put(f"RK{number}")
        source = open_source(table.settings(sweep_seconds=0.001), {})
        source.told(bench.parts.checkpoint.ids)
        await self.deleted(source, bench)
        table.run("DELETE FROM 户籍人口 WHERE 人员编号 <> 'RK0'")
        await source.wait()
        assert await self.deleted(source, bench) == []
        await source.wait()
        assert len(await self.deleted(source, bench)) == 7
        await source.close()

    async def test_where_the_checkpoint_was_lost_nobody_is_gone_before_the_second_sweep(
        self, table: Table, bench: Bench
    ) -> None:
        """The records come back from the topic; whether the table is whole nobody knows yet."""
        table.put("RK1")
        bench.carry([_row(f"RK{number}") for number in range(1, 8)])
        source = open_source(table.settings(sweep_seconds=0.001), {})
        source.told(bench.parts.checkpoint.ids)
        assert await self.deleted(source, bench) == []
        await source.wait()
        assert len(await self.deleted(source, bench)) == 6
        await source.close()

    async def test_a_sweep_that_is_not_due_is_not_made(self, table: Table) -> None:
        for number in range(5):
            table.put(f"RK{number}", at(number))
        marks = {"watermark": str(milliseconds(at(600))), "swept at": str(now_ms())}
        source = open_source(table.settings(), marks)
        assert await read(source) == []
        await source.close()

    async def test_a_clock_that_was_set_back_since_the_last_sweep_puts_none_off(
        self, table: Table
    ) -> None:
        table.put("RK1", at(0))
        marks = {"watermark": str(milliseconds(at(600))), "swept at": str(now_ms() + 86_400_000)}
        source = open_source(table.settings(), marks)
        assert await read(source) == ["RK1"]
        await source.close()

    def test_a_million_numbers_need_no_memory(self) -> None:
        """They are in a file; the process grows by its cache, 2 MB."""
        numbers, before = Numbers(), _peak_kb()
        for start in range(0, 1_000_000, 10_000):
            numbers.add(f"RK{number:010}" for number in range(start, start + 10_000))
        assert len(numbers) == 1_000_000
        assert numbers.lacking(["RK0000000001", "RK0001000000"]) == ["RK0001000000"]
        assert _peak_kb() - before < 30_000
        numbers.close()


class TestWhenTheInputIsBad:
    async def test_a_table_without_agreed_columns_halts_and_names_them(
        self, tmp_path: Path
    ) -> None:
        table = Table(tmp_path / "other.sqlite")
        table.make(NAMES.replace("户号", "户编号").replace("住址", "地址"))
        source = open_source(table.settings(), {})
        with pytest.raises(HaltError, match="no columns 户号, 住址") as halted:
            await source.read()
        assert halted.value.finding.rule == "source.columns"
        await source.close()

    async def test_columns_that_are_renamed_while_it_runs_halt_it(
        self, table: Table, source: TableSource
    ) -> None:
        table.put("RK1")
        await read(source)
        table.run("ALTER TABLE 户籍人口 RENAME COLUMN 性别 TO 性别代码")
        await source.wait()
        with pytest.raises(RetryError):
            await source.read()
        with pytest.raises(HaltError, match="no columns 性别:"):
            await source.read()

    async def test_a_table_that_is_not_there_halts(self, table: Table) -> None:
        source = open_source(table.settings(table="别的表"), {})
        with pytest.raises(HaltError, match="HOUSEHOLD_REGISTRATION__TABLE"):
            await source.read()
        await source.close()

    async def test_further_columns_change_nothing(self, table: Table, source: TableSource) -> None:
        table.put("RK1")
        table.run("ALTER TABLE 户籍人口 ADD COLUMN 民族")
        (batch, *_) = await batches(source)
        assert list(batch.rows[0].raw) == list(COLUMNS)

    async def test_a_file_that_is_away_is_waited_for_and_never_made(self, tmp_path: Path) -> None:
        table = Table(tmp_path / "away.sqlite")
        source = open_source(table.settings(), {})
        with pytest.raises(RetryError, match="Trying again"):
            await source.read()
        assert not table.file.exists()
        table.make()
        table.put("RK1")
        assert await read(source) == ["RK1"]
        await source.close()

    async def test_a_file_that_is_half_written_is_waited_for(self, tmp_path: Path) -> None:
        table = Table(tmp_path / "half.sqlite")
        table.file.write_bytes(b"SQLite format 3\x00 and then nothing more" * 99)
        source = open_source(table.settings(), {})
        with pytest.raises(RetryError, match="Trying again"):
            await source.read()
        await source.close()

    @pytest.mark.parametrize(
        ("column", "value", "rule"),
        [
            ("姓名", "王小明".encode("gb18030"), "text.unreadable"),
            ("住址", "滨湖\x00花园", "text.unreadable"),
            ("公民身份号码", 420704199003071238, ""),
            ("变动时间", 1_795_134_600, "time.unreadable"),
            ("变动时间", 3.5, "time.unreadable"),
            ("性别", b"\xff\xfe", "text.unreadable"),
            ("与户主关系", 2, "code.unknown_value"),
            ("更新时间", "刚才", "time.unreadable"),
        ],
    )
    async def test_a_value_of_a_wrong_kind_is_one_letter_and_hides_no_other_row(
        self, table: Table, source: TableSource, bench: Bench, column: str, value: object, rule: str
    ) -> None:
        table.put("RK1")
        table.put("RK2")
        table.spoil("RK1", column, value)
        rows = [row for batch in await batches(source) for row in batch.rows]
        work = bench.take(rows)
        letters = [Codec().decode(message.value)[1] for message in work.letters.values()]
        found = [(letter["rule"], letter["record_id"]) for letter in letters]
        wanted_id = "" if column == "更新时间" else "RK1"
        assert found == ([(rule, wanted_id)] if rule else [])
        assert len(work.outgoing) == 2 - len(found)

    async def test_numbers_that_cannot_be_read_halt_instead_of_going_round(
        self, table: Table, source: TableSource
    ) -> None:
        for number in range(4):
            table.put(f"x{number}")
            table.run(
                "UPDATE 户籍人口 SET 人员编号 = CAST(? AS TEXT) WHERE 人员编号 = ?",
                b"\xff" + bytes([number]),
                f"x{number}",
            )
        with pytest.raises(HaltError, match="人员编号"):
            await batches(source)


class TestNothingIsWritten:
    async def test_the_connection_refuses_to_write(self, table: Table) -> None:
        url = table.settings().url.get_secret_value()
        database = Database(url, "户籍人口", timeout=5, page=10)
        with pytest.raises(RetryError, match="OperationalError"):
            await database._ask(sa.text("DELETE FROM 户籍人口"))  # type: ignore[arg-type]
        await database.close()

    async def test_a_name_of_a_table_is_a_name_whatever_stands_in_it(self, table: Table) -> None:
        table.put("RK1")
        url = table.settings().url.get_secret_value()
        database = Database(url, '户籍人口" WHERE 1=0; DROP TABLE 户籍人口; --', timeout=5, page=10)
        with pytest.raises(HaltError, match="no such table"):
            await database.newest()
        await database.close()
        following = Database(url, "户籍人口", timeout=5, page=10)
        assert len(await following.numbered_after(None)) == 1
        await following.close()


class TestSettings:
    @pytest.mark.parametrize(
        "url",
        [
            "mysql://u:geheim@h/d",
            "postgresql://u:geheim@h/d",
            "geheim",
            "postgresql+asyncpg://u:geheim@h",
            "postgresql+asyncpg://u:geheim@h:port/d",
            "postgresql+asyncpg://u:geheim@h/d?sslmode=require",
        ],
    )
    def test_a_url_that_is_wrong_is_explained_without_its_password(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SHEQU_HOUSEHOLD_REGISTRATION__URL", url)
        with pytest.raises(WrongSettingError, match=r"postgresql\+asyncpg") as wrong:
            load(HouseholdRegistrationSettings)
        assert "geheim" not in str(wrong.value)

    @pytest.mark.parametrize("name", ['a"b', "a;b", "a.b.c", "", "1a", "a b", "a'"])
    def test_a_name_that_no_table_has_is_refused(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SHEQU_HOUSEHOLD_REGISTRATION__URL", "sqlite+aiosqlite:///x")
        monkeypatch.setenv("SHEQU_HOUSEHOLD_REGISTRATION__TABLE", name)
        with pytest.raises(WrongSettingError, match="TABLE"):
            load(HouseholdRegistrationSettings)

    async def test_a_way_of_encrypting_that_there_is_not_halts(self) -> None:
        url = SecretStr("postgresql+asyncpg://hub:geheim@127.0.0.1:1/register?ssl=perhaps")
        source = open_source(HouseholdRegistrationSettings(url=url), {})
        with pytest.raises(HaltError, match="REGISTRATION__URL") as refused:
            await source.read()
        assert "geheim" not in str(refused.value)
        await source.close()

    async def test_nobody_answers_and_no_password_is_told(self) -> None:
        url = SecretStr("postgresql+asyncpg://hub:geheim@127.0.0.1:1/register")
        source = open_source(HouseholdRegistrationSettings(url=url), {})
        with pytest.raises(RetryError, match="ConnectionRefusedError") as away:
            await source.read()
        assert away.value.finding.place == "127.0.0.1:1/register 户籍人口"
        assert "geheim" not in str(away.value)
        await source.close()


@pytest.mark.parametrize(
    ("example", "shown"),
    [
        (None, "2026-11-20 08:00:00"),
        ("2026-11-20 07:59:59.123", "2026-11-20 08:00:00"),
        ("2026-11-20T07:59:59+08:00", "2026-11-20T08:00:00"),
        ("2026/11/20 07:59:59", "2026/11/20 08:00:00"),
        ("infinity", "2026-11-20 08:00:00"),
    ],
)
def test_a_time_is_written_as_the_table_writes_it(example: str | None, shown: str) -> None:
    assert written(milliseconds(at(0)) or 0, example) == shown


async def test_a_column_of_text_with_another_separator_is_walked(
    table: Table, source: TableSource
) -> None:
    table.put("RK1", at(0).replace(" ", "T"))
    await read(source)
    table.put("RK2", at(5).replace(" ", "T"))
    assert "RK2" in await again(source)


def _row(number: str) -> Row:
    return Row({**RESIDENT, "人员编号": number, "更新时间": at(0)}, "table")


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
