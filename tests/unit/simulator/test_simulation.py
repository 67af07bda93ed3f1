"""A running city: days on demand, restarts that change nothing, live times that are real."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ops.simulator import control
from ops.simulator.memory import SimulatorError
from ops.simulator.settings import CHINA, Dirt, Settings, last_days
from ops.simulator.simulation import API_KEY, Simulation
from ops.simulator.trickle import Trickle
from schemas.gazetteer import Gazetteer

pytestmark = pytest.mark.long

SETTINGS = Settings(start=date(2026, 11, 1), people=600, days=3)
CALM = replace(Dirt(), server_errors=0.0, half_answers=0.0, hangs=0.0)
KEY = {"X-Api-Key": API_KEY}
Until = Callable[..., Awaitable[None]]


def city(folder: Path, settings: Settings = SETTINGS, speed: float = 1.0) -> Simulation:
    return Simulation(folder, settings, CALM, half_seconds=0.01, speed=speed)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file that others may read, but for what a running city notes for itself."""
    own = {"dropped.txt", "live_since"}
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in own)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


async def rows(base_url: str) -> list[dict[str, Any]]:
    """All rows that can be seen."""
    found: list[dict[str, Any]] = []
    params = {"updated_since": "2020-01-01T00:00:00+08:00", "page_size": "500"}
    async with aiohttp.ClientSession(base_url, headers=KEY) as client:
        while True:
            params["page"] = str(len(found) // 500 + 1)
            async with client.get("/api/incidents", params=params) as answer:
                body = await answer.json()
            found += body["rows"]
            if len(found) == body["total"]:
                return found


async def test_when_a_day_is_played_all_of_it_can_be_read(tmp_path: Path) -> None:
    simulation = city(tmp_path)
    async with simulation.served() as base_url:
        await simulation.run_day(0)
        seen = {row["jqbh"] for row in await rows(base_url)}
        truth = simulation.ledger.after(0)
    incidents = {s.record.record_id for s in truth.standings if s.record.system == "police"}
    assert incidents <= seen
    names = {path.name for path in simulation.cases.inbox.iterdir()}
    assert names == {drop.name for drop in simulation.exports.day(0)}
    for drop in simulation.exports.day(0):
        whole = simulation.cases.inbox.joinpath(drop.name).read_bytes() == drop.content(int)
        assert whole == (drop.writing != "broken")


async def test_the_estates_are_there_from_the_start(tmp_path: Path) -> None:
    simulation = city(tmp_path)
    estates = Gazetteer.load(estates=tmp_path / "estates.csv").estates
    assert len(estates) == len(list(simulation.city.places.all_estates())) > 356


async def test_asking_for_a_later_day_plays_the_days_before_it(tmp_path: Path) -> None:
    one, other = city(tmp_path / "one"), city(tmp_path / "other")
    await one.run_day(2)
    for day in range(3):
        await other.run_day(day)
    assert contents(tmp_path / "one") == contents(tmp_path / "other")
    assert one.police.rows == other.police.rows


async def test_a_city_made_again_goes_on_where_it_was(tmp_path: Path) -> None:
    await city(tmp_path / "whole").run_day(2)
    await city(tmp_path / "halved").run_day(1)
    again = city(tmp_path / "halved")
    await again.run_day(2)
    assert contents(tmp_path / "whole") == contents(tmp_path / "halved")
    async with again.served() as base_url:
        numbers = {row["jqbh"] for row in await rows(base_url)}
    everyone = {r.record_id for r in again.plan.records if r.system == "police"}
    assert numbers == everyone


async def test_a_file_taken_away_is_not_dropped_again_by_a_restart(tmp_path: Path) -> None:
    first = city(tmp_path)
    await first.run_day(0)
    for path in first.cases.inbox.iterdir():
        path.unlink()
    await city(tmp_path).run_day(0)
    assert list(first.cases.inbox.iterdir()) == []


async def test_a_growing_file_is_seen_half_before_it_is_whole(tmp_path: Path, until: Until) -> None:
    always = replace(CALM, half_files=1.0, broken_files=0.0, late_files=0.0, dropped_again=0.0)
    simulation = Simulation(tmp_path, SETTINGS, always, half_seconds=0.3)
    drop = next(d for d in simulation.exports.day(0) if not d.rule)
    path, content = simulation.cases.inbox / drop.name, drop.content(int)
    playing = asyncio.create_task(simulation.run_day(0))
    await until(lambda: path.exists() and 0 < path.stat().st_size < len(content))
    await until(lambda: path.read_bytes() == content)
    playing.cancel()


def test_a_folder_refuses_a_city_of_other_arguments(tmp_path: Path) -> None:
    city(tmp_path)
    with pytest.raises(SimulatorError, match="made with seed=1"):
        city(tmp_path, replace(SETTINGS, seed=2))


def test_a_folder_remembers_its_first_day(tmp_path: Path) -> None:
    assert Simulation.first_day(tmp_path, date(2026, 1, 1)) == date(2026, 1, 1)
    city(tmp_path)
    assert Simulation.first_day(tmp_path, date(2026, 1, 1)) == SETTINGS.start


async def test_after_its_history_a_city_lives_by_the_clock(tmp_path: Path, until: Until) -> None:
    today = datetime.now(CHINA).date()
    settings = replace(SETTINGS, start=last_days(1, today), days=1)
    before = time.time()
    simulation = city(tmp_path, settings, speed=40_000)
    async with simulation.served() as base_url:
        life = asyncio.create_task(simulation.run())
        truth = tmp_path / "truth" / "day-0002.json"
        await until(truth.exists, what="two live days of two seconds each")
        seen = await rows(base_url)
        life.cancel()
    history = [row for row in seen if datetime.fromisoformat(row["gxsj"]).timestamp() < before]
    assert 0 < len(history) < len(seen)
    now = time.time()
    for row in seen:
        assert datetime.fromisoformat(row["bjsj"]).timestamp() <= now
        assert datetime.fromisoformat(row["gxsj"]).timestamp() <= now


async def test_a_history_that_ends_in_the_future_cannot_go_live(tmp_path: Path) -> None:
    settings = replace(SETTINGS, start=datetime.now(CHINA).date(), people=10, days=5)
    with pytest.raises(SimulatorError, match="end in the future: start earlier"):
        await city(tmp_path, settings).run()


async def test_the_strings_play_days_fail_answers_and_tell_the_truth(tmp_path: Path) -> None:
    simulation = city(tmp_path)
    async with (
        simulation.served(control.application(simulation)) as base_url,
        aiohttp.ClientSession(base_url, headers=KEY) as client,
    ):
        async with client.post("/control/day", params={"n": "1"}) as answer:
            assert (await answer.json())["rows"] == simulation.police.rows > 0
        async with client.get("/control/truth", params={"day": "1"}) as answer:
            assert await answer.json() == json.loads(simulation.ledger.after(1).as_json())
        async with client.post("/control/fail", params={"how": "error", "times": "1"}) as answer:
            assert answer.status == 200
        async with client.get("/api/incidents") as answer:
            assert answer.status == 400
        params = {"updated_since": "2026-11-01T00:00:00+08:00"}
        async with client.get("/api/incidents", params=params) as answer:
            assert answer.status == 500
        async with client.post("/control/fail", params={"how": "burn"}) as answer:
            assert answer.status == 400
            assert "error, half, hang" in await answer.text()


async def test_a_trickle_is_stamped_with_the_real_time_and_holds_its_rate(
    tmp_path: Path, until: Until
) -> None:
    simulation = city(tmp_path)
    trickle = Trickle(simulation.city, simulation.police, per_second=200)
    began = time.time() * 1000
    flow = asyncio.create_task(trickle.run())
    await until(lambda: len(trickle.emitted) >= 100)
    flow.cancel()
    assert 400 < time.time() * 1000 - began < 2_000
    assert len({number for number, _, _ in trickle.emitted}) == len(trickle.emitted)
    async with simulation.served() as base_url:
        seen = await rows(base_url)
    for (number, at, community), row in zip(trickle.emitted, seen, strict=True):
        assert (row["jqbh"], row["sqdm"], row["sfzsq"]) == (number, community, "1")
        assert datetime.fromisoformat(row["gxsj"]).timestamp() * 1000 == pytest.approx(at)
