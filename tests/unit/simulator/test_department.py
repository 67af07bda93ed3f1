"""The department's own producer, with a cluster in its memory and a registry served here."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import fastavro
import pytest
from aiohttp import web

from ops.simulator import kafka_sender, own_cases, own_feed
from ops.simulator.department import Department
from ops.simulator.memory import SimulatorError
from ops.simulator.plan import Plan
from ops.simulator.police_system import served
from ops.simulator.produced import Produced
from ops.simulator.targets import Targets
from schemas.catalogue import catalogue

pytestmark = pytest.mark.long

Until = Callable[..., Awaitable[None]]
PREFIX = "town."
SUBJECT = f"{PREFIX}{own_cases.TOPIC}-value"
DEFINITION = catalogue().definitions[catalogue().topics[own_cases.TOPIC].schema]


@dataclass
class Registry:
    """Knows one subject; whatever would change it is written down."""

    away: bool = False
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(f"{request.method} {request.path}")
        if self.away:
            return web.Response(status=503)
        if request.path != f"/subjects/{SUBJECT}/versions/latest":
            return web.json_response({"error_code": 40401, "message": "no"}, status=404)
        schema = json.dumps(DEFINITION)
        return web.json_response({"subject": SUBJECT, "version": 1, "id": 258, "schema": schema})

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Targets]:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self.answer)
        async with served(application) as url:
            yield Targets(registry=url, bootstrap="127.0.0.1:9", prefix=PREFIX)


@pytest.fixture
def _cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster within the producer, instead of the one at its address."""
    monkeypatch.setitem(kafka_sender.PRODUCER, "test.mock.num.brokers", 1)


@pytest.fixture(scope="module")
def sent(plan: Plan) -> list[Produced]:
    return list(own_feed.feed(plan, 0))[:300]


async def send(department: Department, sent: list[Produced]) -> None:
    async with department.sending():
        for one in sent:
            department.put(one, int)
        await department.drained()


@pytest.mark.usefixtures("_cluster")
async def test_everything_is_delivered_and_nothing_is_registered(
    tmp_path: Path, sent: list[Produced]
) -> None:
    registry = Registry()
    async with registry.open() as targets:
        department = Department(tmp_path, targets)
        await send(department, sent)
    assert department.sent == {own_cases.TOPIC: len(sent)}
    assert department.trouble == ""
    assert f"GET /subjects/{SUBJECT}/versions/latest" in registry.asked
    assert {asked.split()[0] for asked in registry.asked} == {"GET"}


@pytest.mark.usefixtures("_cluster")
async def test_made_again_it_goes_on_where_it_was(tmp_path: Path, sent: list[Produced]) -> None:
    async with Registry().open() as targets:
        await send(Department(tmp_path, targets), sent[:100])
        again = Department(tmp_path, targets)
        await send(again, sent)
    assert again.sent.total() == len(sent) - 100


@pytest.mark.usefixtures("_cluster")
async def test_a_registry_that_is_away_is_waited_for(
    tmp_path: Path, sent: list[Produced], until: Until
) -> None:
    registry = Registry(away=True)
    async with registry.open() as targets:
        department = Department(tmp_path, targets)
        sending = asyncio.create_task(send(department, sent[:5]))
        await until(lambda: len(registry.asked) > 2)
        assert department.sent.total() == 0
        registry.away = False
        await sending
    assert department.sent.total() == 5


async def test_a_kafka_that_is_away_is_tried_again(
    tmp_path: Path, sent: list[Produced], until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_sender, "FLUSH_SECONDS", 0.1)
    async with Registry().open() as targets:
        department = Department(tmp_path, targets)
        async with department.sending():
            department.put(sent[0], int)
            await until(lambda: department.trouble.startswith("kafka: "))
    assert (tmp_path / "department" / "delivered.txt").exists() is False


@pytest.mark.usefixtures("_cluster")
async def test_a_record_that_its_schema_refuses_ends_it_with_the_reason(
    tmp_path: Path, sent: list[Produced]
) -> None:
    wrong = replace(sent[0], make=lambda _: {"record_id": 7})
    async with Registry().open() as targets:
        with pytest.raises(ExceptionGroup) as caught:
            await send(Department(tmp_path, targets), [wrong])
    assert caught.group_contains((TypeError, ValueError))


async def test_what_is_framed_is_the_record_under_the_schemas_id(sent: list[Produced]) -> None:
    async with Registry().open() as targets:
        sender = kafka_sender.KafkaSender(targets)
        value = sent[0].value(int)
        record = kafka_sender.Record(own_cases.TOPIC, sent[0].key, value, "mark")
        (framed,) = await asyncio.to_thread(sender._values, [record])
        await asyncio.to_thread(sender.close)
    assert framed is not None
    assert framed[:5] == b"\x00\x00\x00\x01\x02"
    read = fastavro.schemaless_reader(io.BytesIO(framed[5:]), DEFINITION, None)
    assert isinstance(read, dict)
    assert read["record_id"] == value["record_id"]
    assert read["version"] == {"order": value["version"]["order"], "hash": None}  # type: ignore[index]
    assert read["personal"] == value["personal"]


async def test_a_department_that_does_not_send_cannot_be_drained(tmp_path: Path) -> None:
    department = Department(tmp_path, Targets(registry="http://127.0.0.1:9", bootstrap="x:9"))
    with pytest.raises(SimulatorError, match="drain it while"):
        await department.drained()
