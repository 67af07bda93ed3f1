"""A peer's process, and its rate as seen from outside: by the rows that it has appended."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers.truth import Claim, answer_of
from benchmarks.peers.views import Follower, Point, Views
from ops.reading import reader
from ops.topics import Wanted, apply

LIMIT_SECONDS = 900.0
STOP_SECONDS = 60.0
LOOK_SECONDS = 0.5
TAIL_BYTES = 4_000


@dataclass(frozen=True, slots=True)
class Peer:
    """One contestant: how its process is started, and where its rows are."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    views: Views
    topics: Sequence[Wanted] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Window:
    """What is counted: `events`, after `warm` seconds from its first row."""

    warm: float
    events: int


@asynccontextmanager
async def running(peer: Peer, log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process, until the end of the block; then it is asked to end in order."""
    with log.open("wb") as sink:
        process = await asyncio.create_subprocess_exec(
            *peer.command, env={**os.environ, **peer.environment}, stdout=sink, stderr=sink
        )
    try:
        yield process
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def measured(
    bootstrap: str, peer: Peer, window: Window, there: int, home: Path
) -> tuple[float, Claim]:
    """Events/s within the window, and what the peer has in the end. `there`: events at the source.

    Raises RuntimeError with the peer's last words where it ends by itself or stands still.
    """
    await apply(bootstrap, list(peer.topics))
    log = home / f"{peer.name.replace(' ', '-').replace(',', '').replace('/', '-')}.log"
    async with reader(bootstrap, peer.views.topics) as consumer:
        consumer.resume(*consumer.assignment())
        follower = Follower(consumer, peer.views)
        async with running(peer, log) as process:
            points = await _watch(process, follower, peer, window, there, log)
        await follower.drain()
    rate = _rate(points, window, peer.name)
    folded = dict(follower.progress.folded)
    return rate, Claim(peer.name, folded, answer_of(follower.rows))


async def _watch(
    process: asyncio.subprocess.Process,
    follower: Follower,
    peer: Peer,
    window: Window,
    there: int,
    log: Path,
) -> list[Point]:
    """Points until the window is full or the source is at its end."""
    points = follower.progress.points
    async with asyncio.timeout(LIMIT_SECONDS):
        while not _is_full(points, window, there):
            if process.returncode is not None:
                raise RuntimeError(f"{peer.name} ended by itself:\n{tail(log)}")
            await asyncio.sleep(LOOK_SECONDS)
            await follower.follow(peer.views.topics[:1], 0)
    return list(points)


def _is_full(points: Sequence[Point], window: Window, there: int) -> bool:
    if not points or points[-1].total >= there:
        return bool(points)
    start = _start(points, window)
    return start is not None and points[-1].total - start.total >= window.events


def _start(points: Sequence[Point], window: Window) -> Point | None:
    began = points[0].at + window.warm * 1000
    return next((point for point in points if point.at >= began), None)


def _rate(points: Sequence[Point], window: Window, name: str) -> float:
    start = _start(points, window)
    if start is None or points[-1].total - start.total < window.events / 2:
        raise RuntimeError(
            f"{name} had folded all {points[-1].total:,} events before it was warm: more laps"
        )
    return (points[-1].total - start.total) / (points[-1].at - start.at) * 1000


def tail(log: Path) -> str:
    """Last words of a process."""
    return log.read_bytes()[-TAIL_BYTES:].decode("utf-8", "replace")
