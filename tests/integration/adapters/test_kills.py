"""Adapters as real processes on a real Kafka, killed at random points: nothing is lost."""

import asyncio
import random
from collections import Counter, defaultdict

import pytest

from ops.simulator.ledger import Truth
from tests.integration.adapters.town import Event, Found, Hub, Message, Until

DAY = 3
SOURCES = {"city_cases": "ezhou.city_cases", "police_incidents": "ezhou.police_incidents"}
TOPICS = {"city_cases": "city.cases", "police_incidents": "police.incidents"}


def version(event: Event) -> tuple[int, bytes]:
    return event["version"]["order"], event["version"]["hash"]


def has_left(event: Event) -> bool:
    return event["moved"] is not None and event["moved"]["direction"] == "left"


def winners(messages: list[Message]) -> dict[str, Event]:
    """The greatest version of each record."""
    best: dict[str, Event] = {}
    for message in messages:
        event = message.event
        known = best.get(event["record_id"])
        if not has_left(event) and (known is None or version(event) > version(known)):
            best[event["record_id"]] = event
    return best


def check_records(messages: list[Message], truth: Truth, source: str) -> None:
    """Each record stands where the city truly has it, with its true state, and nowhere else."""
    wanted = {s.record.record_id: s.state for s in truth.standings if s.key[0] == source}
    best = winners(messages)
    assert best.keys() == wanted.keys()
    for record_id, state in wanted.items():
        event = best[record_id]
        assert (event["community"], event["status"]) == (state.placing.filed, state.status)
    last: dict[tuple[str, str], Event] = {}
    for message in messages:
        last[message.event["record_id"], message.key] = message.event
    for (record_id, code), event in last.items():
        winner = best[record_id]
        if code == winner["community"]:
            assert not has_left(event)
        else:
            assert has_left(event)
            assert version(event) == version(winner)


def check_ids(messages: list[Message]) -> None:
    """One id is one event, to the byte."""
    by_id = defaultdict(set)
    for message in messages:
        by_id[message.headers["ce_id"]].add((message.key, message.value))
        assert message.headers["ce_id"] == message.event["event_id"]
        assert message.key == message.event["community"]
    assert all(len(same) == 1 for same in by_id.values())


def check_letters(letters: list[Message], truth: Truth, source: str) -> None:
    """Each bad row and file is one letter, under its rule and field."""
    events = {message.event["letter_id"]: message.event for message in letters}
    found = Counter((x["record_id"], x["rule"], x["field"]) for x in events.values())
    expected = Counter((x.record_id, x.rule, x.field) for x in truth.letters if x.source == source)
    assert found == expected


async def kill_on_the_way(hub: Hub, name: str, rng: random.Random, until: Until) -> None:
    """Start the adapter, and kill it (-9) once some more events stand on its topic.

    Where so many do not come, it is killed while it waits for its source.
    """
    loop = asyncio.get_running_loop()
    enough = await hub.count(TOPICS[name]) + rng.randint(0, 40)
    process = await hub.start("run", name)
    patience = loop.time() + 2

    async def far_enough() -> bool:
        return loop.time() > patience or await hub.count(TOPICS[name]) >= enough

    try:
        await until(far_enough, limit=20, what=f"{enough} events of {name}")
        assert process.returncode is None
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("name", ["city_cases", "police_incidents"])
async def test_killed_at_random_points_an_adapter_loses_nothing(
    found: Found, until: Until, name: str, seed: int
) -> None:
    """Compared with what the simulated departments stated, after days of life and three kills."""
    rng = random.Random(f"{name}/{seed}")
    town = await found(seed=seed)
    for day in (0, 1, DAY):
        await town.city.run_day(day)
        await kill_on_the_way(town.hub, name, rng, until)
    assert await town.hub.once(name) == 0
    truth = town.city.ledger.after(DAY)
    messages = await town.hub.messages(TOPICS[name])
    letters = await town.hub.messages(f"dlq.{TOPICS[name]}")
    check_ids(messages)
    check_records(messages, truth, SOURCES[name])
    check_letters(letters, truth, SOURCES[name])


async def test_a_lost_state_is_rebuilt_from_the_topic(found: Found) -> None:
    """The folder of an adapter is gone: it reads its topic, and sends nothing a second time."""
    town = await found(seed=7)
    await town.city.run_day(DAY)
    names = list(TOPICS)
    assert await asyncio.gather(*map(town.hub.once, names)) == [0, 0]
    before = {name: await town.hub.count(TOPICS[name]) for name in names}
    letters = {name: await town.hub.count(f"dlq.{TOPICS[name]}") for name in names}
    (town.hub.home / "home" / "adapters").rename(town.hub.home / "lost")
    assert await asyncio.gather(*map(town.hub.once, names)) == [0, 0]
    for name in names:
        assert await town.hub.count(TOPICS[name]) == before[name]
        assert await town.hub.count(f"dlq.{TOPICS[name]}") == letters[name]


async def test_nothing_that_names_a_person_can_be_read_on_the_topics(found: Found) -> None:
    """Names, ids, phones, plates, rooms and whole texts of all rows, searched in all bytes."""
    town = await found(seed=8, people=4000)
    await town.city.run_day(DAY)
    await asyncio.gather(*map(town.hub.once, TOPICS))
    topics = [*TOPICS.values(), *(f"dlq.{t}" for t in TOPICS.values()), "adapters.heartbeats"]
    messages = [message for topic in topics for message in await town.hub.messages(topic)]
    parts = [(m.key.encode(), m.value, *(v.encode() for v in m.headers.values())) for m in messages]
    everything = b"\n".join(b"\n".join(part) for part in parts)
    secrets = town.city.ledger.secrets(DAY)
    assert len(secrets) > 100
    assert [word for word in secrets if word.encode() in everything] == []
