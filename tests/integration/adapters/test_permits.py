"""The permits' door as a real process on a real Kafka: what is answered is there, once."""

import asyncio
import json
import random
import signal
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from datetime import date
from pathlib import Path

import pytest

from adapters.kit.times import milliseconds
from ops.broker import EmbeddedBroker
from ops.simulator.records import System
from ops.simulator.settings import Settings
from ops.simulator.simulation import Simulation
from ops.simulator.targets import Targets
from tests.integration.adapters.platform import (
    NAME,
    SECRET,
    TOPIC,
    Body,
    Reception,
    application,
    life,
    reception,
)
from tests.integration.adapters.test_kills import check_ids, check_letters, has_left, winners
from tests.integration.adapters.test_running import says, stop
from tests.integration.adapters.town import Running, Until

PLAYED: tuple[System, ...] = ("permits",)
STAGES = {"申请": "applied", "受理": "accepted", "办结": "decided", "撤回": "withdrawn"}


@pytest.fixture
async def hall(bootstrap: str, tmp_path: Path) -> AsyncIterator[Reception]:
    async with reception(bootstrap, tmp_path) as made:
        yield made


def order(body: Body) -> int:
    return milliseconds(body["gxsj"] or "") or 0


async def check_all(hall: Reception, bodies: Iterable[Body]) -> None:
    """Each version is one event, the newest stands, each bad body is one letter."""
    good = {(b["sbbh"], order(b)): b for b in bodies if b["sxbm"] == "Y01"}
    bad = {b["sbbh"] for b in bodies if b["sxbm"] != "Y01"}
    messages = await hall.hub.messages(TOPIC)
    check_ids(messages)
    stated = [m.event for m in messages if not has_left(m.event)]
    told = Counter((event["record_id"], event["version"]["order"]) for event in stated)
    assert told == Counter(good.keys()), "each version once; a `left` follows what comes late"
    newest = defaultdict[str, int](int)
    for number, at in good:
        newest[str(number)] = max(newest[str(number)], at)
    best = winners(messages)
    assert best.keys() == newest.keys()
    for number, event in best.items():
        body = good[number, newest[number]]
        assert event["version"]["order"] == newest[number]
        assert event["stage"] == STAGES[body["hj"] or ""]
        assert event["community"] == (body["sqdm"] or "420704001013")
    letters = [m.event["record_id"] for m in await hall.hub.messages(f"dlq.{TOPIC}")]
    assert sorted(letters) == sorted(str(number) for number in bad)


async def listens(hall: Reception, until: Until) -> None:
    async def open_() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", hall.port)
        except OSError:
            return False
        writer.close()
        return True

    await until(open_, limit=30, what="a door")


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
async def test_killed_at_random_points_nothing_is_lost_and_nothing_stands_twice(
    hall: Reception, running: Running, seed: int
) -> None:
    """The platform sends what was not answered again, anyhow; three times the door is killed."""
    rng = random.Random(f"permits/{seed}")
    bodies, platform = life(rng, 60), hall.platform
    sending = asyncio.create_task(platform.send_all(bodies))
    for _ in range(3):
        process, enough = await running(hall.hub, NAME), platform.taken + rng.randint(1, 40)

        def kill(process: asyncio.subprocess.Process = process, enough: int = enough) -> None:
            """At once when an answer comes: what was not yet at the broker would now be lost."""
            if platform.taken >= enough and process.returncode is None:
                process.kill()

        platform.heard = kill
        async with asyncio.timeout(60):
            await process.wait()
    platform.heard = lambda: None
    process = await running(hall.hub, NAME)
    async with asyncio.timeout(60):
        await sending
    assert await stop(process) == 0
    await check_all(hall, bodies)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_of_the_simulated_platform_everything_is_there_after_kills(
    hall: Reception, tmp_path: Path, until: Until, running: Running, seed: int
) -> None:
    """It is silent for two days, then sends all at once, with forged and half webhooks between."""
    rng = random.Random(f"platform/{seed}")
    settings = Settings(
        start=date(2026, 11, 1), seed=seed, people=4_000, days=4, permits_per_thousand=8.0,
        registered=False,
    )  # fmt: skip
    targets = Targets(receiver=hall.platform.url.removesuffix("/webhooks/permits"), secret=SECRET)
    city = Simulation(tmp_path / "city", settings, systems=PLAYED, targets=targets)
    hall.hub.environment["SHEQU_ESTATES"] = str(city.folder / "estates.csv")
    async with city.living():
        await city.run_day(3)
        for _ in range(2):
            process = await running(hall.hub, NAME)
            enough = await hall.hub.count(TOPIC) + rng.randint(1, 60)

            async def far_enough(enough: int = enough) -> bool:
                return await hall.hub.count(TOPIC) >= enough

            await until(far_enough, limit=60, what=f"{enough} events")
            process.kill()
            await process.wait()
        process = await running(hall.hub, NAME)
        async with asyncio.timeout(60):
            await city.drained()
    assert await stop(process) == 0
    assert city.platform is not None
    assert city.platform.surprises == []
    messages, letters = await hall.hub.messages(TOPIC), await hall.hub.messages(f"dlq.{TOPIC}")
    check_ids(messages)
    books = city.ledger.after(3)
    wanted = {one.permit.record_id: one for one in books.permits}
    best = winners(messages)
    assert best.keys() == wanted.keys()
    for record_id, standing in wanted.items():
        found = best[record_id]
        assert (found["community"], found["status"], found["stage"]) == (
            standing.code,
            standing.state.status,
            standing.state.stage,
        )
    check_letters(letters, books, "ezhou.permits")
    everything = b"\n".join(m.value + m.key.encode() for m in [*messages, *letters])
    secrets = city.ledger.permits.secrets(3)
    assert len(secrets) > 100
    assert [word for word in secrets if word.encode() in everything] == []


async def test_while_the_broker_is_away_nothing_is_said_to_be_done(
    tmp_path: Path, until: Until, running: Running
) -> None:
    """The adapter is killed besides: all that it held is sent again, and is there in the end."""
    broker = EmbeddedBroker(tmp_path / "kafka")
    await broker.start()
    try:
        async with reception(broker.bootstrap, tmp_path) as hall:
            process, platform = await running(hall.hub, NAME), hall.platform
            bodies = life(random.Random(7), 40)
            await listens(hall, until)
            await platform.send_all(bodies[:20])
            broker.kill()
            taken = platform.taken
            sending = asyncio.create_task(platform.send_all(bodies[20:]))
            await until(lambda: platform.answers["503"] > 20, limit=30, what="503")
            assert platform.taken == taken
            process.kill()
            await process.wait()
            await broker.start()
            process = await running(hall.hub, NAME)
            async with asyncio.timeout(60):
                await sending
            assert await stop(process) == 0
            await check_all(hall, bodies)
    finally:
        await broker.stop()


async def test_a_webhook_that_is_sent_again_after_a_restart_is_no_second_event(
    hall: Reception, running: Running, until: Until
) -> None:
    for _ in range(2):
        process = await running(hall.hub, NAME)
        await listens(hall, until)
        assert await hall.platform.send(application(1), "msg_1") == 200
        assert await hall.platform.send(application(2, sxbm="Y99"), "msg_2") == 202
        assert await stop(process) == 0
    assert await hall.hub.count(TOPIC) == 1
    assert await hall.hub.count(f"dlq.{TOPIC}") == 1


async def test_told_to_stop_while_webhooks_pour_in_it_stops_and_owes_nothing(
    hall: Reception, running: Running, until: Until
) -> None:
    hall.hub.environment["SHEQU_PERMITS__BATCH_WEBHOOKS"] = "1"  # so that somebody always waits
    process = await running(hall.hub, NAME)
    await listens(hall, until)
    taken: set[int] = set()

    async def pour(lane: int) -> None:
        for number in range(lane, 1_000_000, 32):
            if await hall.platform.try_once(application(number), f"msg_{number}") == 200:
                taken.add(number)

    pouring = [asyncio.create_task(pour(lane)) for lane in range(32)]
    await until(lambda: len(taken) > 50, limit=30)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0
    for task in pouring:
        task.cancel()
    await asyncio.gather(*pouring, return_exceptions=True)
    there = {message.event["record_id"] for message in await hall.hub.messages(TOPIC)}
    assert {f"SB{number:06}" for number in taken} <= there


async def test_silence_of_the_platform_does_not_look_like_an_answer(
    hall: Reception, running: Running, until: Until
) -> None:
    """What was last read is the last webhook; the page calls the source silent by the same."""
    process = await running(hall.hub, NAME)
    await listens(hall, until)
    first = await says(hall.hub, NAME, until, "running")
    assert first["last_read_at"] is None

    async def quiet() -> bool:
        """Longer than the silence after which the source counts as idle."""
        return bool((await hall.hub.heartbeat(NAME))["at"] > first["at"] + 1_200)

    await until(quiet, limit=10)
    assert (await hall.hub.heartbeat(NAME))["last_read_at"] is None
    await hall.platform.send(application(1))

    async def heard() -> bool:
        return (await hall.hub.heartbeat(NAME))["last_read_at"] is not None

    await until(heard, limit=10)
    assert await stop(process) == 0


async def test_once_takes_what_is_sent_until_the_platform_is_silent(hall: Reception) -> None:
    """Its first load is backfill where that is asked for, and over with the silence."""
    hall.hub.environment["SHEQU_PERMITS__BACKFILL_FIRST_LOAD"] = "true"
    for load in (range(20), range(20, 30)):
        ending = asyncio.create_task(hall.hub.once(NAME))
        await hall.platform.send_all([application(number) for number in load])
        assert await ending == 0
    events = {m.event["record_id"]: m.event for m in await hall.hub.messages(TOPIC)}
    marked = [events[f"SB{number:06}"]["backfill"] for number in range(30)]
    assert marked == [True] * 20 + [False] * 10


async def test_captured_bodies_are_taken_in_without_a_door(hall: Reception, tmp_path: Path) -> None:
    folder = tmp_path / "captured"
    folder.mkdir()
    bodies = life(random.Random(8), 30)
    text = "\n".join(json.dumps(body, ensure_ascii=False) for body in bodies)
    (folder / "export.jsonl").write_text(text, "utf-8")
    hall.hub.environment["SHEQU_PERMITS__CAPTURED"] = str(folder)
    del hall.hub.environment["SHEQU_PERMITS__SECRET"]
    for _ in range(2):
        assert await hall.hub.once(NAME) == 0
    await check_all(hall, bodies)


async def test_a_platform_that_is_mostly_wrong_halts_its_adapter_and_hears_why(
    hall: Reception, running: Running, until: Until
) -> None:
    """Each bad one was answered with its rule; then nobody listens, and the rest waits outside."""
    hall.hub.environment |= {
        "SHEQU_PERMITS__BAD_WINDOW": "10",
        "SHEQU_PERMITS__BAD_SHARE": "0.2",
    }
    process = await running(hall.hub, NAME)
    await listens(hall, until)
    for number in range(10):
        assert await hall.platform.send(application(number, sxbm="Y99")) == 202
    await says(hall.hub, NAME, until, "halted", "10 of the last 10 rows")
    assert await hall.platform.try_once(application(11), "msg_11") is None
    assert await stop(process) == 3
    del hall.hub.environment["SHEQU_PERMITS__BAD_WINDOW"]
    process = await running(hall.hub, NAME)
    assert await hall.platform.send(application(11), "msg_11") == 200
    assert await stop(process) == 0


async def test_a_port_that_is_taken_halts_the_adapter_and_says_what_to_do(
    hall: Reception,
) -> None:
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", hall.port)
    async with server:
        assert await hall.hub.once(NAME) == 3
    assert "SHEQU_PERMITS__PORT" in (await hall.hub.heartbeat(NAME))["detail"]


@pytest.mark.parametrize("secret", ["", "whsec_c2hvcnQ="])
async def test_without_a_usable_secret_nothing_begins_and_the_secret_is_not_shown(
    hall: Reception, secret: str
) -> None:
    hall.hub.environment["SHEQU_PERMITS__SECRET"] = secret
    assert await hall.hub.once(NAME) == 2
    log = (hall.hub.home / f"{NAME}.log").read_text()
    assert "setting SHEQU_PERMITS__SECRET=(not shown) is not allowed" in log
    assert "c2hvcnQ" not in log
