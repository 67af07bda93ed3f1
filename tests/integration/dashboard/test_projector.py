"""What stands on the view topics, and only that, stands in the read model."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete

from dashboard.projector import FencedError, Projector

if TYPE_CHECKING:
    from tests.integration.dashboard.conftest import City

HOME, DESK = "420704001013", "420704001000"
Until = Callable[..., Awaitable[None]]


async def test_every_view_comes_in_with_its_kinds_moves_and_clocks(
    city: "City", until: Until
) -> None:
    kind = {"list": "ezhou.police.kind", "version": "2021", "value": "P41"}
    clock = {
        "name": "dispose",
        "due_at": 9,
        "state": "running",
        "calendar": "natural",
        "reason": "",
    }
    transit = {
        "direction": "arrived",
        "counterpart": DESK,
        "version": {"order": 17, "hash": b"h"},
        "since": 5,
        "overdue": True,
    }
    refusal = dict.fromkeys(("list", "list_version", "value", "evidence"), "")
    refusal["rule"] = "proof.prohibited"
    await city.say(
        city.message(
            "views.incidents",
            f"{HOME}/a",
            code=HOME,
            status="open",
            kind=kind,
            moved={"direction": "arrived", "counterpart": DESK},
            version={"order": 17, "hash": b"h"},
        ),
        city.message("views.cases", f"{HOME}/b", code=HOME, status="void", kind=kind),
        city.message("views.residents", f"{HOME}/p", code=HOME, relation=kind, transit=transit),
        city.message("views.households", f"{HOME}/h", code=HOME, household="e1.H", members=3),
        city.message("views.permits", f"{HOME}/s", code=HOME, item=kind, refusal=refusal),
        city.message("views.requests", f"{HOME}/r", code=HOME, task_id="t"),
        city.message("views.summary", f"{HOME}/summary", code=HOME, tasks_open=1),
        city.message("tasks", f"{HOME}/t", code=HOME, task_id="t", kind=kind, clocks=[clock]),
        city.message("task.events", f"{HOME}/e", code=HOME, task_id="t", event_id="e", what="made"),
        city.message("adapters.heartbeats", "city_cases", adapter="city_cases", events=3),
        city.message(
            "dlq.city.cases", "l", letter_id="l", topic="city.cases", rule="field.missing"
        ),
    )
    async with city.projecting():
        await until(city.caught_up)
    found = await city.everything()
    [incident], [task], [beat] = found["incidents"], found["tasks"], await city.rows("heartbeats")
    assert (incident["kind"], incident["kind_list"]) == ("P41", "ezhou.police.kind")
    assert (incident["moved_counterpart"], incident["version_order"]) == (DESK, 17)
    [resident], [household], [permit] = (
        found[name] for name in ("residents", "households", "permits")
    )
    assert (resident["relation"], resident["sex"]) == ("P41", None)
    assert (resident["transit_since"], resident["transit_overdue"]) == (5, True)
    assert (household["household"], household["members"]) == ("e1.H", 3)
    assert (permit["refused"], permit["refusal_rule"]) == (True, "proof.prohibited")
    assert (task["due_at"], task["clocks"][0]["name"]) == (9, "dispose")
    assert (beat["events"], beat["heard_at"] > 0) == (3, True)
    assert {name: len(rows) for name, rows in found.items()} == dict.fromkeys(found, 1)


async def test_an_aborted_transaction_is_never_shown(city: "City", until: Until) -> None:
    async with city.projecting():
        await city.say(city.message("tasks", f"{HOME}/no", code=HOME, task_id="no"), commit=False)
        await city.say(city.message("tasks", f"{HOME}/yes", code=HOME, task_id="yes"))
        await city.say(city.removed("tasks", f"{HOME}/yes"), commit=False)
        await until(city.caught_up)
    assert [row["task_id"] for row in await city.rows("tasks")] == ["yes"]
    named = {task for change in await city.rows("changes") for task in change["tasks"]}
    assert named == {"yes"}


async def test_a_tombstone_takes_the_row_away(city: "City", until: Until) -> None:
    async with city.projecting():
        await city.say(*(city.message("tasks", f"{HOME}/{n}", code=HOME) for n in "ab"))
        await until(city.caught_up)
        await city.say(city.removed("tasks", f"{HOME}/a"), city.removed("tasks", f"{HOME}/never"))
        await until(city.caught_up)
    assert [row["row_key"] for row in await city.rows("tasks")] == [f"{HOME}/b"]


async def test_trailing_markers_leave_nothing_behind(city: "City", until: Until) -> None:
    """Aborted records and markers at a topic's end are positions without rows."""
    async with city.projecting():
        await city.say(city.message("tasks", f"{HOME}/a", code=HOME), commit=False)
        await until(city.caught_up)
    assert sum(row["next_offset"] for row in await city.positions()) == 2
    assert all(row["next_offset"] == row["end_offset"] for row in await city.positions())


async def test_a_rebuild_gives_the_same_rows(city: "City", until: Until) -> None:
    await city.say(*(city.message("tasks", f"{HOME}/{n}", code=HOME, version=n) for n in range(9)))
    await city.say(*(city.removed("tasks", f"{HOME}/{n}") for n in range(3)))
    async with city.projecting():
        await until(city.caught_up)
    before, generation = await city.everything(), (await city.meta())["generation"]
    rebuilding = Projector(city.settings, rebuild=True)
    async with city.running(rebuilding):
        await until(lambda: city.rebuilt_since(generation))
    assert await city.everything() == before


async def test_offsets_that_the_log_no_longer_has_make_it_rebuild(
    city: "City", until: Until, bootstrap: str
) -> None:
    """The topic was emptied while nobody looked: a removal may have been missed."""
    await city.say(*(city.message("tasks", f"{HOME}/{n}", code=HOME) for n in range(3)))
    async with city.projecting():
        await until(city.caught_up)
    generation = (await city.meta())["generation"]
    await city.say(*(city.message("tasks", f"{HOME}/{n}", code=HOME) for n in range(3, 6)))
    await _forget(city, bootstrap, "tasks")
    await city.say(city.message("tasks", f"{HOME}/last", code=HOME))
    async with city.projecting():
        await until(lambda: city.rebuilt_since(generation))
        await until(city.caught_up)
    assert [row["row_key"] for row in await city.rows("tasks")] == [f"{HOME}/last"]


async def _forget(city: "City", bootstrap: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        topic = city.topic(name)
        ends = city.partition_ends(await city.ends())
        await admin.delete_records(
            {p: RecordsToDelete(before_offset=end) for p, end in ends.items() if p.topic == topic}
        )
    finally:
        await admin.close()


async def test_topics_that_are_not_there_are_waited_for_and_named(
    city: "City", until: Until
) -> None:
    async with city.projecting():
        await until(city.caught_up)
    other = city.settings.model_copy(update={"view_version": 2})
    waiting = Projector(other)
    async with city.running(waiting):
        await until(lambda: city.waits_for("views.incidents.v2"))


async def test_a_record_of_a_view_that_cannot_be_read_stops_it_and_is_named(
    city: "City", until: Until
) -> None:
    """What is shown without it would silently be wrong; it goes on once it can be read."""
    await city.say((city.topic("tasks"), f"{HOME}/a".encode(), b"no avro"))
    async with city.projecting():
        await until(lambda: city.waits_for("Confluent frame"))
    assert city.topic("tasks") in (await city.meta())["error"]
    assert await city.rows("tasks") == []


async def test_a_heartbeat_or_letter_that_cannot_be_read_blinds_nobody(
    city: "City", until: Until
) -> None:
    await city.say(
        (city.topic("adapters.heartbeats"), b"x", b"no avro"),
        (city.topic("dlq.city.cases"), b"x", b"no avro"),
        city.message("tasks", f"{HOME}/a", code=HOME),
    )
    async with city.projecting():
        await until(city.caught_up)
    assert len(await city.rows("tasks")) == 1


async def test_two_projectors_on_one_read_model_the_newer_goes_on(
    city: "City", until: Until
) -> None:
    older = Projector(city.settings)
    working = asyncio.create_task(older.run())
    await until(city.caught_up)
    async with city.projecting():
        await city.say(city.message("tasks", f"{HOME}/a", code=HOME))
        await until(working.done)
        await until(city.caught_up)
    with pytest.raises(FencedError, match="one projector for each read model"):
        await working
    assert len(await city.rows("tasks")) == 1


async def test_it_waits_for_a_broker_that_is_away_and_says_so(
    city: "City", until: Until, bootstrap: str
) -> None:
    """An embedded broker may come back on another port: the address is asked for each time."""
    async with city.projecting():
        await until(city.caught_up)
    away = True

    def where() -> str:
        if away:
            raise ConnectionError("no broker runs here")
        return bootstrap

    async with city.running(Projector(city.settings, bootstrap=where)):
        await until(lambda: city.waits_for("no broker runs here"))
        await city.say(city.message("tasks", f"{HOME}/a", code=HOME))
        away = False
        await until(city.caught_up)
    assert (await city.meta())["error"] == ""


async def test_letters_of_a_topic_made_later_are_found(
    city: "City", until: Until, bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.projection.following.TOPICS_SECONDS", 0.2)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    name = city.topic("dlq.city.cases")
    await admin.delete_topics([name])
    await until(lambda: city.has_no_topic(admin, name))
    async with city.projecting():
        await until(lambda: city.knows(name, known=False))
        await admin.create_topics([NewTopic(name, 4, 1)])
        await city.say(city.message("dlq.city.cases", "l", letter_id="l", rule="field.missing"))
        await until(lambda: city.knows(name, known=True))
        await until(city.caught_up)
    await admin.close()
    assert len(await city.rows("letters")) == 1


async def test_freshness_is_the_brokers_time_of_the_newest_record_of_a_source(
    city: "City", until: Until
) -> None:
    """Also where markers and aborted records stand after it."""
    topic = city.topic("city.cases")
    await city.say((topic, HOME.encode(), b"older"))
    await city.say((topic, HOME.encode(), b"newest"))
    newest = await city.append_time(topic)
    for _ in range(3):
        await city.say((topic, HOME.encode(), b"never happened"), commit=False)
    async with city.projecting():
        await until(lambda: city.fresh("city.cases", newest))
        await city.say((topic, HOME.encode(), b"newer"))
        await until(lambda: city.fresher("city.cases", newest))
