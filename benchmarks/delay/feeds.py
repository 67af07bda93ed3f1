"""Rows of now for each source, made from those of another simulated city, with its people."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

import aiohttp
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.adapters.bare import producing
from benchmarks.delay.pace import Feed, now
from ops.demo.city import Place
from ops.simulator import own_cases, permits
from ops.simulator.city import City
from ops.simulator.front_end import CHANGED, NUMBER, PEOPLE, UPDATED, china, row
from ops.simulator.incidents import written_time
from ops.simulator.permit_plan import PermitPlan
from ops.simulator.plan import Plan
from ops.simulator.population import Population
from ops.simulator.postgres import OWNER
from ops.simulator.simulation import Simulation
from ops.simulator.targets import SECRET
from ops.simulator.trickle import Trickle
from ops.simulator.webhooks import PATH, Message, key_of
from schemas.codec import Codec

CONNECTIONS = 64
AGAIN_SECONDS = 0.1


@asynccontextmanager
async def police(city: Simulation, rate: float) -> AsyncIterator[Feed]:
    """Incidents in the police system, which answers with them from now on."""
    trickle = Trickle(city.city, city.police, rate)

    async def feed(_first: int, count: int) -> None:
        for _ in range(count):
            trickle.emit(now())

    yield feed


@asynccontextmanager
async def household(city: Simulation, other: City, wanted: int) -> AsyncIterator[Feed]:
    """Persons in the register, each new, committed a tick at a time."""
    template = [
        row(member, member.entries[0], int)
        for found in Population(other).loaded()
        for member in found.members
    ][:wanted]
    password = (city.folder / "household" / "password_of_owner").read_text("utf-8")
    engine = create_async_engine(
        make_url(city.database.url).set(username=OWNER, password=password), pool_size=1
    )

    async def feed(first: int, count: int) -> None:
        at = china(now())
        rows = [
            {**one, NUMBER: f"RKB{number:09d}", "户号": f"B{one['户号']}",
             CHANGED: at.replace(microsecond=0), UPDATED: at}
            for number, one in enumerate(template[first : first + count], start=first)
        ]  # fmt: skip
        async with engine.begin() as connection:
            await connection.execute(PEOPLE.insert(), rows)

    try:
        yield feed
    finally:
        await engine.dispose()


@asynccontextmanager
async def applications(place: Place, other: City) -> AsyncIterator[Feed]:
    """Webhooks, sent without waiting for the answers to earlier ones, and again until 2xx."""
    changes = PermitPlan(other).day(0)
    template = [permits.body(c.permit, c.permit.states[0], int) for c in islice(changes, 1_000)]
    key, limit = key_of(SECRET), aiohttp.TCPConnector(limit=CONNECTIONS)
    url = f"http://127.0.0.1:{place.ports.permits}{PATH}"
    async with aiohttp.ClientSession(connector=limit) as session, asyncio.TaskGroup() as group:

        async def post(message: Message) -> None:
            while True:
                headers = message.headers(key, int(time.time()))
                async with session.post(url, data=message.body, headers=headers) as answer:
                    if answer.status < 300:
                        return
                    if answer.status < 500:
                        raise RuntimeError(f"{url}: {answer.status} {await answer.text()}")
                await asyncio.sleep(AGAIN_SECONDS)

        async def feed(first: int, count: int) -> None:
            at = written_time(now())
            for number in range(first, first + count):
                said = template[number % len(template)]
                said = {**said, "sbbh": f"SBB{number:09d}", "sqsj": at, "gxsj": at}
                body = json.dumps(said, ensure_ascii=False).encode()
                group.create_task(post(Message(f"msg_{number}", body)))

        yield feed


@asynccontextmanager
async def stated_cases(place: Place, other: City) -> AsyncIterator[Feed]:
    """Records of a department's own producer."""
    changes = islice((c for c in Plan(other).day(0) if c.record.system == "city"), 1_000)
    template: list[Mapping[str, Any]] = [
        own_cases.value(c.record, c.record.states[0], int) for c in changes
    ]
    codec = Codec()
    async with producing(place.bootstrap) as producer:

        async def feed(first: int, count: int) -> None:
            at = now()
            for number in range(first, first + count):
                record = f"JDB{number:09d}"
                said = {
                    **template[number % len(template)],
                    "record_id": record,
                    "version": {"order": at},
                    "occurred_at": at,
                }
                value = codec.encode("shequ.intake.city.Case", said)
                await producer.send("intake.city.cases", value, key=record.encode())

        yield feed
