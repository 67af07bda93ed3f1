"""Strings to pull from outside, beside the police interface; for tests and demonstrations.

POST /control/day?n=3      plays the days up to 3 at full speed; answers when they can be read
POST /control/fail?how=error&times=2    the next answers fail: error, half, hang
POST /control/drained      answers when all that is sent, not read, has arrived
GET  /control/truth?day=3  the truth after the day
"""

import asyncio

from aiohttp import web

from ops.simulator.police_system import FAILURES
from ops.simulator.simulation import Simulation


def application(simulation: Simulation) -> web.Application:
    """The police interface with the strings."""
    app = simulation.police.application()
    one_at_a_time = asyncio.Lock()

    async def day(request: web.Request) -> web.Response:
        async with one_at_a_time:
            await simulation.run_day(_number(request, "n"))
        return web.json_response({"rows": simulation.police.rows})

    async def drained(_: web.Request) -> web.Response:
        await simulation.drained()
        return web.json_response({})

    async def fail(request: web.Request) -> web.Response:
        how = next((name for name in FAILURES if name == request.query.get("how")), None)
        if how is None:
            raise web.HTTPBadRequest(text=f"how: give one of {', '.join(FAILURES)}")
        simulation.police.fail(how, _number(request, "times"))
        return web.json_response({})

    async def truth(request: web.Request) -> web.Response:
        text = simulation.ledger.after(_number(request, "day")).as_json()
        return web.Response(text=text, content_type="application/json")

    app.router.add_post("/control/day", day)
    app.router.add_post("/control/drained", drained)
    app.router.add_post("/control/fail", fail)
    app.router.add_get("/control/truth", truth)
    return app


def _number(request: web.Request, name: str) -> int:
    text = request.query.get(name, "")
    if not text.isdecimal():
        raise web.HTTPBadRequest(text=f"{name}={text!r}: give a whole number")
    return int(text)
