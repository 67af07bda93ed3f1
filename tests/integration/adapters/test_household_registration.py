"""The reader of the register as a real process, on real databases and a real Kafka."""

import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from adapters.kit.assembly import now_ms
from ops.simulator.census import Census
from ops.simulator.household_database import Sort
from ops.simulator.settings import Dirt, Settings
from ops.simulator.simulation import Simulation
from ops.simulator.targets import Targets
from tests.integration.adapters.register import PASSWORD, Register, at, server_in
from tests.integration.adapters.test_kills import check_ids, has_left, version, winners
from tests.integration.adapters.town import Hub, Message, Running, Until, hub_of

NAME, TOPIC = "household_registration", "household.moves"
PREFIX = "SHEQU_HOUSEHOLD_REGISTRATION__"
LAST = 3

Registered = Callable[..., Awaitable[tuple[Simulation, Hub]]]


@pytest.fixture
async def registered(bootstrap: str, tmp_path: Path) -> AsyncIterator[Registered]:
    """A city of nothing but a register, and a hub that reads it: takes `seed` and `sort`."""
    async with contextlib.AsyncExitStack() as living:

        async def make(seed: int, sort: Sort) -> tuple[Simulation, Hub]:
            city = Simulation(
                tmp_path / f"city-{seed}",
                settings(seed),
                Dirt(silent=(), deleted_rows=0.1),
                systems=["household"],
                targets=Targets(database=sort),
            )
            await living.enter_async_context(city.living())
            hub = await hub_of(bootstrap, tmp_path, city, "")
            hub.environment |= {
                f"{PREFIX}URL": city.database.url,
                f"{PREFIX}PAGE_SIZE": "17",
                f"{PREFIX}POLL_SECONDS": "0.05",
                f"{PREFIX}SWEEP_SECONDS": "0.001",
            }
            return city, hub

        yield make


def settings(seed: int) -> Settings:
    """Much happens to few."""
    return Settings(
        start=date(2026, 11, 1),
        seed=seed,
        people=400,
        days=LAST + 1,
        registered=True,
        incidents_per_thousand=0,
        cases_per_thousand=0,
        moves_per_thousand=60,
        registrations_per_thousand=40,
    )


def census(city: Simulation) -> Census:
    assert city.population is not None
    return Census(city.population, ["household"])


def check_people(messages: list[Message], city: Simulation, looks: Sequence[int]) -> None:
    """Each person stands where the register has them, as it has them, and nowhere else.

    Whose row was bad or gone at the end stands as one of the states before, or not at all: which
    of those were read is up to when the reader was killed.
    """
    best = winners(messages)
    people = {p.resident.record_id: p for p in census(city).people(LAST, looks)}
    assert best.keys() <= people.keys()
    for record_id, person in people.items():
        entries = [entry for entry in person.resident.entries if entry.good]
        last = person.resident.entries
        told = best.get(record_id)
        told_states = [
            (entry.placing.filed, "registered" if entry.registered else "cancelled")
            for entry in entries
        ]
        readable = [entry for entry in last if entry.at < end_of(city, LAST)]
        if readable[-1].good:
            assert told is not None
            wanted = told_states[entries.index(readable[-1])]
            assert (told["community"], told["status"]) == wanted
        elif told is not None:
            assert (told["community"], told["status"]) in told_states


def end_of(city: Simulation, day: int) -> int:
    return city.settings.day_start(day + 1)


def check_moves(messages: list[Message]) -> None:
    """Whoever went somewhere else is told so where they were, last of all, under one version."""
    best, last = winners(messages), {}
    for message in messages:
        last[message.event["record_id"], message.key] = message.event
    for (record_id, code), event in last.items():
        assert has_left(event) == (code != best[record_id]["community"])
        if has_left(event):
            assert version(event) == version(best[record_id])
            hidden = ("household", "relation", "sex", "person", "personal", "cancelled_because")
            assert {event[field] for field in hidden} == {None}


def check_letters(letters: list[Message], city: Simulation, looks: Sequence[int]) -> None:
    """Every bad and every deleted row that was there at the end is one letter; no other is."""
    found = Counter((m.event["record_id"], m.event["rule"], m.event["field"]) for m in letters)
    at_end = census(city).after(LAST, [LAST]).bad
    at_all = census(city).after(LAST, looks).bad
    assert not [row for row in at_end if not found[row.record_id, row.rule, row.field]]
    assert found.keys() <= {(row.record_id, row.rule, row.field) for row in at_all}
    assert len({m.event["letter_id"] for m in letters}) == len(letters)


async def kill_on_the_way(hub: Hub, rng: random.Random, until: Until) -> None:
    """Start the reader, and kill it (-9) once some more events stand on its topic.

    Where so many do not come, it is killed a while after it has begun to read.
    """
    enough, started = await hub.count(TOPIC) + rng.randint(0, 400), now_ms()
    patience, reads_since = rng.randint(0, 1500), list[int]()
    process = await hub.start("run", NAME)

    async def far_enough() -> bool:
        if await hub.count(TOPIC) >= enough:
            return True
        if not reads_since:
            read_at = (await hub.heartbeat(NAME)).get("last_read_at") or 0
            reads_since.extend([read_at] if read_at > started else [])
        return bool(reads_since) and now_ms() - reads_since[0] > patience

    try:
        await until(far_enough, limit=60, what=f"{enough} events")
        assert process.returncode is None
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
async def test_killed_at_random_points_it_loses_nothing_and_tells_nothing_twice(
    registered: Registered, until: Until, seed: int
) -> None:
    """Moves, corrections within one ms, late commits, a slow clock, bad and deleted rows."""
    rng = random.Random(f"{NAME}/{seed}")
    city, hub = await registered(seed, "postgresql" if seed % 2 else "sqlite")
    looks = [-1]
    await kill_on_the_way(hub, rng, until)
    for day in (0, 1, LAST):
        await city.run_day(day)
        looks.append(day)
        await kill_on_the_way(hub, rng, until)
    assert await hub.once(NAME) == 0
    messages, letters = await hub.messages(TOPIC), await hub.messages(f"dlq.{TOPIC}")
    ids = [message.event["event_id"] for message in messages]
    assert len(set(ids)) == len(ids)
    assert any(has_left(message.event) for message in messages)
    check_ids(messages)
    check_moves(messages)
    check_people(messages, city, looks)
    check_letters(letters, city, looks)
    assert any(letter.event["rule"] == "row.gone" for letter in letters)
    assert await hub.once(NAME) == 0
    assert await hub.count(TOPIC) == len(messages)
    assert await hub.count(f"dlq.{TOPIC}") == len(letters)


async def test_a_lost_state_is_rebuilt_from_the_topic(registered: Registered) -> None:
    """The reader's folder is gone: it reads its topic, then the table, and sends nothing again."""
    city, hub = await registered(7, "postgresql")
    for day in (0, 1):
        await city.run_day(day)
        assert await hub.once(NAME) == 0
    before = await hub.count(TOPIC), await hub.count(f"dlq.{TOPIC}")
    (hub.home / "home" / "adapters").rename(hub.home / "lost")
    assert await hub.once(NAME) == 0
    assert (await hub.count(TOPIC), await hub.count(f"dlq.{TOPIC}")) == before


async def test_each_change_read_day_by_day_is_in_the_books(registered: Registered) -> None:
    """With the table read whole at the end of each day, counts and letters are exact."""
    city, hub = await registered(8, "postgresql")
    looks = [-1]
    assert await hub.once(NAME) == 0
    for day in range(LAST + 1):
        await city.run_day(day)
        assert await hub.once(NAME) == 0
        looks.append(day)
    truth = census(city).after(LAST, looks)
    best = winners(await hub.messages(TOPIC))
    here = [event for event in best.values() if event["status"] == "registered"]
    assert Counter(event["community"] for event in here) == truth.residents
    households = {(event["community"], event["household"]) for event in here}
    assert Counter(code for code, _ in households) == truth.households
    letters = await hub.messages(f"dlq.{TOPIC}")
    found = Counter((m.event["record_id"], m.event["rule"], m.event["field"]) for m in letters)
    assert found == Counter((row.record_id, row.rule, row.field) for row in truth.bad)


async def test_it_lives_through_a_restart_of_the_database(
    bootstrap: str, tmp_path: Path, running: Running, until: Until
) -> None:
    """Shown as waiting while the server is down; what is written after it follows by itself."""
    folder = tmp_path / "register"
    folder.mkdir()
    server = server_in(folder)
    async with server.running(PASSWORD) as port:
        register = Register(port, "postgres")
        await register.make_table()
        await register.put("RK0000000001")
        hub = await hub_beside(bootstrap, tmp_path, register.url())
        await running(hub, NAME)
        await until(lambda: _count_is(hub, 1), what="the first row")
    await until(lambda: _mood_is(hub, "retrying"), what="a heartbeat that says so")
    detail = (await hub.heartbeat(NAME))["detail"]
    assert "source.away" in detail
    assert PASSWORD not in detail
    async with server.running(PASSWORD, port):
        await register.put("RK0000000002", at(5))
        await until(lambda: _count_is(hub, 2), what="the second row")
        await until(lambda: _mood_is(hub, "running"), what="a heartbeat that says so")


async def test_a_column_that_is_renamed_stops_it_loudly(
    bootstrap: str, tmp_path: Path, running: Running, until: Until
) -> None:
    """It goes on saying so, until somebody mends the table and starts it again."""
    folder = tmp_path / "register"
    folder.mkdir()
    async with server_in(folder).running(PASSWORD) as port:
        register = Register(port, "postgres")
        await register.make_table()
        hub = await hub_beside(bootstrap, tmp_path, register.url())
        await running(hub, NAME)
        await until(lambda: _mood_is(hub, "running"), what="the first heartbeat")
        await register.run('ALTER TABLE "户籍人口" RENAME COLUMN "住址" TO "地址"')
        await until(lambda: _mood_is(hub, "halted"), what="a heartbeat that says so")
        detail = (await hub.heartbeat(NAME))["detail"]
        assert "no columns 住址" in detail
        await register.run('ALTER TABLE "户籍人口" RENAME COLUMN "地址" TO "住址"')
        await register.put("RK0000000001")
        hub.environment["SHEQU_HOME"] = str(tmp_path / "another")  # the halted one holds its own
        assert await hub.once(NAME) == 0
        assert await hub.count(TOPIC) == 1


async def hub_beside(bootstrap: str, folder: Path, url: str) -> Hub:
    """A hub that reads one database, without a city."""
    city = Simulation(folder / "city", Settings(start=date(2026, 11, 1), people=100), Dirt.none())
    hub = await hub_of(bootstrap, folder, city, "")
    hub.environment |= {f"{PREFIX}URL": url, f"{PREFIX}POLL_SECONDS": "0.05"}
    return hub


async def _count_is(hub: Hub, count: int) -> bool:
    return await hub.count(TOPIC) == count


async def _mood_is(hub: Hub, mood: str) -> bool:
    return (await hub.heartbeat(NAME)).get("state") == mood


async def test_nothing_that_names_a_person_can_be_read_anywhere(registered: Registered) -> None:
    """Names, ids, phones, households, rooms, and the password, in all bytes and the log."""
    city, hub = await registered(9, "postgresql")
    await city.run_day(1)
    assert await hub.once(NAME) == 0
    topics = [TOPIC, f"dlq.{TOPIC}", "adapters.heartbeats"]
    messages = [message for topic in topics for message in await hub.messages(topic)]
    parts = [(m.key.encode(), m.value, *(v.encode() for v in m.headers.values())) for m in messages]
    everything = b"\n".join(b"\n".join(part) for part in parts)
    everything += (hub.home / f"{NAME}.log").read_bytes()
    password = city.database.url.split(":")[2].split("@")[0]
    secrets = [*set(census(city).secrets(1)), password]
    assert len(secrets) > 1000
    assert [word for word in secrets if word.encode() in everything] == []
