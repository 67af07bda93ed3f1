"""The police incident system: a paged HTTP interface over the rows that can be seen by now.

Its list holds every state that an incident has had, so a row once shown stays where it is. What it
shows comes from the plan; it keeps nothing that a kill could destroy.
"""

import asyncio
import bisect
import json
import random
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal, get_args

from aiohttp import web

from ops.simulator.settings import Dirt

Failure = Literal["error", "half", "hang"]
FAILURES: tuple[Failure, ...] = get_args(Failure)
PATH = "/api/incidents"
MOST_ROWS = 500
Row = Mapping[str, object]
Handler = Callable[[web.Request], object]


class PoliceSystem:
    """Rows, and those who ask for them."""

    def __init__(self, dirt: Dirt, seed: int, api_key: str) -> None:
        self.api_key = api_key
        self._dirt = dirt
        self._chance = random.Random(f"{seed}/answers")
        self._rows: list[tuple[datetime, str, int, Row]] = []
        self._failures: deque[Failure] = deque()

    @property
    def rows(self) -> int:
        """How many rows can be seen, repeated ones twice."""
        return len(self._rows)

    def show(self, row: Row, copies: int = 1) -> None:
        """Let a row be seen from now on, repeated `copies` times."""
        time, number = datetime.fromisoformat(str(row["gxsj"])), str(row["jqbh"])
        for _ in range(copies):
            bisect.insort(self._rows, (time, number, len(self._rows), row))

    def fail(self, how: Failure, times: int = 1) -> None:
        """Fail so often, from the next request on."""
        if how not in FAILURES:
            raise ValueError(f"{how!r} is no failure: give one of {', '.join(FAILURES)}.")
        self._failures.extend([how] * times)

    def application(self) -> web.Application:
        """The interface as an aiohttp application."""
        app = web.Application()
        app.router.add_get(PATH, self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("X-Api-Key") != self.api_key:
            return _json({"code": 401, "message": "X-Api-Key is missing or wrong"}, 401)
        try:
            body = self._page(request.query)
        except ValueError as error:
            return _json({"code": 400, "message": str(error)}, 400)
        failure = self._failures.popleft() if self._failures else self._by_chance()
        if failure == "hang":
            await asyncio.sleep(self._dirt.hang_seconds)
        if failure == "error":
            return _json({"code": 500, "message": "系统繁忙，请稍后再试"}, 500)
        if failure == "half":
            text = json.dumps(body, ensure_ascii=False)
            return web.Response(text=text[: len(text) // 2], content_type="application/json")
        return _json(body, 200)

    def _by_chance(self) -> Failure | None:
        shares = (self._dirt.server_errors, self._dirt.half_answers, self._dirt.hangs)
        dice = self._chance.random()
        for failure, share in zip(FAILURES, shares, strict=True):
            if dice < share:
                return failure
            dice -= share
        return None

    def _page(self, query: Mapping[str, str]) -> dict[str, object]:
        since = _time(query.get("updated_since", ""))
        page, size = _whole(query, "page", 1), _whole(query, "page_size", 100)
        first = bisect.bisect_left(self._rows, since, key=lambda entry: entry[0])
        total, begin = len(self._rows) - first, first + (page - 1) * size
        return {
            "code": 0,
            "total": total,
            "page": page,
            "pages": -(-total // size),
            "rows": [row for *_, row in self._rows[begin : begin + size]],
        }


@asynccontextmanager
async def served(
    application: web.Application, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[str]:
    """Serve while the block runs; gives the base URL, on a free port if none is asked for."""
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _json(body: object, status: int) -> web.Response:
    return web.json_response(
        body, status=status, dumps=lambda content: json.dumps(content, ensure_ascii=False)
    )


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text.replace(" ", "+"))  # a + that was not escaped
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise ValueError(f"updated_since={text!r}: give ISO 8601 with an offset (+08:00)")
    return time


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= (MOST_ROWS if name == "page_size" else 10**6):
        raise ValueError(f"{name}={text!r}: give a whole number from 1, page_size to {MOST_ROWS}")
    return int(text)
