"""TCP proxies in front of brokers: what passes can be held up, lost, cut, or cut in half.

They run in a thread with a loop of its own: tests come and go, the brokers' addresses stay.
"""

import asyncio
import contextlib
import random
import threading
from collections.abc import Callable, Iterable
from typing import Self

HOST = "127.0.0.1"
CHUNK = 64 * 1024
LOOKS = 0.01
"""Seconds between two looks of a stalled connection."""


class Proxy:
    """One broker's address for clients. The public fields are set from any thread, at any time."""

    def __init__(self, port: int, target: int, chance: random.Random) -> None:
        """Listen on `port`, pass on to `target`; nothing is opened yet."""
        self.port, self.target = port, target
        self.delay = (0.0, 0.0)
        """Seconds, least and most, by which each chunk is late, there and back."""
        self.bytes_a_second = 0
        """No faster than this; 0: as fast as it goes."""
        self.silent = False
        """Nothing passes, nothing is refused: as when packets are lost."""
        self.deaf = False
        """Requests arrive, answers are lost for good, and connections stay open."""
        self.refusing = False
        """Connections are cut as soon as they are made."""
        self._chance = chance
        self._links: set[asyncio.StreamWriter] = set()
        self._lost: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen; in the proxies' own loop."""
        self._server = await asyncio.start_server(self._connected, HOST, self.port)

    async def close(self) -> None:
        """Stop listening, cut everything."""
        if self._server is not None:
            self._server.close()
        self.cut_links()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def mend(self) -> None:
        """Let everything pass again."""
        self.delay, self.bytes_a_second = (0.0, 0.0), 0
        self.silent = self.deaf = self.refusing = False

    def cut_links(self) -> None:
        """Reset every connection; in the proxies' own loop."""
        for writer in list(self._links):
            writer.transport.abort()

    def close_halves(self) -> None:
        """End the brokers' half of every connection: clients may go on sending to nobody."""
        for writer in list(self._links):
            with contextlib.suppress(OSError, RuntimeError):
                writer.write_eof()

    def lose_links(self) -> None:
        """Connections that are there carry nothing any more, and nobody is told; new ones do."""
        self._lost |= self._links

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._links.add(writer)
        try:
            if not self.refusing:
                await self._join(reader, writer)
        except OSError:
            pass  # the broker is not there: the client sees its connection end
        finally:
            self._links.discard(writer)
            self._lost.discard(writer)
            self._tasks.discard(task)
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass both ways until either side ends, however it does: then both do."""
        back, there = await asyncio.open_connection(HOST, self.target)
        ways = [
            asyncio.ensure_future(self._pass(back, writer, writer, answers=True)),
            asyncio.ensure_future(self._pass(reader, there, writer, answers=False)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if writer in self._lost:  # nor does anybody hear that the other side has gone
                await ways[1]
        finally:
            there.transport.abort()
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        link: asyncio.StreamWriter,
        *,
        answers: bool,
    ) -> None:
        while data := await source.read(CHUNK):
            await self._hold(len(data))
            if link in self._lost or (answers and self.deaf):
                continue
            sink.write(data)
            await sink.drain()

    async def _hold(self, size: int) -> None:
        if self.delay[1]:
            await asyncio.sleep(self._chance.uniform(*self.delay))
        if self.bytes_a_second:
            await asyncio.sleep(size / self.bytes_a_second)
        while self.silent:
            await asyncio.sleep(LOOKS)


class Proxies:
    """All proxies of a cluster, in one thread."""

    def __init__(self, ports: Iterable[tuple[int, int]], seed: int = 0) -> None:
        """`ports`: of each proxy, and of its broker."""
        chance = random.Random(seed)
        self.each = [Proxy(port, target, chance) for port, target in ports]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        for proxy in self.each:
            asyncio.run_coroutine_threadsafe(proxy.open(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        for proxy in self.each:
            asyncio.run_coroutine_threadsafe(proxy.close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def __getitem__(self, number: int) -> Proxy:
        """The proxy of a broker, by the broker's number from 1."""
        return self.each[number - 1]

    def mend(self) -> None:
        """Let everything pass."""
        for proxy in self.each:
            proxy.mend()

    def cut(self, number: int) -> None:
        """Reset a broker's connections; those that follow are refused while `refusing` is set."""
        self._call(self[number].cut_links)

    def lose(self, number: int) -> None:
        """Let a broker's connections carry nothing, as when a firewall forgets them."""
        self._call(self[number].lose_links)

    def close_halves(self, number: int) -> None:
        """End the broker's half of each of its connections."""
        self._call(self[number].close_halves)

    def _call(self, what: Callable[[], None]) -> None:
        async def done() -> None:
            what()

        asyncio.run_coroutine_threadsafe(done(), self._loop).result(10)
