"""Bare loops over what the hub fetches: files, pages, a table, a topic."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import sqlalchemy as sa
from aiokafka import AIOKafkaConsumer
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.adapters.bare import Send
from ops.simulator.front_end import NUMBER, PEOPLE
from ops.simulator.simulation import API_KEY

PAGE = 1_000
"""Rows of a question to the database, as the adapter asks for them."""


async def files(inbox: Path, send: Send) -> int:
    """Rows of all CSV files, by the standard library."""
    count = 0
    for rows in _exports(inbox):
        for row in rows:
            await send(json.dumps(row, ensure_ascii=False).encode())
        count += len(rows)
    return count


def _exports(inbox: Path) -> Iterator[list[dict[str, str]]]:
    for path in sorted(inbox.glob("*.csv")):
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig" if raw.startswith(b"\xef") else "gb18030")
        yield list(csv.DictReader(text.splitlines()))


async def pages(base: str, send: Send) -> int:
    """Rows of the police system's pages, one page after the other."""
    count, page, last = 0, 1, 1
    async with aiohttp.ClientSession(headers={"X-Api-Key": API_KEY}) as session:
        while page <= last:
            query = {
                "updated_since": "2000-01-01T00:00:00+08:00",
                "page": str(page),
                "page_size": "500",
            }
            async with session.get(f"{base}/api/incidents", params=query) as answer:
                body = await answer.json()
            for row in body["rows"]:
                await send(json.dumps(row, ensure_ascii=False).encode())
            count, page, last = count + len(body["rows"]), page + 1, body["pages"]
    return count


async def table(url: str, send: Send) -> int:
    """Rows of the register, page by page in the order of their key, each page a transaction."""
    engine, count, after = create_async_engine(url, pool_size=1, max_overflow=0), 0, ""
    order = PEOPLE.c[NUMBER]
    query = sa.select(*(sa.cast(column, sa.Text) for column in PEOPLE.c)).order_by(order)
    names = PEOPLE.c.keys()
    try:
        while True:
            async with engine.connect() as connection:
                found = await connection.execute(query.where(order > after).limit(PAGE))
                rows = [dict(zip(names, row, strict=True)) for row in found]
            for row in rows:
                await send(json.dumps(row, ensure_ascii=False).encode())
            count += len(rows)
            if len(rows) < PAGE:
                return count
            after = rows[-1][NUMBER]
    finally:
        await engine.dispose()


async def topic(bootstrap: str, name: str, send: Send) -> int:
    """Records of a topic, to where it ends now."""
    consumer = AIOKafkaConsumer(
        name, bootstrap_servers=bootstrap, isolation_level="read_committed",
        enable_auto_commit=False, auto_offset_reset="earliest",
    )  # fmt: skip
    await consumer.start()
    try:
        count, wanted = 0, sum((await consumer.end_offsets(consumer.assignment())).values())
        while count < wanted:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    await send(record.value or b"")
                count += len(records)
        return count
    finally:
        await consumer.stop()
