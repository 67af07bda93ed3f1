"""Reading the department's table on a real PostgreSQL, however it is treated meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from adapters.household_registration import ADAPTER
from adapters.household_registration.client import COLUMNS, Database
from adapters.household_registration.settings import HouseholdRegistrationSettings
from adapters.household_registration.source import TableSource, open_source
from adapters.kit.adapter import Batch
from adapters.kit.bench import Bench
from adapters.kit.errors import AdapterError, HaltError, RetryError
from adapters.kit.times import milliseconds
from ops.simulator.postgres import Postgres
from schemas.codec import Codec
from tests.integration.adapters.register import PASSWORD, Cutting, Register, at, put, server_in


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Postgres, Register]]:
    """One server for all tests of this file; each has a database of its own."""
    made = server_in(tmp_path_factory.mktemp("register"))
    with asyncio.Runner() as runner:
        running = made.running(PASSWORD)
        port = runner.run(running.__aenter__())
        yield made, Register(port, "postgres")
        runner.run(running.__aexit__(None, None, None))


@pytest.fixture
async def register(server: tuple[Postgres, Register], request: pytest.FixtureRequest) -> Register:
    """A database with the table, empty."""
    made = await server[1].made(f"register_{abs(hash(request.node.name))}")
    await made.make_table()
    return made


def settings(url: str, **changes: object) -> HouseholdRegistrationSettings:
    given = {"page_size": 3, "poll_seconds": 0.001, "timeout_seconds": 5, **changes}
    return HouseholdRegistrationSettings(url=SecretStr(url), **given)  # type: ignore[arg-type]


@asynccontextmanager
async def reading(
    url: str, marks: dict[str, str] | None = None, **changes: object
) -> AsyncIterator[TableSource]:
    """The adapter's side."""
    source = open_source(settings(url, **changes), marks or {})
    try:
        yield source
    finally:
        await source.close()


async def batches(source: TableSource) -> list[Batch]:
    found = []
    while batch := await source.read():
        found.append(batch)
    return found


async def read(source: TableSource) -> list[str | None]:
    return [row.raw["人员编号"] for batch in await batches(source) for row in batch.rows]


async def again(source: TableSource) -> list[str | None]:
    """What the next walk brings."""
    await source.wait()
    return await read(source)


async def test_all_rows_are_read_and_those_that_change_are_followed(register: Register) -> None:
    for number in range(8):
        await register.put(f"RK{number}", at(number))
    async with reading(register.url(), overlap_minutes=0.5) as source:
        assert await read(source) == [f"RK{number}" for number in range(8)]
        assert await again(source) == ["RK7"]
        await register.put("RK2", at(30), 户号="另一户")
        assert await again(source) == ["RK2"]
        assert await again(source) == []


async def test_times_are_chinas_to_the_millisecond(register: Register) -> None:
    await register.put("RK1", datetime(2026, 11, 20, 8, 31, 5, 120_000))  # noqa: DTZ001
    async with reading(register.url()) as source:
        (batch, *_) = await batches(source)
    (row,) = batch.rows
    assert row.raw["更新时间"] == "2026-11-20 08:31:05.12"
    assert ADAPTER.identify(row).order == 1795134665120


async def test_many_rows_of_one_time_are_read_over_pages(register: Register) -> None:
    async with reading(register.url()) as source:
        await read(source)
        async with register.connected() as connection, connection.transaction():
            for number in range(10):
                await put(connection, f"RK{number}", at(1))
        assert await again(source) == [f"RK{number}" for number in range(10)]


async def test_a_transaction_that_commits_late_is_found_within_the_overlap(
    register: Register,
) -> None:
    """It wrote its time first, and was still open when a later one had been read."""
    async with reading(register.url(), overlap_minutes=10) as source:
        await read(source)
        async with register.connected() as slow, slow.transaction():
            await put(slow, "slow", at(1))
            await register.put("quick", at(9))
            assert await again(source) == ["quick"]
        assert await again(source) == ["slow"]


@pytest.mark.parametrize(
    "types",
    [
        {"更新时间": "timestamptz(3)"},
        {"更新时间": "text"},
        {"人员编号": "char(20)", "户籍社区代码": "char(14)"},
        {"人员编号": "varchar(20)", "更新时间": "timestamp(6)"},
    ],
    ids=str,
)
async def test_columns_of_other_types_are_read_as_well(
    server: tuple[Postgres, Register], request: pytest.FixtureRequest, types: dict[str, str]
) -> None:
    register = await server[1].made(f"types_{abs(hash(request.node.name))}")
    await register.make_table(**types)
    for number in range(5):
        updated: Any = at(number)
        if types.get("更新时间") == "text":
            updated = updated.isoformat(" ", "milliseconds")
        if types.get("更新时间") == "timestamptz(3)":
            updated = datetime.fromisoformat(f"{updated.isoformat()}+08:00").astimezone(UTC)
        await register.put(f"RK{number}", updated)
    async with reading(register.url(), overlap_minutes=2.5) as source:
        rows = [row for batch in await batches(source) for row in batch.rows]
        orders = [ADAPTER.identify(row).order for row in rows]
        assert orders == [milliseconds(at(number).isoformat()) for number in range(5)]
        assert [str(n).strip() for n in await again(source)] == ["RK2", "RK3", "RK4"]


async def test_a_view_with_the_agreed_names_may_stand_for_the_table(register: Register) -> None:
    await register.put("RK1")
    await register.run(
        'ALTER TABLE "户籍人口" RENAME COLUMN "户号" TO "户编号"',
        "CREATE SCHEMA exchange",
        'CREATE VIEW exchange.people AS SELECT *, "户编号" AS "户号" FROM "户籍人口"',
    )
    async with reading(register.url(), table="exchange.people") as source:
        assert await read(source) == ["RK1"]


async def test_a_sweep_finds_an_old_time_and_a_deleted_row(
    register: Register, tmp_path: Path
) -> None:
    bench = Bench(ADAPTER, tmp_path, [])
    for number in range(7):
        await register.put(f"RK{number}", at(600 + number))
    async with reading(register.url(), sweep_seconds=0.001) as source:
        source.told(bench.parts.checkpoint.ids)
        for batch in await batches(source):
            bench.carry(batch.rows)
        await register.put("RK8", at(0))
        await register.run('DELETE FROM "户籍人口" WHERE "人员编号" = \'RK3\'')
        await source.wait()
        found = await batches(source)
    assert "RK8" in [row.raw["人员编号"] for batch in found for row in batch.rows]
    assert [gone.record_id for batch in found for gone in batch.gone] == ["RK3"]
    bench.parts.close()


class TestTheDatabaseIsNeverWritten:
    async def test_whatever_is_asked_the_answer_is_no(self, register: Register) -> None:
        """Even as the owner of the table."""
        await register.put("RK1")
        database = Database(register.url(), "户籍人口", timeout=5, page=10)
        for statement in ('DELETE FROM "户籍人口"', "CREATE TABLE other (a int)"):
            with pytest.raises(RetryError, match="ReadOnlySQLTransactionError 25006"):
                await database._ask(sa.text(statement))  # type: ignore[arg-type]
        assert len(await database.numbered_after(None)) == 1
        await database.close()

    async def test_no_transaction_stays_open_between_two_pages(self, register: Register) -> None:
        """An old snapshot would keep the department from cleaning up."""
        for number in range(8):
            await register.put(f"RK{number}")
        async with reading(register.url()) as source:
            await source.read()
            states = await register.value(
                "SELECT array_agg(state) FROM pg_stat_activity WHERE application_name = 'shequ'"
            )
        assert states == ["idle"]


class TestWhenTheInputIsBad:
    async def test_renamed_columns_halt_it_and_are_named(self, register: Register) -> None:
        async with reading(register.url()) as source:
            await read(source)
            await register.run('ALTER TABLE "户籍人口" RENAME COLUMN "性别" TO "性别代码"')
            await source.wait()
            with pytest.raises(RetryError):
                await source.read()
            with pytest.raises(HaltError, match="no columns 性别:") as halted:
                await source.read()
        assert halted.value.finding.rule == "source.columns"

    async def test_a_column_of_another_type_is_taken_on_the_way(self, register: Register) -> None:
        await register.put("RK1")
        async with reading(register.url()) as source:
            await read(source)
            await register.run('ALTER TABLE "户籍人口" ALTER "户号" TYPE varchar(40)')
            await register.put("RK2", at(5))
            await source.wait()
            found = await _patiently(source)
        assert "RK2" in found

    @pytest.mark.parametrize(
        ("user", "password", "name"),
        [("registration", "falsch", ""), ("nobody", PASSWORD, ""), ("registration", PASSWORD, "x")],
        ids=["password", "user", "database"],
    )
    async def test_who_is_not_let_in_halts(
        self, register: Register, user: str, password: str, name: str
    ) -> None:
        async with reading(register.url(user, password, name)) as source:
            with pytest.raises(HaltError, match="REGISTRATION__URL") as halted:
                await source.read()
        assert halted.value.finding.rule == "source.refuses"
        assert password not in str(halted.value)

    async def test_who_may_not_read_the_table_halts_until_it_is_granted(
        self, register: Register
    ) -> None:
        role = f"reader_{register.name}"
        await register.run(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        await register.put("RK1")
        async with reading(register.url(role)) as source:
            with pytest.raises(HaltError, match="GRANT SELECT"):
                await source.read()
        await register.run(f'GRANT SELECT ON "户籍人口" TO {role}')
        async with reading(register.url(role)) as source:
            assert await read(source) == ["RK1"]

    async def test_a_locked_table_is_waited_for(self, register: Register) -> None:
        await register.put("RK1")
        async with reading(register.url(), timeout_seconds=0.3) as source:
            async with register.connected() as busy, busy.transaction():
                await busy.execute('LOCK TABLE "户籍人口" IN ACCESS EXCLUSIVE MODE')
                with pytest.raises(RetryError, match="57014"):
                    await source.read()
            assert await read(source) == ["RK1"]

    async def test_a_connection_that_is_ended_is_made_again(self, register: Register) -> None:
        for number in range(8):
            await register.put(f"RK{number}")
        async with reading(register.url()) as source:
            first = await source.read()
            await register.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'shequ' AND datname = current_database()"
            )
            with pytest.raises(RetryError, match="Trying again"):
                await source.read()
            rest = await read(source)
        assert first is not None
        numbers = [row.raw["人员编号"] for row in first.rows] + rest
        assert numbers == [f"RK{number}" for number in range(8)]

    @pytest.mark.parametrize("cut_after", [1, 600, 3000, 6000, 9000])
    async def test_half_an_answer_counts_as_none(self, register: Register, cut_after: int) -> None:
        for number in range(40):
            await register.put(f"RK{number:02}")
        async with Cutting(0).open(register.port) as way:
            url = Register(way.port, register.name).url()
            async with reading(url, page_size=20, timeout_seconds=2) as source:
                way.left = cut_after
                numbers: list[str | None] = []
                while (batch := await _or_none(source, way)) is not None:
                    numbers += [row.raw["人员编号"] for row in batch.rows]
        assert way.broken
        assert numbers == [f"RK{number:02}" for number in range(40)]

    async def test_a_server_that_restarts_is_waited_for(self, tmp_path: Path) -> None:
        server = server_in(tmp_path)
        async with server.running(PASSWORD) as port:
            register = Register(port, "postgres")
            await register.make_table()
            for number in range(5):
                await register.put(f"RK{number}", at(number))
            source = open_source(settings(register.url()), {})
            await read(source)
        await source.wait()
        with pytest.raises(RetryError, match="Trying again"):
            await source.read()
        async with server.running(PASSWORD, port):
            await register.put("RK9", at(9))
            assert "RK9" in await _patiently(source)
            await source.close()

    async def test_times_that_no_program_can_hold_are_letters_of_their_rows(
        self, register: Register, tmp_path: Path
    ) -> None:
        for number in range(5):
            await register.put(f"RK{number}", at(number))
        for number, wrong in enumerate(("infinity", "0044-03-15 BC", "20001-01-01")):
            await register.run(
                f'UPDATE "户籍人口" SET "更新时间" = \'{wrong}\' '  # noqa: S608 - our values
                f"WHERE \"人员编号\" = 'RK{number}'"
            )
        bench = Bench(ADAPTER, tmp_path, [])
        async with reading(register.url()) as source:
            rows = [row for batch in await batches(source) for row in batch.rows]
        work = bench.take(rows)
        rules = [Codec().decode(m.value)[1]["rule"] for m in work.letters.values()]
        assert (len(work.outgoing), rules) == (2, ["time.unreadable"] * 3)
        bench.parts.close()

    async def test_another_encoding_is_a_letter_of_its_row_and_hides_no_other(
        self, server: tuple[Postgres, Register], tmp_path: Path
    ) -> None:
        """A database without an encoding of its own gives its bytes as they are, or nothing."""
        options = "ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
        register = await server[1].made("register_sql_ascii", options)
        await register.make_table()
        for number in range(5):
            await register.put(f"RK{number}", at(number))
        wrong = "".join(f"\\x{byte:02x}" for byte in "王小明".encode("gb18030"))
        async with register.connected(client_encoding="SQL_ASCII") as connection:
            await connection.execute(
                f'UPDATE "户籍人口" SET "姓名" = E\'{wrong}\' WHERE "人员编号" = \'RK2\''  # noqa: S608
            )
        bench = Bench(ADAPTER, tmp_path, [])
        async with reading(register.url()) as source:
            rows = [row for batch in await batches(source) for row in batch.rows]
        assert len(rows) == 5
        work = bench.take(rows)
        (letter,) = [Codec().decode(m.value)[1] for m in work.letters.values()]
        found = letter["rule"], letter["field"], letter["record_id"]
        assert found == ("text.unreadable", "姓名", "RK2")
        assert len(work.outgoing) == 4
        bench.parts.close()

    async def test_names_of_tables_are_names(self, register: Register) -> None:
        await register.put("RK1")
        wrong = Database(register.url(), '户籍人口"; DROP TABLE "户籍人口"; --', timeout=5, page=3)
        with pytest.raises(HaltError, match="no such table"):
            await wrong.newest()
        await wrong.close()
        assert await register.value('SELECT count(*) FROM "户籍人口"') == 1

    async def test_no_error_tells_the_password_or_a_row(self, register: Register) -> None:
        await register.put("RK1", 姓名="王小明")
        told = []
        for url in (register.url("registration", "falsch:geheim"), register.url()):
            async with reading(url, table="别的表") as source:
                with pytest.raises(AdapterError) as error:
                    await source.read()
            told.append(str(error.value) + error.value.finding.place)
        assert not [word for word in ("geheim", PASSWORD, "王小明") if word in "".join(told)]


async def _or_none(source: TableSource, way: Cutting) -> Batch | None:
    """The next batch; where the way was cut, it is mended."""
    for _ in range(10):
        try:
            return await source.read()
        except RetryError:
            way.left = 1 << 40
    raise AssertionError


async def _patiently(source: TableSource) -> list[str | None]:
    """What comes once what may pass has passed."""
    for _ in range(10):
        try:
            return await again(source)
        except RetryError:
            await asyncio.sleep(0.05)
    raise AssertionError


def test_all_agreed_columns_are_asked_for() -> None:
    assert set(COLUMNS) >= ADAPTER.plain
