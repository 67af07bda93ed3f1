"""A peer's process, and its rate as seen from outside: by the rows that it has appended."""

import asyncio
import os
import signal
import time
from bisect import bisect_right
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer

from benchmarks.peers import topics
from benchmarks.peers.truth import Claim, answer_of
from benchmarks.peers.views import Follower, Point, Views
from ops.reading import reader
from ops.topics import Wanted, apply

START_SECONDS = 120.0
STOP_SECONDS = 60.0
LOOK_SECONDS = 0.25
STILL_LOOKS = 60
"""A peer that appends nothing for so long has no more to fold."""
TAIL_BYTES = 4_000


class TooShortError(RuntimeError):
    """A peer's rows were too few in time to say a rate."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One contestant: how its process is started, and where its rows are.

    `slow_start`: it is warm only after a while, as a JVM is.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    views: Views
    topics: Sequence[Wanted] = field(default_factory=list)
    slow_start: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """What is counted: `seconds`, once `warm` seconds have gone since the first row."""

    warm: float
    seconds: float


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


class Sample(NamedTuple):
    """CPU seconds that a process had used at a moment, ms."""

    at: int
    cpu: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Events/s within the window, the process's CPU time per event (us), what it has in the end."""

    rate: float
    cpu: float
    claim: Claim


async def measured(bootstrap: str, peer: Peer, window: Window, home: Path) -> Measured:
    """Run a peer for its window, from nothing.

    While it runs nobody reads its rows: only their number is asked for, now and then. Raises
    RuntimeError with the peer's last words where it ends by itself, TooShortError where too little
    of what it folded is in the window.
    """
    await apply(bootstrap, list(peer.topics))
    log = home / "".join(c if c.isalnum() else "-" for c in f"{peer.name}.log")
    async with reader(bootstrap, peer.views.topics) as consumer:
        async with running(peer, log) as process:
            samples = await _watch(process, consumer, peer, window, log)
            stopped = now()
        follower = Follower(peer.views)
        await follower.drain(consumer)
    await topics.drop(bootstrap, peer.views.topics)
    points = [point for point in follower.progress.points if point.at <= stopped]
    claim = Claim(peer.name, dict(follower.progress.folded), answer_of(follower.rows))
    counted = warmed(points, window, peer.name)
    return Measured(rate(counted), _cpu(counted, samples), claim)


async def _watch(
    process: asyncio.subprocess.Process,
    consumer: AIOKafkaConsumer,
    peer: Peer,
    window: Window,
    log: Path,
) -> list[Sample]:
    """Return when the window is over, or nothing more comes."""
    samples, began = list[Sample](), time.monotonic()
    ends, still = 0, 0
    while not ends or time.monotonic() - began < window.warm + window.seconds:
        if process.returncode is not None:
            raise RuntimeError(f"{peer.name} ended by itself:\n{tail(log)}")
        if not ends and time.monotonic() - began > START_SECONDS:
            raise RuntimeError(f"{peer.name} has written nothing:\n{tail(log)}")
        await asyncio.sleep(LOOK_SECONDS)
        samples.append(Sample(now(), cpu_seconds(process.pid)))
        found = sum((await consumer.end_offsets(consumer.assignment())).values())
        if found and not ends:
            began = time.monotonic()
        still = still + 1 if found == ends and found else 0
        if still > STILL_LOOKS:
            break
        ends = found
    return samples


def warmed(points: Sequence[Point], window: Window, name: str) -> list[Point]:
    """Points that count. Raises TooShortError where they are less than half of the window."""
    warm = points[0].at + window.warm * 1000 if points else 0
    counted = [point for point in points if point.at >= warm]
    seconds = (counted[-1].at - counted[0].at) / 1000 if counted else 0.0
    if seconds < window.seconds / 2:
        folded = points[-1].total if points else 0
        raise TooShortError(f"{name} folded {folded:,} events, too few of them once it was warm")
    return counted


def rate(points: Sequence[Point]) -> float:
    """Events/s from the first point to the last."""
    return (points[-1].total - points[0].total) / (points[-1].at - points[0].at) * 1000


def _cpu(points: Sequence[Point], samples: Sequence[Sample]) -> float:
    """CPU time per event, us, over what of the window was sampled."""
    within = [one for one in samples if points[0].at <= one.at <= points[-1].at]
    if len(within) < 2:
        return 0.0
    first, last = within[0], within[-1]
    events = _total(points, last.at) - _total(points, first.at)
    return (last.cpu - first.cpu) / events * 1e6 if events else 0.0


def _total(points: Sequence[Point], at: int) -> float:
    """Events folded at a moment within the points; between two of them folding was even."""
    after = bisect_right(points, at, key=lambda point: point.at)
    before, following = points[after - 1], points[min(after, len(points) - 1)]
    if following.at == before.at:
        return before.total
    share = (at - before.at) / (following.at - before.at)
    return before.total + share * (following.total - before.total)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process; 0 once it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def tail(log: Path) -> str:
    """Last words of a process."""
    return log.read_bytes()[-TAIL_BYTES:].decode("utf-8", "replace")


def now() -> int:
    """Ms since 1970 UTC: the broker's clock is this machine's."""
    return time.time_ns() // 1_000_000
