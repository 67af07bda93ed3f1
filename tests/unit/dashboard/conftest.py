"""A read model without a broker: rows are put in as the projector puts them in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from aiokafka import TopicPartition
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from dashboard.api.app import build
from dashboard.api.security import Gate
from dashboard.model import columns
from dashboard.model.engine import open_writer
from dashboard.model.rows import LETTERS, PROJECTIONS, Message
from dashboard.model.store import Commit, Store, now_ms
from dashboard.model.writes import Batch
from dashboard.settings import Settings
from schemas.catalogue import catalogue

CLUSTER = "a-cluster"
ZERO: dict[str, object] = {
    "string": "",
    "long": 0,
    "int": 0,
    "boolean": False,
    "bytes": b"",
    "null": None,
}
Kind = list[Any] | dict[str, Any] | str


def example(schema: str, **given: object) -> dict[str, object]:
    """A record of a schema: what is not given is empty."""
    return _filled(catalogue().definition(schema), given)


def _filled(definition: dict[str, Any], given: dict[str, object]) -> dict[str, object]:
    return {
        f["name"]: given.get(f["name"], f.get("default", _empty(f["type"])))
        for f in definition["fields"]
    }


def _empty(kind: Kind) -> object:
    if isinstance(kind, list):
        return _empty(kind[0])
    if isinstance(kind, dict):
        if kind["type"] == "record":
            return _filled(kind, {})
        return [] if kind["type"] == "array" else _empty(kind["type"])
    return ZERO[kind] if kind in ZERO else _filled(catalogue().definition(kind), {})


@dataclass
class Model:
    """A read model in a folder of its own; `put` and `drop` gather, `commit` stores."""

    settings: Settings
    engine: AsyncEngine
    store: Store
    batch: Batch = field(default_factory=Batch)

    def put(self, topic: str, key: str, /, *, heard_at: int = 0, **given: object) -> None:
        known = catalogue().topics.get(topic)
        schema = known.schema if known else "shequ.dlq.Letter"
        projection = PROJECTIONS.get(topic, LETTERS)
        self.batch.put(projection, Message(key, heard_at), example(schema, **given))

    def drop(self, topic: str, key: str) -> None:
        self.batch.drop(PROJECTIONS[topic], Message(key, 0))

    async def commit(
        self,
        *,
        next: dict[TopicPartition, int] | None = None,  # noqa: A002 - the field's name
        ends: dict[TopicPartition, int] | None = None,
        appends: list[dict[str, object]] | None = None,
        state: str = "live",
    ) -> None:
        batch, self.batch = self.batch, Batch()
        commit = Commit(
            next=next or {},
            ends=ends or {},
            appends=appends or [],
            seen_at=now_ms(),
            state=state,
        )
        await self.store.commit(batch, commit)

    async def rows(self, name: str) -> list[dict[str, Any]]:
        table = columns.metadata.tables[name]
        async with self.engine.begin() as connection:
            found = await connection.execute(select(table).order_by(*table.primary_key))
            return [dict(row) for row in found.mappings()]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
async def model(settings: Settings) -> AsyncIterator[Model]:
    """An empty read model that a projector holds."""
    engine = open_writer(settings.model_url)
    store = Store(engine, lineage="community-v1", tombstone_days=30)
    await store.take_over(CLUSTER, rebuild=False)
    yield Model(settings, engine, store)
    await engine.dispose()


@asynccontextmanager
async def asking(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = build(settings)
    began, ended = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        """In a task of its own, as in a server: a fixture's two halves run in two tasks."""
        async with app.lifespan():
            began.set()
            await ended.wait()

    living = asyncio.create_task(live())
    await began.wait()
    transport = httpx.ASGITransport(cast("Any", Gate(app, settings)))
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://127.0.0.1:8080",
        headers={"Accept-Language": "en"},
    ) as client:
        yield client
    ended.set()
    await living


@pytest.fixture
async def client(model: Model) -> AsyncIterator[httpx.AsyncClient]:
    """A dashboard on that read model."""
    async with asking(model.settings) as found:
        yield found


@pytest.fixture
def asking_at() -> Callable[[Settings], AbstractAsyncContextManager[httpx.AsyncClient]]:
    """A dashboard where there may be no read model."""
    return asking
