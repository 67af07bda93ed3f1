"""Walking through a paged interface whose pages drift, fail and repeat."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from adapters.kit.assembly import now_ms
from adapters.kit.errors import HaltError, RetryError
from adapters.kit.times import china, milliseconds
from adapters.police_incidents.client import Client
from adapters.police_incidents.settings import PoliceIncidentsSettings
from adapters.police_incidents.source import PagedSource, open_source
from ops.simulator.police_system import served

START = 1_795_000_000_000
MINUTE = 60_000


class System:
    """An incident system that shows only the newest state of each incident, as most do.

    `before` is called with the number of each request, before it is answered.
    """

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.status, self.body = 200, ""
        self.asked: list[str] = []
        self.before: Callable[[int], None] = lambda _: None

    def put(self, number: str, at: int) -> None:
        self.rows[number] = START + at

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/api/incidents", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.query["updated_since"])
        self.before(len(self.asked))
        if self.status != 200 or self.body:
            body = self.body.encode(errors="surrogateescape")
            return web.Response(status=self.status, body=body)
        assert request.headers["X-Api-Key"] == "key"
        since = milliseconds(request.query["updated_since"]) or 0
        page, size = int(request.query["page"]), int(request.query["page_size"])
        rows = sorted((at, number) for number, at in self.rows.items() if at >= since)
        shown = [self._row(n, at) for at, n in rows[(page - 1) * size : page * size]]
        pages = -(-len(rows) // size)
        answer = {"code": 0, "total": len(rows), "page": page, "pages": pages, "rows": shown}
        return web.Response(text=json.dumps(answer), content_type="application/json")

    def _row(self, number: str, at: int) -> dict[str, Any]:
        return {"jqbh": number, "gxsj": china(at), "zt": 0, "bjie": None}


@pytest.fixture
async def system() -> System:
    return System()


@pytest.fixture
async def source(system: System) -> AsyncIterator[PagedSource]:
    async with served(system.application()) as url:
        made = open_source(_settings(url), {})
        yield made
        await made.close()


def _settings(url: str) -> PoliceIncidentsSettings:
    return PoliceIncidentsSettings(
        base_url=url, api_key="key", page_size=3, poll_seconds=0.01, timeout_seconds=2
    )


async def walk(source: PagedSource) -> list[tuple[str | None, int]]:
    """One walk: number and update time (ms after START) of each row, in order."""
    found = []
    while batch := await source.read():
        found += [(r.raw["jqbh"], (milliseconds(r.raw["gxsj"] or "") or 0)) for r in batch.rows]
    return [(number, at - START) for number, at in found]


async def test_a_walk_reads_all_pages_once(system: System, source: PagedSource) -> None:
    for number in range(10):
        system.put(f"J{number}", number)
    assert await walk(source) == [(f"J{number}", number) for number in range(10)]
    assert await walk(source) == []


async def test_values_that_are_no_text_are_taken_as_text(
    system: System, source: PagedSource
) -> None:
    system.put("J1", 1)
    batch = await source.read()
    assert batch is not None
    assert batch.rows[0].raw == {"jqbh": "J1", "gxsj": china(START + 1), "zt": "0", "bjie": None}


async def test_an_incident_that_moves_to_the_end_while_pages_are_read_hides_no_other(
    system: System, source: PagedSource
) -> None:
    """With page numbers, J3 would slide from page 2 to page 1 unseen: total stays the same."""
    for number in range(9):
        system.put(f"J{number}", number)
    system.before = lambda request: system.put("J0", 100) if request == 2 else None
    read = await walk(source)
    assert {number for number, _ in read} == {f"J{number}" for number in range(9)}
    assert ("J0", 100) in read


async def test_many_rows_of_one_time_are_all_read_even_when_they_change(
    system: System, source: PagedSource
) -> None:
    """A nightly batch closes twenty incidents in one millisecond; two of them move meanwhile."""
    for number in range(20):
        system.put(f"J{number:02}", 5)

    def change(request: int) -> None:
        if request in {3, 5}:
            system.put(f"J0{request}", 50 + request)

    system.before = change
    assert {number for number, _ in await walk(source)} == {f"J{n:02}" for n in range(20)}


async def test_rows_that_come_late_are_found_within_the_overlap(
    system: System, source: PagedSource
) -> None:
    system.put("J1", 20 * MINUTE)
    assert await walk(source) == [("J1", 20 * MINUTE)]
    system.put("late", 10 * MINUTE)
    system.put("too late", 10 * MINUTE - 1)
    assert await walk(source) == [("late", 10 * MINUTE)]


async def test_a_restart_walks_on_from_the_overlap_before_the_watermark(system: System) -> None:
    system.put("J1", 20 * MINUTE)
    async with served(system.application()) as url:
        marks = {"watermark": str(START + 20 * MINUTE)}
        source = open_source(_settings(url), marks)
        assert await walk(source) == [("J1", 20 * MINUTE)]
        await source.close()
    assert system.asked == [china(START + 10 * MINUTE)]


async def test_a_row_from_the_far_future_does_not_hide_what_follows(
    system: System, source: PagedSource
) -> None:
    century, now = 100 * 365 * 86_400_000, now_ms() - START
    system.put("clock wrong", century)
    assert await walk(source) == [("clock wrong", century)]
    system.put("J1", now)
    assert await walk(source) == [("J1", now)]


ERROR_OF_ITS_OWN = '{"code":7,"total":0,"page":1,"pages":0,"rows":[]}'


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, ""),
        (503, ""),
        (429, ""),
        (200, '{"code":0,"total":1,"pa'),
        (200, ERROR_OF_ITS_OWN),
        (200, "<html>"),
    ],
)
async def test_what_may_pass_is_tried_again(
    system: System, source: PagedSource, status: int, body: str
) -> None:
    system.status, system.body = status, body
    with pytest.raises(RetryError, match="Trying again"):
        await source.read()
    system.status, system.body = 200, ""
    system.put("J1", 1)
    assert await walk(source) == [("J1", 1)]


@pytest.mark.parametrize(
    ("status", "advice"), [(401, "API_KEY"), (403, "API_KEY"), (404, "BASE_URL")]
)
async def test_what_only_a_person_can_mend_halts(
    system: System, source: PagedSource, status: int, advice: str
) -> None:
    system.status = status
    with pytest.raises(HaltError, match=advice):
        await source.read()


@pytest.mark.parametrize("broken", ['"\\ud800"', '"\udcff"'], ids=["half a pair", "no UTF-8"])
async def test_a_character_that_is_none_holds_nothing_up(
    system: System, source: PagedSource, broken: str
) -> None:
    row = f'{{"jqbh":"J1","gxsj":"{china(START)}","jqnr":{broken}}}'
    system.body = f'{{"code":0,"total":1,"page":1,"pages":1,"rows":[{row}]}}'
    batch = await source.read()
    assert batch is not None
    assert batch.rows[0].raw["jqbh"] == "J1"
    str(batch.rows[0].raw["jqnr"]).encode()


async def test_silence_is_tried_again() -> None:
    source = open_source(_settings("http://127.0.0.1:1"), {})
    with pytest.raises(RetryError, match="no answer"):
        await source.read()
    await source.close()


async def test_the_key_goes_nowhere_else() -> None:
    """Who redirects would have it sent to an address that nobody set."""
    heard: list[str | None] = []

    async def elsewhere(request: web.Request) -> web.Response:
        heard.append(request.headers.get("X-Api-Key"))
        return web.json_response({"code": 0, "total": 0, "page": 1, "pages": 1, "rows": []})

    async def here(_request: web.Request) -> web.Response:
        raise web.HTTPFound("/elsewhere")

    app = web.Application()
    app.router.add_get("/elsewhere", elsewhere)
    app.router.add_get("/api/incidents", here)
    async with served(app) as url:
        source = open_source(_settings(url), {})
        with pytest.raises(HaltError, match="answers 302"):
            await source.read()
        await source.close()
    assert heard == []


async def test_an_answer_nested_without_end_is_asked_for_again(
    system: System, source: PagedSource
) -> None:
    system.body = "[" * 200_000
    with pytest.raises(RetryError, match="another form"):
        await source.read()


async def test_an_answer_that_is_too_large_says_which_setting_to_lower(system: System) -> None:
    system.body = "[" + " " * 200_000 + "]"
    async with served(system.application()) as url:
        client = Client(url, "key", timeout=2, largest=100_000)
        with pytest.raises(RetryError, match=r"larger than 100000 bytes.*PAGE_SIZE"):
            await client.page(china(START), 1, 3)
        await client.close()


async def test_a_system_that_knows_no_pages_is_not_read_for_ever() -> None:
    """Each page says the same, and that there are a milliard rows more: memory would fill."""
    rows = [{"jqbh": f"J{number}", "gxsj": china(START)} for number in range(3)]

    async def same(_request: web.Request) -> web.Response:
        answer = {"code": 0, "total": 10**9, "page": 1, "pages": 10**8, "rows": rows}
        return web.json_response(answer)

    app = web.Application()
    app.router.add_get("/api/incidents", same)
    async with served(app) as url:
        source = open_source(_settings(url), {})
        with pytest.raises(RetryError, match="same rows"):
            await walk(source)
        await source.close()
