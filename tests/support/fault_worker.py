"""A worker that breaks on purpose: `python -m fault_worker`, told how by its environment.

FAULT_POINT, FAULT_TURN, FAULT_MARK: kill itself at a point (see `faults.points`), counted from the
first takeover on with FAULT_LATE; FAULT_SIGNAL: SIGSTOP where it is to sleep there. FAULT_FOLD: one
of `faults.folds`. FAULT_FILES: as many file descriptors, no more. Everything else is the worker
that ships.
"""

import os
import resource
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection
from faults.folds import fold_named
from faults.points import ON_THE_WIRE, Trap
from typing_extensions import override

from ops import logs
from streams import settings, worker
from streams.lane.faust.app import lane_app
from streams.lane.faust.joints import LaneConsumer
from streams.lane.kafka.log import KafkaLog
from streams.lane.lane import Lane
from streams.lane.port import Approve, Chunk, Committed, Write, approve_all

P = ParamSpec("P")
R = TypeVar("R")


class FaultLog(KafkaLog):
    """Kafka's log, with a trap at every step."""

    trap: Trap

    @override
    async def fence(self, partition: int) -> None:
        self.trap.reach("before fence")
        await super().fence(partition)
        self.trap.reach("after fence")

    @override
    async def release(self, partition: int) -> None:
        self.trap.reach("before release")
        await super().release(partition)
        self.trap.reach("after release")

    @override
    async def read(
        self, topics: Sequence[str], partition: int, since: Mapping[str, int] | None = None
    ) -> AsyncIterator[Chunk]:
        self.trap.reach("before restore")
        async for chunk in super().read(topics, partition, since):
            yield chunk
            self.trap.reach("within restore")
        self.trap.reach("after restore")

    @override
    async def bounds(self, topics: Sequence[str], partition: int) -> Mapping[str, tuple[int, int]]:
        found = await super().bounds(topics, partition)
        self.trap.reach("log checked")
        return found

    @override
    async def commit(
        self, partition: int, writes: Iterable[Write], approve: Approve = approve_all
    ) -> Committed:
        def approve_here(done: Committed) -> None:
            self.trap.reach("all appended")
            approve(done)

        return await super().commit(partition, writes, approve_here)


def traps(trap: Trap) -> None:
    """Set it at every point that is not the log's own."""
    _around(AIOKafkaProducer, "begin_transaction", trap, "before begin", "begun")
    _around(AIOKafkaProducer, "send_batch", trap, "", "batch queued")
    _around(AIOKafkaProducer, "commit_transaction", trap, "before commit", "committed")
    _around(LaneConsumer, "_seek_all", trap, "before seek", "after seek")
    _around(Lane, "quiesce", trap, "before quiesce", "after quiesce")
    _around(Lane, "assign", trap, "", "taken over")
    _on_the_wire(trap)


def _around(owner: type, name: str, trap: Trap, before: str, after: str) -> None:
    inner: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def outer(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- whatever it passes on
        trap.reach(before)
        result = await inner(*args, **kwargs)
        trap.reach(after)
        return result

    setattr(owner, name, outer)


def _on_the_wire(trap: Trap) -> None:
    """Before a request is written, when it has been, and when its answer is there but unseen."""
    write: Callable[..., Any] = AIOKafkaConnection.send
    ask: Callable[..., Awaitable[Any]] = AIOKafkaClient.send

    def written(conn: AIOKafkaConnection, request: object, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- the same
        name = _name(request)
        trap.reach(f"before {name}")
        future = write(conn, request, *args, **kwargs)
        trap.reach(f"{name} sent")
        return future

    async def asked(client: AIOKafkaClient, node: object, request: object, **kwargs: Any) -> Any:  # noqa: ANN401 -- the same
        answer = await ask(client, node, request, **kwargs)
        trap.reach(f"{_name(request)} answered")
        return answer

    AIOKafkaConnection.send = written  # type: ignore[method-assign, assignment] # the edge of the process
    AIOKafkaClient.send = asked  # type: ignore[method-assign, assignment] # the same


def _name(request: object) -> str:
    name = type(request).__name__.partition("Request")[0]
    return name if name in ON_THE_WIRE else ""


def main() -> None:
    """Run it."""
    told = os.environ
    logs.configure("json")
    if files := int(told.get("FAULT_FILES", "0")):
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    wanted = settings.load()
    late = "FAULT_LATE" in told
    trap = Trap(told.get("FAULT_POINT", ""), int(told.get("FAULT_TURN", "0")),
                Path(told.get("FAULT_MARK", os.devnull)), armed=not late,
                sign=signal.Signals[told.get("FAULT_SIGNAL", "SIGKILL")])  # fmt: skip
    traps(trap)
    log = FaultLog(wanted.bootstrap, wanted.names, int(wanted.transaction_timeout * 1000))
    log.trap = trap
    compiled = wanted.decoder == "compiled"
    fold = fold_named(told.get("FAULT_FOLD", ""), wanted.home, compiled=compiled)
    worker.run(lane_app(fold, wanted, log))


if __name__ == "__main__":
    main()
