"""The police's interface: pages, keys, and how it fails."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from ops.simulator.plan import Plan
from ops.simulator.police_feed import feed
from ops.simulator.police_system import PoliceSystem, served
from ops.simulator.settings import Dirt

KEY = {"X-Api-Key": "k"}
LONG_AGO = "2020-01-01T00:00:00+08:00"
Page = dict[str, Any]


@pytest.fixture
def police(plan: Plan) -> PoliceSystem:
    system = PoliceSystem(Dirt.none(), seed=1, api_key="k")
    for shown in feed(plan, 0):
        system.show(shown.row(int), shown.copies)
    return system


@pytest.fixture
async def client(police: PoliceSystem) -> AsyncIterator[aiohttp.ClientSession]:
    async with (
        served(police.application()) as base_url,
        aiohttp.ClientSession(base_url, headers=KEY) as session,
    ):
        yield session


async def page(client: aiohttp.ClientSession, **query: object) -> Page:
    params = {"updated_since": LONG_AGO} | {name: str(value) for name, value in query.items()}
    async with client.get("/api/incidents", params=params) as answer:
        assert answer.status == 200
        body: Page = await answer.json()
        return body


async def test_pages_together_hold_every_row_in_the_order_of_its_time(
    client: aiohttp.ClientSession, police: PoliceSystem
) -> None:
    first = await page(client, page=1, page_size=100)
    pages = [await page(client, page=n, page_size=100) for n in range(1, first["pages"] + 1)]
    rows = [row for answer in pages for row in answer["rows"]]
    assert len(rows) == first["total"] == police.rows
    keys = [(row["gxsj"], row["jqbh"]) for row in rows]
    assert keys == sorted(keys)


async def test_a_row_that_stands_twice_can_stand_on_two_pages(
    client: aiohttp.ClientSession,
) -> None:
    rows = (await page(client, page_size=500))["rows"]
    twice = next(i for i in range(len(rows) - 1) if rows[i] == rows[i + 1])
    pages = [await page(client, page=n, page_size=twice + 1) for n in (1, 2)]
    assert pages[0]["rows"][-1] == pages[1]["rows"][0]


async def test_updated_since_is_inclusive(client: aiohttp.ClientSession) -> None:
    rows = (await page(client, page_size=500))["rows"]
    since = rows[200]["gxsj"]
    body = await page(client, updated_since=since, page_size=500)
    assert body["rows"][0]["gxsj"] == since
    assert body["total"] == (await page(client))["total"] - 200


async def test_a_page_beyond_the_last_is_empty(client: aiohttp.ClientSession) -> None:
    assert (await page(client, page=10_000))["rows"] == []


async def test_a_row_shown_later_can_be_read_at_once(
    client: aiohttp.ClientSession, police: PoliceSystem
) -> None:
    before = (await page(client))["total"]
    police.show({"gxsj": "2030-01-01T00:00:00.000+08:00", "jqbh": "JQ1"})
    assert (await page(client))["total"] == before + 1


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ({"updated_since": "yesterday"}, "updated_since='yesterday'"),
        ({"updated_since": "2026-11-01T00:00:00"}, "offset"),
        ({"page": "0"}, "page='0'"),
        ({"page_size": "501"}, "page_size='501'"),
    ],
)
async def test_a_question_that_makes_no_sense_is_answered_400(
    client: aiohttp.ClientSession, query: dict[str, str], complaint: str
) -> None:
    async with client.get("/api/incidents", params={"updated_since": LONG_AGO} | query) as answer:
        assert answer.status == 400
        assert complaint in (await answer.json())["message"]


async def test_without_the_key_there_is_no_answer(police: PoliceSystem) -> None:
    async with served(police.application()) as url, aiohttp.ClientSession() as stranger:
        for headers in ({}, {"X-Api-Key": "guess"}):
            async with stranger.get(f"{url}/api/incidents", headers=headers) as answer:
                assert answer.status == 401


async def test_it_fails_as_told_and_then_recovers(
    client: aiohttp.ClientSession, police: PoliceSystem
) -> None:
    police.fail("error")
    police.fail("half")
    async with client.get("/api/incidents", params={"updated_since": LONG_AGO}) as answer:
        assert answer.status == 500
    async with client.get("/api/incidents", params={"updated_since": LONG_AGO}) as answer:
        text = await answer.text()
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)
    assert (await page(client))["code"] == 0


async def test_a_hanging_answer_outlasts_the_clients_patience(
    client: aiohttp.ClientSession, police: PoliceSystem
) -> None:
    police.fail("hang")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(page(client), 0.2)
    assert (await page(client))["code"] == 0


async def test_it_fails_by_chance_as_often_as_set() -> None:
    police = PoliceSystem(Dirt(server_errors=0.3, half_answers=0.0, hangs=0.0), 1, "k")
    statuses = []
    async with (
        served(police.application()) as url,
        aiohttp.ClientSession(url, headers=KEY) as client,
    ):
        for _ in range(200):
            async with client.get("/api/incidents", params={"updated_since": LONG_AGO}) as answer:
                statuses.append(answer.status)
    assert 40 < statuses.count(500) < 80
