"""`shequ simulate` as a process of its own: it serves, and kill -9 does it no harm."""

import asyncio
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from ops.cli import build

pytestmark = pytest.mark.long

ARGUMENTS = (
    *("--people", "400", "--days", "2", "--start", "2026-11-01", "--port", "0"),
    *("--database", "sqlite"),
)
LAST = 5  # a day so late that the kill comes before it
START = ("-c", "from ops.cli import main; main()", "simulate", "all")


@asynccontextmanager
async def running(
    folder: Path, *more: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The command in a process, and the address that it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *START,
        *ARGUMENTS,
        "--folder",
        str(folder),
        *more,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
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


def files(folder: Path) -> dict[str, bytes]:
    inbox = folder / "city_cases" / "inbox"
    truths = (folder / "truth").glob("day-*.json")
    return {path.name: path.read_bytes() for path in [*inbox.iterdir(), *truths]}


def register(folder: Path) -> list[tuple[str, ...]]:
    """The table of persons."""
    with closing(sqlite3.connect(folder / "household" / "register.sqlite")) as database:
        return database.execute("SELECT * FROM 户籍人口 ORDER BY 人员编号").fetchall()


async def test_killed_within_a_day_it_goes_on_without_contradiction(tmp_path: Path) -> None:
    async with running(tmp_path / "whole", "--by-hand") as (_, base_url):
        await play(base_url, LAST)
    async with running(tmp_path / "killed", "--by-hand") as (process, base_url):
        playing = asyncio.create_task(play(base_url, LAST))
        inbox = tmp_path / "killed" / "city_cases" / "inbox"
        async with asyncio.timeout(30):
            while len(list(inbox.iterdir())) < 4:
                await asyncio.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        with pytest.raises(aiohttp.ClientError):
            await playing
    assert not (tmp_path / "killed" / "truth" / f"day-{LAST:04d}.json").exists()
    async with running(tmp_path / "killed", "--by-hand") as (_, base_url):
        await play(base_url, LAST)
    assert files(tmp_path / "killed") == files(tmp_path / "whole")
    assert register(tmp_path / "killed") == register(tmp_path / "whole") != []


async def test_it_ends_by_itself_on_ctrl_c(tmp_path: Path) -> None:
    async with running(tmp_path) as (process, _):
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            assert await process.wait() == 0


def test_a_folder_of_another_city_is_named_with_what_to_do(tmp_path: Path) -> None:
    arguments = ["simulate", "all", *ARGUMENTS, "--folder", str(tmp_path)]
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "city.json").write_text('{"seed": 8}')
    result = CliRunner().invoke(build(), [*arguments, "--seed", "9"])
    assert result.exit_code == 1
    assert "seed=8" in str(result.exception)
    assert "another folder" in str(result.exception)
