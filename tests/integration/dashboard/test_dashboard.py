"""The dashboard as a process: from a row on a topic to an open page, across restarts."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from tests.integration.dashboard.conftest import City

HOME = "420704001013"
Until = Callable[..., Awaitable[None]]


@dataclass
class Event:
    """One server-sent event."""

    id: str
    name: str
    data: str


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _dashboard(city: "City", port: int) -> Iterator[subprocess.Popen[str]]:
    env = {
        **os.environ,
        "SHEQU_HOME": str(city.settings.home),
        "SHEQU_TOPIC_PREFIX": city.settings.topic_prefix,
        "SHEQU_DASHBOARD_PORT": str(port),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "ops", "dashboard"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@asynccontextmanager
async def _asking(port: int, until: Until) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:

        async def answers() -> bool:
            try:
                return (await client.get("/api/health")).status_code == 200
            except httpx.TransportError:
                return False

        await until(answers)
        yield client


@asynccontextmanager
async def _listening(
    client: httpx.AsyncClient, last: str | None = None
) -> AsyncIterator[AsyncIterator[Event]]:
    headers = {} if last is None else {"Last-Event-ID": last}
    async with client.stream("GET", "/api/stream", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer.aiter_lines())


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[Event]:
    event = Event("", "", "")
    async for line in lines:
        field, _, value = line.partition(": ")
        if field == "id":
            event.id = value
        elif field == "event":
            event.name = value
        elif field == "data":
            event.data = value
        elif not line:
            yield event
            event = Event("", "", "")


async def test_an_open_page_hears_of_a_row_and_finds_it(city: "City", until: Until) -> None:
    port = _free_port()
    async with city.projecting():
        await until(city.caught_up)
        with _dashboard(city, port):
            async with _asking(port, until) as client, _listening(client) as events:
                await anext(events)
                row = city.message("tasks", f"{HOME}/t", code=HOME, task_id="t", state="pending")
                await city.say(row)
                event = await anext(events)
                assert event.name == "changed"
                assert json.loads(event.data)["tasks"] == ["t"]
                found = (await client.get("/api/tasks/t")).json()
                assert found["task"]["state"] == "pending"
                await until(city.caught_up)
                ready = await client.get("/api/ready")
                assert ready.status_code == 200
                assert len(ready.json()["positions"]) > 20


async def test_a_page_that_lost_its_dashboard_hears_from_the_next_one_what_it_missed(
    city: "City", until: Until
) -> None:
    port = _free_port()
    async with city.projecting():
        await until(city.caught_up)
        with _dashboard(city, port) as process:
            async with _asking(port, until) as client, _listening(client) as events:
                where = await anext(events)
            process.send_signal(signal.SIGKILL)
        await city.say(city.message("tasks", f"{HOME}/a", code=HOME, task_id="a"))
        await city.say(city.message("tasks", f"{HOME}/b", code=HOME, task_id="b"))
        await until(city.caught_up)
        with _dashboard(city, port):
            async with _asking(port, until) as client:
                async with _listening(client, where.id) as events:
                    missed = await anext(events)
                assert (missed.name, json.loads(missed.data)["tasks"]) == ("changed", ["a", "b"])
                async with _listening(client, "of-another-filling-7") as events:
                    assert (await anext(events)).name == "reset"


async def test_open_pages_do_not_keep_it_from_stopping(city: "City", until: Until) -> None:
    port = _free_port()
    async with city.projecting():
        await until(city.caught_up)
        with _dashboard(city, port) as process:
            async with _asking(port, until) as client, _listening(client) as events:
                await anext(events)
                process.send_signal(signal.SIGTERM)
                assert all([not event.name async for event in events]), "the stream ends by itself"
            await until(lambda: process.poll() is not None, limit=10)
            assert process.returncode == 0


async def test_a_taken_port_is_said_with_what_to_do(city: "City", until: Until) -> None:
    """Before anything is served: two dashboards would share the port in turns."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with _dashboard(city, port) as process:
            await until(lambda: process.poll() is not None)
            said = process.communicate()[0]
    assert process.returncode == 2
    assert f"127.0.0.1:{port}" in said
    assert "--port" in said
    assert "Traceback" not in said
