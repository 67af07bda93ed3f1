"""A silent source and a dead one look different."""

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from dashboard.model.store import now_ms
from dashboard.verdicts import verdict

if TYPE_CHECKING:
    from tests.unit.dashboard.conftest import Model

MINUTE = 60_000


@pytest.mark.parametrize(
    ("state", "heartbeat_age", "append_age", "expected"),
    [
        ("running", 1_000, 1_000, "live"),
        ("retrying", 1_000, 1_000, "live"),
        ("running", 1_000, 16 * MINUTE, "silent"),
        ("running", 1_000, None, "silent"),
        ("retrying", 1_000, 16 * MINUTE, "silent"),
        ("running", 61_000, 1_000, "dead"),
        ("running", None, 1_000, "dead"),
        ("halted", 1_000, 1_000, "dead"),
        ("stopping", 1_000, 1_000, "dead"),
    ],
)
def test_heartbeat_and_last_append_make_the_verdict(
    state: str, heartbeat_age: int | None, append_age: int | None, expected: str
) -> None:
    found = verdict(
        state=state,
        heartbeat_age=heartbeat_age,
        append_age=append_age,
        silent_after=15 * MINUTE,
        dead_after=MINUTE,
    )
    assert found == expected


async def _sources(client: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    found = (await client.get("/api/sources")).json()
    return {source["adapter"]: source for source in found["items"]}


async def test_an_adapter_of_the_catalogue_that_was_never_heard_is_dead_not_absent(
    client: httpx.AsyncClient,
) -> None:
    found = await _sources(client)
    assert {"police_incidents", "city_cases"} <= found.keys()
    assert found["city_cases"]["state"] == "unseen"
    assert found["city_cases"]["verdict"] == "dead"


async def test_the_brokers_times_count_not_the_adapters_clock(
    model: "Model", client: httpx.AsyncClient
) -> None:
    now = now_ms()
    model.put(
        "adapters.heartbeats",
        "city_cases",
        adapter="city_cases",
        topic="city.cases",
        state="running",
        at=now - 10 * MINUTE,
        last_append_at=now,
        heard_at=now,
    )
    newest = [now - 20 * MINUTE, now - 40 * MINUTE, None]
    await model.commit(
        appends=[
            {"topic": "city.cases", "partition": number, "end_offset": 1, "last_at": at}
            for number, at in enumerate(newest)
        ]
    )
    found = (await _sources(client))["city_cases"]
    assert found["verdict"] == "silent"
    assert found["last_append_at"] == newest[0]
    assert found["heartbeat_age_ms"] < MINUTE


def _appended(topic: str, at: int) -> list[dict[str, object]]:
    return [{"topic": topic, "partition": 0, "end_offset": 1, "last_at": at}]


async def test_where_two_adapters_write_one_topic_the_silent_one_does_not_look_live(
    model: "Model", client: httpx.AsyncClient
) -> None:
    now = now_ms()
    for adapter, last, events in (
        ("city_cases", now - 20 * MINUTE, 7),
        ("kafka_intake", now, 3),
        ("another", None, 5),
        ("new", None, 0),
    ):
        model.put(
            "adapters.heartbeats",
            adapter,
            adapter=adapter,
            topic="city.cases",
            state="running",
            last_append_at=last,
            events=events,
            heard_at=now,
        )
    await model.commit(appends=_appended("city.cases", now - 1))
    found = await _sources(client)
    said = {name: (found[name]["verdict"], found[name]["last_append_at"]) for name in found}
    assert said["city_cases"] == ("silent", now - 20 * MINUTE)
    assert said["kafka_intake"] == ("live", now - 1)
    assert said["another"] == ("live", now - 1)
    assert said["new"] == ("silent", None)


async def test_an_adapter_never_heard_does_not_live_on_what_others_bring(
    model: "Model", client: httpx.AsyncClient
) -> None:
    now = now_ms()
    for topic in ("household.moves", "permits.applications"):
        await model.commit(appends=_appended(topic, now))
    given = {"adapter": "kafka_intake_moves", "topic": "household.moves"}
    model.put("adapters.heartbeats", "kafka_intake_moves", heard_at=now, **given)
    await model.commit()
    found = await _sources(client)
    assert found["household_registration"]["verdict"] == "dead"
    assert found["household_registration"]["last_append_at"] is None
    assert (found["permits"]["verdict"], found["permits"]["last_append_at"]) == ("dead", now)


async def test_a_source_that_never_brought_anything_is_silent_while_its_adapter_lives(
    model: "Model", client: httpx.AsyncClient
) -> None:
    for adapter, topic in (("permits", "permits.applications"), ("other", "nobodys.topic")):
        model.put(
            "adapters.heartbeats",
            adapter,
            adapter=adapter,
            topic=topic,
            state="running",
            heard_at=now_ms(),
        )
    await model.commit()
    found = await _sources(client)
    assert [found[name]["verdict"] for name in ("permits", "other")] == ["silent", "silent"]
    assert (found["permits"]["zh"], found["permits"]["systems"]) == ("统一受理平台", ["permits"])
    assert (found["other"]["zh"], found["other"]["systems"]) == ("other", [])


async def test_the_four_systems_are_shown_before_they_are_heard(client: httpx.AsyncClient) -> None:
    found = await _sources(client)
    systems = {name: found[name]["systems"] for name in found}
    assert systems == {
        "city_cases": ["city_cases"],
        "household_registration": ["household"],
        "permits": ["permits"],
        "police_incidents": ["police"],
    }


async def test_an_adapter_whose_heartbeat_was_removed_is_unseen_again(
    model: "Model", client: httpx.AsyncClient
) -> None:
    model.put("adapters.heartbeats", "city_cases", adapter="city_cases", heard_at=now_ms())
    await model.commit()
    model.drop("adapters.heartbeats", "city_cases")
    await model.commit()
    assert (await _sources(client))["city_cases"]["state"] == "unseen"


async def test_dead_letters_are_grouped_by_topic_and_rule_the_fullest_first(
    model: "Model", client: httpx.AsyncClient
) -> None:
    for number, (topic, rule) in enumerate(
        [("city.cases", "field.missing")] * 2 + [("police.incidents", "field.missing")]
    ):
        model.put(f"dlq.{topic}", "k", letter_id=str(number), topic=topic, rule=rule, at=number + 1)
    model.put("dlq.city.cases", "k", letter_id="0", topic="city.cases", rule="field.missing", at=1)
    await model.commit()
    found = (await client.get("/api/letters")).json()
    groups = [(group["topic"], group["count"], group["last_at"]) for group in found["items"]]
    assert groups == [("city.cases", 2, 2), ("police.incidents", 1, 3)]
    assert (found["total"], found["letters"]) == (2, 3)


async def test_the_intake_of_departments_that_produce_themselves_is_shown_once_it_was_heard(
    client: httpx.AsyncClient, model: "Model"
) -> None:
    """Without such a department nobody runs it: it is not dead."""
    assert "kafka_intake" not in await _sources(client)
    given = {"adapter": "kafka_intake", "topic": "city.cases", "at": now_ms()}
    model.put("adapters.heartbeats", "kafka_intake", heard_at=now_ms(), **given)
    await model.commit()
    assert "kafka_intake" in await _sources(client)
