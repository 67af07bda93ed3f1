"""A real PostgreSQL in front of the simulated register: what readers may, and what a kill does."""

import asyncio
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from ops.simulator.front_end import PEOPLE
from ops.simulator.memory import SimulatorError
from ops.simulator.postgres import HOST
from ops.simulator.postgres_place import CITY, FRESH_SECONDS, User, data_folder, programs
from ops.simulator.records import System
from ops.simulator.settings import Settings
from ops.simulator.simulation import Simulation
from ops.simulator.targets import Targets

pytestmark = pytest.mark.skipif(
    programs() is None or User.current() is None, reason="no PostgreSQL is installed"
)
PEOPLE_IN_ALL, LAST = 400, 4
SETTINGS = Settings(start=date(2026, 11, 1), people=PEOPLE_IN_ALL, registered=True)
ONLY: tuple[System, ...] = ("household",)
START = ("-m", "ops", "simulate", "household", "--people", str(PEOPLE_IN_ALL), "--days", "2",
         "--start", "2026-11-01", "--port", "0", "--by-hand")  # fmt: skip
Rows = list[tuple[object, ...]]
Until = Callable[..., Awaitable[None]]


@pytest.fixture
async def folder(tmp_path: Path, until: Until) -> AsyncIterator[Path]:
    """A city's folder; where root may not run the server in it, its data are elsewhere."""
    city = tmp_path / "city"
    yield city
    elsewhere = city / "household" / "postgres_at"
    if elsewhere.exists():
        data = Path(elsewhere.read_text("utf-8"))
        await until(lambda: not (data / "data" / "postmaster.pid").exists(), what="the server ends")
        shutil.rmtree(data)


def postgresql(folder: Path) -> Simulation:
    return Simulation(folder, SETTINGS, systems=ONLY, targets=Targets(database="postgresql"))


async def rows(url: str) -> Rows:
    """The table as a reader finds it."""
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            query = sa.select(PEOPLE).order_by(PEOPLE.c["人员编号"])
            return [tuple(row) for row in await connection.execute(query)]
    finally:
        await engine.dispose()


def is_answered(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, sa.make_url(url).port or 0)) == 0


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The command in a process, and the address of its strings."""
    arguments = (*START, "--folder", str(folder), "--database", "postgresql")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            while (
                found := re.search(rb"at (http://\S+),", await process.stdout.readline())
            ) is None:
                assert process.returncode is None
        yield process, found[1].decode()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def play(base_url: str, day: int) -> None:
    async with (
        aiohttp.ClientSession(base_url) as client,
        client.post("/control/day", params={"n": str(day)}) as answer,
    ):
        assert answer.status == 200


async def test_its_table_is_the_same_as_in_sqlite_to_the_millisecond(
    folder: Path, tmp_path: Path
) -> None:
    found = []
    for simulation in (
        postgresql(folder),
        Simulation(tmp_path / "other", SETTINGS, systems=ONLY, targets=Targets(database="sqlite")),
    ):
        async with simulation.living():
            await simulation.run_day(2)
            found.append(await rows(simulation.database.url))
    assert found[0] == found[1]
    assert len(found[0]) > PEOPLE_IN_ALL / 2


async def test_readers_may_read_the_table_and_nothing_else(folder: Path) -> None:
    simulation = postgresql(folder)
    async with simulation.living():
        engine = create_async_engine(simulation.database.url)
        for forbidden in (
            'DELETE FROM "户籍人口"',
            'UPDATE "户籍人口" SET "姓名" = \'\'',
            "SELECT * FROM simulator_progress",
            "CREATE TABLE mine (number int)",
        ):
            async with engine.connect() as connection:
                with pytest.raises(sa.exc.DBAPIError, match="permission denied"):
                    await connection.execute(sa.text(forbidden))
        await engine.dispose()


async def test_it_ends_with_the_block_and_comes_back_with_its_data(folder: Path) -> None:
    for _ in range(2):
        simulation = postgresql(folder)
        async with simulation.living():
            await simulation.run_day(0)
            url = simulation.database.url
            before = await rows(url)
        assert not is_answered(url)
    async with postgresql(folder).living():
        assert await rows(simulation.database.url) == before


async def test_a_second_simulator_of_the_city_is_told_that_there_is_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.simulator.postgres.STOP_SECONDS", 0.2)
    async with postgresql(folder).living():
        with pytest.raises(SimulatorError, match="Another simulator plays this city"):
            async with postgresql(folder).living():
                pass


async def test_killed_within_a_day_it_ends_and_goes_on_without_contradiction(
    folder: Path, tmp_path: Path, until: Until
) -> None:
    """Kill -9 takes the server along; the table is in the end that of a city never killed."""
    whole = Simulation(
        tmp_path / "whole",
        Settings(start=SETTINGS.start, people=PEOPLE_IN_ALL, days=2, registered=True),
        systems=ONLY,
        targets=Targets(database="sqlite"),
    )
    async with whole.living():
        await whole.run_day(LAST)
        wanted = await rows(whole.database.url)
    url_file = folder / "household" / "database_url"
    async with running(folder) as (process, base_url):
        await play(base_url, 1)
        url = url_file.read_text("utf-8").strip()
        before = await rows(url)
        playing = asyncio.create_task(play(base_url, LAST))

        async def has_changed() -> bool:
            return await rows(url) != before

        await until(has_changed, what="a commit of a later day")
        process.send_signal(signal.SIGKILL)
        await asyncio.gather(playing, return_exceptions=True)
        await until(lambda: not is_answered(url), what="the end of the server")
    async with running(folder) as (_, base_url):
        await play(base_url, LAST)
        assert await rows(url_file.read_text("utf-8").strip()) == wanted


@pytest.fixture
def hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that no other user can pass through; temporary folders are made elsewhere."""
    apart = tmp_path / "temporary"
    apart.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(apart))
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    return hidden


def placed(city: Path) -> Path:
    """Where the data of the city lie."""
    user = User.current()
    assert user is not None
    city.mkdir(exist_ok=True)
    return data_folder(user, city)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must run it as another user")
def test_data_that_had_to_be_put_elsewhere_go_when_their_city_is_gone(hidden: Path) -> None:
    first = placed(hidden / "one")
    assert placed(hidden / "one") == first
    assert first.stat().st_uid != os.geteuid()
    assert hidden not in first.parents
    shutil.rmtree(hidden / "one")
    second = placed(hidden / "other")
    assert (first.exists(), second.exists()) == (False, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must run it as another user")
def test_data_of_a_city_that_was_made_anew_in_the_same_place_go_too(hidden: Path) -> None:
    first = placed(hidden / "one")
    shutil.rmtree(hidden / "one")
    second = placed(hidden / "one")
    assert placed(hidden / "other").exists()
    assert (first.exists(), second.exists()) == (False, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must run it as another user")
def test_a_folder_that_a_kill_left_without_a_city_goes_once_nobody_can_be_making_it(
    hidden: Path,
) -> None:
    interrupted, old = placed(hidden / "one"), placed(hidden / "other")
    for folder in (interrupted, old):
        (folder / CITY).unlink()
    hour = time.time() - 2 * FRESH_SECONDS
    os.utime(old, (hour, hour))
    assert placed(hidden / "third").exists()
    assert (interrupted.exists(), old.exists()) == (True, False)
    assert placed(hidden / "one") == interrupted
    assert (interrupted / CITY).read_text("utf-8") == str(hidden / "one")
