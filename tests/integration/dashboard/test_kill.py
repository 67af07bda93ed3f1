"""Killed at any moment, the projector goes on exactly there: nothing is lost, nothing is twice."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaProducer

if TYPE_CHECKING:
    from tests.integration.dashboard.conftest import City, Message

CODES = ("420704001013", "420704001000", "420704002001", "420700000000")
TOPICS = ("views.incidents", "views.cases", "views.requests", "tasks")
TABLES = dict(zip(TOPICS, ("incidents", "cases", "requests", "tasks"), strict=True))
TRANSACTIONS, ROWS = 60, 100
KILLS = 3
Until = Callable[..., Awaitable[None]]
Truth = dict[tuple[str, str], str]


@contextmanager
def _process(city: "City") -> Iterator[subprocess.Popen[bytes]]:
    """`shequ projector` in small batches, so that there is a middle to be killed in."""
    settings = city.settings
    env = {
        **os.environ,
        "SHEQU_BOOTSTRAP": settings.bootstrap,
        "SHEQU_HOME": str(settings.home),
        "SHEQU_TOPIC_PREFIX": settings.topic_prefix,
        "SHEQU_BATCH_RECORDS": "50",
    }
    with (settings.home / "projector.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops", "projector"], env=env, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _city_life(city: "City", dice: random.Random) -> Iterator[tuple[list["Message"], Truth, bool]]:
    """Transactions: messages, what they make true, and whether they are committed."""
    for _ in range(TRANSACTIONS):
        messages: list[Message] = []
        truth: Truth = {}
        for _ in range(ROWS):
            name, code = dice.choice(TOPICS), dice.choice(CODES)
            key = f"{code}/{dice.randrange(200)}"
            if dice.random() < 0.2:
                messages.append(city.removed(name, key))
                truth[name, key] = ""
            else:
                mark = str(dice.random())
                messages.append(city.message(name, key, code=code, summary=mark, evidence=mark))
                truth[name, key] = mark
        yield messages, truth, dice.random() < 0.8


async def _tell(city: "City", dice: random.Random) -> Truth:
    """Append a city's life; the truth is what the committed transactions say last."""
    truth: Truth = {}
    producer = AIOKafkaProducer(
        bootstrap_servers=city.bootstrap, transactional_id=city.settings.topic_prefix
    )
    await producer.start()
    sent = []
    for messages, says, committed in _city_life(city, dice):
        await producer.begin_transaction()
        for topic, key, value in messages:
            sent.append(await producer.send(topic, value, key))
        if committed:
            await producer.commit_transaction()
            truth |= says
        else:
            await producer.flush()
            await producer.abort_transaction()
    await producer.stop()
    await city.settled([await record for record in sent])
    return {place: mark for place, mark in truth.items() if mark}


@pytest.mark.parametrize("seed", range(5))
async def test_killed_again_and_again_the_rows_are_what_the_topics_say(
    city: "City", until: Until, seed: int
) -> None:
    dice = random.Random(seed)
    truth = await _tell(city, dice)
    whole = sum((await city.ends()).values())
    marks = sorted(dice.randrange(whole // 2) for _ in range(KILLS))
    generations = set()
    for mark in marks:
        with _process(city) as process:
            await until(lambda mark=mark: city.has_read(mark))
            process.send_signal(signal.SIGKILL)
        generations.add((await city.meta())["generation"])
        assert mark != marks[0] or not await city.has_read(whole), "killed in the middle"
    with _process(city):
        await until(city.caught_up)
    generations.add((await city.meta())["generation"])
    assert len(generations) == 1, "it went on; it did not begin anew"
    assert await _shown(city) == truth
    assert await _changes_are_numbered_without_gap(city)


async def _shown(city: "City") -> Truth:
    shown: Truth = {}
    for name, table in TABLES.items():
        field = "evidence" if name == "views.requests" else "summary"
        shown |= {(name, row["row_key"]): row[field] for row in await city.rows(table)}
    return shown


async def _changes_are_numbered_without_gap(city: "City") -> bool:
    numbers = [row["seq"] for row in await city.rows("changes")]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))
