"""The register's database, as SQLite: loaded first, then written commit by commit."""

import asyncio
import stat
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from ops.simulator import front_end, household_database
from ops.simulator.front_end import PEOPLE
from ops.simulator.memory import SimulatorError
from ops.simulator.records import System
from ops.simulator.settings import CHINA, Dirt, Settings, last_days
from ops.simulator.simulation import Simulation
from ops.simulator.targets import Targets

pytestmark = pytest.mark.long

SETTINGS = Settings(
    start=date(2026, 11, 1),
    people=300,
    registered=True,
    moves_per_thousand=20,
    registrations_per_thousand=60,
)
ONLY: tuple[System, ...] = ("household",)
Rows = list[tuple[object, ...]]
Until = Callable[..., Awaitable[None]]


def city(folder: Path, settings: Settings = SETTINGS, speed: float = 1.0) -> Simulation:
    targets = Targets(database="sqlite")
    return Simulation(folder, settings, systems=ONLY, targets=targets, speed=speed)


async def rows(url: str) -> Rows:
    """The table as a reader finds it, in the order of its index."""
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            query = sa.select(PEOPLE).order_by(PEOPLE.c["更新时间"], PEOPLE.c["人员编号"])
            return [tuple(row) for row in await connection.execute(query)]
    finally:
        await engine.dispose()


async def played(simulation: Simulation, day: int) -> Rows:
    async with simulation.living():
        await simulation.run_day(day)
        return await rows(simulation.database.url)


async def test_everybody_is_in_the_table_before_the_first_day(tmp_path: Path) -> None:
    simulation = city(tmp_path)
    async with simulation.living():
        found = await rows(simulation.database.url)
    assert [row[2] for row in sorted(found, key=lambda row: str(row[0]))] == [
        person.name for person in simulation.city.people
    ]
    assert all(isinstance(row[-1], datetime) and row[-1].year >= 2025 for row in found)


async def test_only_its_owner_may_read_where_the_database_is(tmp_path: Path) -> None:
    simulation = city(tmp_path)
    async with simulation.living():
        url = simulation.database.url_file
        assert url.read_text("utf-8").startswith("sqlite+aiosqlite:///")
        for path in (url, tmp_path / "household" / "register.sqlite"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_day_changes_the_table_as_it_was_planned(tmp_path: Path) -> None:
    """Every row is the last version that was planned, to the letter; deleted ones are not there."""
    simulation = city(tmp_path)
    found = await played(simulation, 3)
    assert simulation.population is not None
    people = list(simulation.population.residents(3))
    end = SETTINGS.day_start(4)
    last = {r: [e for e in r.entries if e.at < end] for r in people}
    wanted = [
        tuple(front_end.row(resident, entries[-1], int).values())
        for resident, entries in last.items()
        if entries and not entries[-1].gone
    ]
    assert sorted(map(repr, found)) == sorted(map(repr, wanted))
    assert len(found) < sum(bool(entries) for entries in last.values())


async def test_a_city_made_again_goes_on_where_it_was(tmp_path: Path) -> None:
    whole = await played(city(tmp_path / "whole"), 3)
    before = await played(city(tmp_path / "halved"), 1)
    assert before != whole
    assert await played(city(tmp_path / "halved"), 3) == whole


@pytest.mark.parametrize("commits", [1, 7, 20])
async def test_a_city_killed_between_two_commits_repeats_none_and_leaves_none_out(
    tmp_path: Path, commits: int
) -> None:
    whole = await played(city(tmp_path / "whole"), 1)
    killed = city(tmp_path / "killed")
    async with killed.living():
        for action in islice(killed._actions(0), commits):
            await killed._perform(action)
    assert await played(city(tmp_path / "killed"), 1) == whole


async def test_what_was_committed_is_not_undone_while_an_earlier_day_is_played_again(
    tmp_path: Path,
) -> None:
    before = await played(city(tmp_path), 3)
    again = city(tmp_path)
    async with again.living():
        for day in range(4):
            await again.run_day(day)
            assert await rows(again.database.url) == before


async def test_a_first_load_that_was_cut_short_goes_on(
    tmp_path: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await played(city(tmp_path / "whole"), 0)
    monkeypatch.setattr(front_end, "PORTION", 5)
    cut = city(tmp_path / "cut")

    async def lived() -> None:
        async with cut.living():
            pass

    async def begun() -> bool:
        path = tmp_path / "cut" / "household" / "register.sqlite"
        try:
            return len(await rows(f"sqlite+aiosqlite:///{path}")) >= 20
        except sa.exc.OperationalError:  # there is no table yet
            return False

    loading = asyncio.create_task(lived())
    await until(begun, what="20 people")
    loading.cancel()
    await asyncio.gather(loading, return_exceptions=True)
    assert await played(city(tmp_path / "cut"), 0) == whole


async def test_the_table_has_the_index_by_which_it_is_read(tmp_path: Path) -> None:
    simulation = city(tmp_path)
    async with simulation.living():
        engine = create_async_engine(simulation.database.url)
        async with engine.connect() as connection:
            found = await connection.run_sync(lambda c: sa.inspect(c).get_indexes("户籍人口"))
        await engine.dispose()
    assert [(index["column_names"], index["unique"]) for index in found] == [
        (["更新时间", "人员编号"], 0)
    ]


async def test_a_day_cannot_be_played_while_the_database_does_not_run(tmp_path: Path) -> None:
    with pytest.raises(SimulatorError, match="play days while the city is `living`"):
        await city(tmp_path).run_day(0)


async def test_live_changes_are_stamped_with_the_real_time(tmp_path: Path, until: Until) -> None:
    today = datetime.now(CHINA).date()
    settings = replace(SETTINGS, start=last_days(1, today), days=1)
    simulation = city(tmp_path, settings, speed=40_000)
    began = datetime.now(CHINA).replace(tzinfo=None)
    async with simulation.living():
        life = asyncio.create_task(simulation.run())
        await until((tmp_path / "truth" / "day-0002.json").exists, what="two live days")
        found = await rows(simulation.database.url)
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
    live = [row for row in found if isinstance(row[-1], datetime) and row[-1] > began]
    assert 0 < len(live) < len(found)
    soon = datetime.now(CHINA).replace(tzinfo=None) + timedelta(seconds=1)
    assert all(isinstance(row[-1], datetime) and row[-1] < soon for row in found)


async def test_where_there_is_no_postgresql_sqlite_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(household_database, "programs", lambda: None)
    simulation = Simulation(tmp_path, SETTINGS, Dirt.none(), systems=ONLY)
    async with simulation.living():
        assert simulation.database.url.startswith("sqlite+aiosqlite:///")
    wanted = Targets(database="postgresql")
    asked = Simulation(tmp_path, SETTINGS, Dirt.none(), systems=ONLY, targets=wanted)
    with pytest.raises(SimulatorError, match=r"Install it .* or let the simulator take SQLite"):
        async with asked.living():
            pass


async def test_a_city_without_a_register_has_no_database(tmp_path: Path) -> None:
    simulation = city(tmp_path, replace(SETTINGS, registered=False))
    async with simulation.living():
        await simulation.run_day(0)
    assert not (tmp_path / "household").exists()
    counts = simulation.ledger.after(0).counts.values()
    assert not any(one.residents_total or one.households_total for one in counts)
