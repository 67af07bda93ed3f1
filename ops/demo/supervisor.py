"""Bring the demo up, keep it up, take it down."""

import asyncio
import fcntl
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import typer

from ops import epochs, lists, topics
from ops.broker import EmbeddedBroker, ports
from ops.demo.city import Place, Ports, Size, departments, hub
from ops.demo.service import Service
from ops.errors import OperatorError
from ops.settings import Settings
from streams.community_fold import fingerprint

READY_SECONDS = 120.0
WISHED = {"police": 8790, "permits": 8791, "database": 8792}
"""Ports that the departments' systems have where they are free."""


class Demo:
    """A city on one machine: the broker, then every other process under supervision."""

    def __init__(self, settings: Settings, size: Size) -> None:
        self._settings = settings
        self._size = size
        self._home = settings.home.absolute()
        self._broker = EmbeddedBroker(
            settings.broker_folder, port=settings.broker_port, libs=settings.kafka_libs
        )
        self._services: list[Service] = []
        self._keepers: list[asyncio.Task[int | None]] = []
        self._asked = asyncio.Event()

    async def run(self) -> None:
        """Until Ctrl-C or SIGTERM; everything that was started is stopped, whatever happens."""
        with held(self._home):
            for sign in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(sign, self._asked.set)
            try:
                place = await self._start()
                await self._until_ready(place)
                if not self._asked.is_set():
                    typer.echo("Shequ 社区 is ready, the past fills in; Ctrl-C stops it:", err=True)
                    typer.echo(place.url)
                await self._watch()
            finally:
                await self._stop()

    async def _start(self) -> Place:
        bootstrap = self._settings.bootstrap or await self._broker.start()
        place = Place(self._home, bootstrap, self._ports())
        typer.echo(f"Kafka is at {bootstrap}; logs are in {self._home / 'logs'}", err=True)
        await self._prepare(bootstrap)
        place.database_url.unlink(missing_ok=True)  # of the last time: its port may be another
        self._keep(departments(place, self._size))
        await self._until(place.estates.exists, "the departments' systems")
        await self._until(place.database_url.exists, "the register's database")
        if not self._asked.is_set():
            for service in hub(place, place.database_url.read_text("utf-8").strip()):
                self._keep(service)
        return place

    def _ports(self) -> Ports:
        """Free ones; who had wished for one that is taken is told."""
        wished = {"page": self._settings.dashboard_port, **WISHED}
        taken: dict[str, int] = {}
        for what, wish in wished.items():
            taken[what] = ports.choose(wish, besides=tuple(taken.values()))
            if taken[what] != wish:
                typer.echo(f"port {wish} is taken, the {what} is on {taken[what]}", err=True)
        return Ports(**taken)

    def _keep(self, service: Service) -> None:
        self._services.append(service)
        self._keepers.append(asyncio.create_task(service.keep_alive(), name=service.name))

    async def _prepare(self, bootstrap: str) -> None:
        """Topics, lists, and an epoch where the code has changed since the last demo."""
        names = self._settings.names
        plan = await topics.apply(bootstrap, topics.wanted_topics(self._settings))
        for name, setting, found, wanted in plan.differing:
            typer.echo(f"{name}: {setting} is {found!r}, the catalogue says {wanted!r}", err=True)
        await lists.publish_changed(bootstrap, names, lists.load_shipped())
        code = fingerprint()
        if (await epochs.journal_codes(bootstrap, names)) - {code}:
            await epochs.record(bootstrap, names, code, "the demo was started with other code")
            typer.echo("other code than last time: an epoch was recorded", err=True)

    async def _until_ready(self, place: Place) -> None:
        async with aiohttp.ClientSession() as session:
            await self._until(lambda: _is_ready(session, place.url), "the page")

    async def _until(self, holds: Callable[[], bool | Awaitable[bool]], what: str) -> None:
        """Wait for a condition, or for the user to stop the demo."""
        loop = asyncio.get_running_loop()
        end = loop.time() + READY_SECONDS
        while not self._asked.is_set():
            found = holds()
            if await found if isinstance(found, Awaitable) else found:
                return
            if loop.time() > end:
                raise OperatorError(self._why_not(what))
            await asyncio.sleep(0.1)

    def _why_not(self, what: str) -> str:
        parts = [f"{what} not ready within {READY_SECONDS:g} s. Logs: {self._home / 'logs'}"]
        parts += [f"--- {s.name}\n{s.tail()}" for s in self._services if s.restarts]
        return "\n".join(parts)

    async def _watch(self) -> None:
        """The broker is the one process that nobody restarts behind our back: start it again."""
        while not self._asked.is_set():
            if self._settings.bootstrap is None and not self._broker.alive:
                typer.echo("Kafka ended; it starts again", err=True)
                await self._broker.start()
            await asyncio.sleep(0.5)

    async def _stop(self) -> None:
        """In reverse order of the flow's start: nobody loses whom it writes to."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*(service.stop() for service in self._services))
        await self._broker.stop()


async def _is_ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(
            f"{url}/api/ready", timeout=aiohttp.ClientTimeout(total=2)
        ) as answer:
            return answer.status == 200  # noqa: PLR2004 -- HTTP OK
    except (aiohttp.ClientError, TimeoutError):
        return False


class held:  # noqa: N801 -- reads as what it does: `with held(folder)`
    """The demo's folder is one demo's: a second one is refused, by name of the first."""

    def __init__(self, home: Path) -> None:
        self._path = home / "demo.lock"

    def __enter__(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a+", encoding="ascii")
        except OSError as error:
            raise OperatorError(
                f"the data folder {self._path.parent} cannot be written: {error.strerror}. "
                f"Make room or mend its rights, or set SHEQU_HOME to another folder."
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip()
            raise OperatorError(
                f"a demo already runs on {self._path.parent} (process {holder}). Stop it, "
                f"or set SHEQU_HOME to another folder."
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def __exit__(self, *_: object) -> None:
        self._file.close()
