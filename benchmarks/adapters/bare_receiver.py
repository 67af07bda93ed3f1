"""The peer of the permits' door: reads a body, produces it raw, answers once Kafka has it.

Run as `python -m benchmarks.adapters.bare_receiver BOOTSTRAP TOPIC PORT`.
"""

import asyncio
import sys

from aiohttp import web

from benchmarks.adapters.bare import producing
from ops.simulator.webhooks import PATH


async def serve(bootstrap: str, topic: str, port: int) -> None:
    """Until this process is ended."""
    async with producing(bootstrap, linger_ms=0) as producer:

        async def receive(request: web.Request) -> web.Response:
            await producer.send_and_wait(topic, await request.read())
            return web.Response()

        async def health(_request: web.Request) -> web.Response:
            return web.Response()

        application = web.Application()
        application.add_routes([web.post(PATH, receive), web.get("/healthz", health)])
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()


asyncio.run(serve(sys.argv[1], sys.argv[2], int(sys.argv[3])))
