"""How fast the adapters read, beside a bare loop that reads the same and produces it raw."""

import asyncio
import csv
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import aiohttp
from aiokafka import AIOKafkaProducer
from python_calamine import CalamineWorkbook

from benchmarks.processes import running
from benchmarks.report import Figure, Report
from ops import topics
from ops.demo.city import Place, environment
from ops.demo.service import Service
from ops.reading import places, read_all, reader
from ops.settings import Settings
from ops.simulator.settings import Dirt, china_today
from ops.simulator.settings import Settings as CitySettings
from ops.simulator.simulation import API_KEY, Simulation
from schemas.naming import Names

PREFIX = "bench-adapters."
RATE = 500.0
Loop = Callable[[Callable[[bytes], Awaitable[object]]], Awaitable[int]]


async def measure(report: Report, bootstrap: str, home: Path) -> None:
    """One clean day of a busy city through each adapter."""
    names = Names(prefix=PREFIX)
    await topics.apply(bootstrap, topics.wanted_topics(Settings(), PREFIX))
    settings = CitySettings(
        start=china_today() - timedelta(days=1), days=1, incidents_per_thousand=RATE,
        cases_per_thousand=RATE, exports_per_day=1, clustered=0.0,
    )  # fmt: skip
    city = Simulation(home / "adapters-city", settings, Dirt.none())
    async with city.served() as police:
        await city.run_day(0)
        port = int(police.rpartition(":")[2])
        place = Place(home / "adapters", bootstrap, port, 8080)
        env = {
            **environment(place),
            "SHEQU_TOPIC_PREFIX": PREFIX,
            "SHEQU_ESTATES": str(city.folder / "estates.csv"),
            "SHEQU_CITY_CASES__INBOX": str(city.cases.inbox),
            "SHEQU_CITY_CASES__SETTLE_SECONDS": "0",
        }
        loops: dict[str, tuple[str, Loop]] = {
            "city_cases": ("city.cases", lambda send: _bare_files(city.cases.inbox, send)),
            "police_incidents": ("police.incidents", lambda send: _bare_pages(police, send)),
        }
        for name, (topic, loop) in loops.items():
            bare = await _bare(bootstrap, loop)
            ours = await _adapter(bootstrap, names.physical(topic), name, env, home)
            report.add(Figure(f"{name} adapter, rows to events", ours, "rows/s",
                              "bare read and produce", ours / bare))  # fmt: skip


async def _adapter(bootstrap: str, topic: str, name: str, env: dict[str, str], home: Path) -> float:
    """Events/s from the first append to the last of `shequ adapters once`."""
    argv = [sys.executable, "-m", "ops", "adapters", "once", name]
    service = Service(name, argv, env, home / f"{name}.log")
    async with running([service]):
        process = service.process
        while process is not None and process.poll() is None:
            await asyncio.sleep(0.05)
    if process is None or process.returncode:
        raise RuntimeError(f"{name} failed:\n{service.tail()}")
    async with reader(bootstrap, [topic]) as consumer:
        stamps = [r.timestamp for p in places(consumer, topic) for r in await read_all(consumer, p)]
    return len(stamps) / ((max(stamps) - min(stamps)) / 1000)


async def _bare(bootstrap: str, loop: Loop) -> float:
    """Rows/s of a loop that only reads and produces JSON, acks=all and idempotent like ours."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", linger_ms=5
    )
    await producer.start()
    try:
        await producer.partitions_for(f"{PREFIX}crossings")
        started = time.perf_counter()
        count = await loop(lambda value: producer.send(f"{PREFIX}crossings", value))
        await producer.flush()
        return count / (time.perf_counter() - started)
    finally:
        await producer.stop()


async def _bare_files(inbox: Path, send: Callable[[bytes], Awaitable[object]]) -> int:
    count = 0
    for rows in _exports(inbox):
        for row in rows:
            await send(json.dumps(row, ensure_ascii=False, default=str).encode())
        count += len(rows)
    return count


def _exports(inbox: Path) -> Iterator[list[dict[str, object]]]:
    for path in sorted(inbox.iterdir()):
        if path.suffix == ".xlsx":
            sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
            yield [dict(zip(map(str, sheet[0]), row, strict=True)) for row in sheet[1:]]
        else:
            raw = path.read_bytes()
            text = raw.decode("utf-8-sig" if raw.startswith(b"\xef") else "gb18030")
            yield list(csv.DictReader(text.splitlines()))


async def _bare_pages(base: str, send: Callable[[bytes], Awaitable[object]]) -> int:
    count, page, pages = 0, 1, 1
    async with aiohttp.ClientSession(headers={"X-Api-Key": API_KEY}) as session:
        while page <= pages:
            query = {
                "updated_since": "2000-01-01T00:00:00+08:00",
                "page": str(page),
                "page_size": "500",
            }
            async with session.get(f"{base}/api/incidents", params=query) as answer:
                body = await answer.json()
            for row in body["rows"]:
                await send(json.dumps(row, ensure_ascii=False).encode())
            count, page, pages = count + len(body["rows"]), page + 1, body["pages"]
    return count
