"""A whole city whose platform sends: days, silence, restarts, and the command, killed."""

import asyncio
import json
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from typer.testing import CliRunner

from ops.cli import build
from ops.simulator import control
from ops.simulator.city import City
from ops.simulator.exports import Exports
from ops.simulator.ledger import Ledger
from ops.simulator.permit_books import PermitBooks
from ops.simulator.permit_feed import feed
from ops.simulator.permit_plan import PermitPlan
from ops.simulator.permit_platform import CONCURRENCY
from ops.simulator.plan import Plan
from ops.simulator.police_system import served
from ops.simulator.records import System
from ops.simulator.settings import Settings
from ops.simulator.simulation import Simulation
from ops.simulator.targets import Targets
from ops.simulator.webhooks import PATH

pytestmark = pytest.mark.long

SETTINGS = Settings(start=date(2026, 11, 1), people=400, days=4, permits_per_thousand=60)
ARGUMENTS = ("--people", "8000", "--days", "2", "--start", "2026-11-01", "--port", "0", "--clean")
ANSWERS = 6
Until = Callable[..., Awaitable[None]]


class Receiver:
    """Takes everything; `heard` are bodies by webhook-id and how often.

    It answers so many at once, and those beyond only when it is told to `answer_all`.
    """

    def __init__(self, answers: int | None = None) -> None:
        self.heard: dict[str, Counter[str]] = {}
        self.answer_all = asyncio.Event()
        self._answers = answers

    async def take(self, request: web.Request) -> web.Response:
        body = (await request.read()).decode(errors="replace")
        self.heard.setdefault(request.headers["webhook-id"], Counter())[body] += 1
        if self._answers is not None and len(self.heard) > self._answers:
            await self.answer_all.wait()
        return web.Response()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        application = web.Application()
        application.router.add_post(PATH, self.take)
        async with served(application) as url:
            yield url


def own(settings: Settings, days: int) -> set[str]:
    """Ids of what a platform itself has to say in its first days."""
    plan = PermitPlan(City(settings))
    return {hook.id for day in range(days) for hook in feed(plan, day) if hook.sort == "own"}


def written_total(folder: Path, day: int) -> int:
    """All permits of the truth that stands in the folder."""
    truth = json.loads((folder / "truth" / f"day-{day:04d}.json").read_text())
    return sum(counts["permits_total"] for counts in truth["counts"].values())


def acknowledged(folder: Path) -> list[str]:
    """Ids that the platform remembers."""
    lines = (folder / "permits" / "acknowledged.txt").read_text().splitlines()
    return [line.split()[0] for line in lines]


async def test_what_was_drained_has_arrived_and_what_is_held_back_has_not(tmp_path: Path) -> None:
    receiver = Receiver()
    async with receiver.open() as url:
        city = Simulation(tmp_path, SETTINGS, targets=Targets(receiver=url))
        async with city.living():
            for day in range(4):
                await city.run_day(day)
                await city.drained()
                assert set(receiver.heard) >= own(SETTINGS, day + 1)
                standing = {s.permit.record_id for s in city.ledger.after(day).permits}
                said = {text for texts in receiver.heard.values() for text in texts}
                assert all(any(number in text for text in said) for number in standing)
    totals = [written_total(tmp_path, day) for day in range(4)]
    assert totals[0] == totals[1] == totals[2] < totals[3]


async def test_a_city_made_again_sends_nothing_twice_that_was_acknowledged(tmp_path: Path) -> None:
    receiver = Receiver()
    async with receiver.open() as url:
        for _ in range(2):
            city = Simulation(tmp_path, SETTINGS, targets=Targets(receiver=url))
            async with city.living():
                await city.run_day(0)
                await city.drained()
    hooks = Counter(hook.id for hook in feed(PermitPlan(City(SETTINGS)), 0))
    assert {name: texts.total() for name, texts in receiver.heard.items()} == hooks


async def test_nothing_is_sent_by_a_city_that_only_plays_its_days(tmp_path: Path) -> None:
    receiver = Receiver()
    async with receiver.open() as url:
        city = Simulation(tmp_path, SETTINGS, targets=Targets(receiver=url))
        await city.run_day(0)
        assert receiver.heard == {}


async def test_a_process_that_plays_another_system_sends_nothing(tmp_path: Path) -> None:
    targets = Targets(receiver="http://127.0.0.1:9", registry="http://127.0.0.1:9", bootstrap="x:9")
    police: tuple[System, ...] = ("police",)
    city = Simulation(tmp_path, SETTINGS, systems=police, targets=targets)
    assert (city.platform, city.department) == (None, None)
    async with city.living():
        await city.run_day(3)
        await city.drained()


async def test_a_string_tells_when_all_has_arrived(tmp_path: Path) -> None:
    receiver = Receiver()
    async with receiver.open() as url:
        city = Simulation(tmp_path, SETTINGS, targets=Targets(receiver=url))
        async with (
            city.served(control.application(city)) as base_url,
            aiohttp.ClientSession(base_url) as client,
        ):
            await client.post("/control/day", params={"n": "0"})
            async with client.post("/control/drained") as answer:
                assert answer.status == 200
            assert set(receiver.heard) >= own(SETTINGS, 1)


def test_permits_are_in_the_citys_books_with_a_task_for_each_act_that_is_asked(
    permit_plan: PermitPlan,
) -> None:
    plan = Plan(permit_plan.city)
    ledger = Ledger(plan, Exports(plan, int), PermitBooks(permit_plan))
    truth = ledger.after(3)
    counts = truth.counts.values()
    assert sum(c.permits_total for c in counts) == len(truth.permits)
    tasks = [task for task in truth.tasks if {s for s, _ in task.requests} == {"ezhou.permits"}]
    assert len(tasks) == sum(c.acts_total - c.acts_refused for c in counts)
    assert {task.state for task in tasks} == {"open", "closed", "void"}
    assert all(len(task.requests) == 1 for task in tasks)
    assert sum(c.tasks_total for c in counts) == len(truth.tasks)
    assert sum(c.requests_total for c in counts) == sum(len(t.requests) for t in truth.tasks)
    assert sum(c.unlocated for code, c in truth.counts.items() if code[9:] != "000") == 0
    bad = [x for x in truth.letters if x.source == "ezhou.permits"]
    assert len(bad) == len(list(ledger.permits.bad(3)))
    assert ledger.permits.secrets(3) <= ledger.secrets(3)


@asynccontextmanager
async def running(
    folder: Path, receiver: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """`shequ simulate permits` in a process, and the address that it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", "from ops.cli import main; main()", "simulate", "permits", "--by-hand"),
        *(*ARGUMENTS, "--folder", str(folder), "--receiver", receiver),
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


async def test_killed_while_it_sends_it_sends_the_rest_when_it_runs_again(
    tmp_path: Path, until: Until
) -> None:
    receiver = Receiver(answers=ANSWERS)
    async with receiver.open() as url:
        async with running(tmp_path, url) as (process, base_url):
            async with aiohttp.ClientSession(base_url) as client:
                await client.post("/control/day", params={"n": "0"})
            await until(lambda: len(receiver.heard) == ANSWERS + CONCURRENCY)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        before = set(receiver.heard)
        receiver.answer_all.set()
        async with (
            running(tmp_path, url) as (_, base_url),
            aiohttp.ClientSession(base_url) as client,
        ):
            await client.post("/control/day", params={"n": "0"})
            await client.post("/control/drained")
    assert len(before) < len(receiver.heard)
    assert sorted(receiver.heard) == sorted(acknowledged(tmp_path))
    again = {name for name, texts in receiver.heard.items() if texts.total() > 1}
    assert again <= before
    assert len(again) == CONCURRENCY  # those that were under way


def test_a_secret_that_is_none_is_said_in_one_message(tmp_path: Path) -> None:
    arguments = ["simulate", "permits", *ARGUMENTS, "--folder", str(tmp_path)]
    more = ["--receiver", "http://127.0.0.1:9", "--secret", "swordfish"]
    result = CliRunner().invoke(build(), [*arguments, *more])
    assert result.exit_code == 1
    assert "whsec_ and the key in base64" in str(result.exception)
