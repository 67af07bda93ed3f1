"""Several worker processes on one machine: started, kept alive, stopped in order, by one."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import structlog
from typing_extensions import override

from ops.broker.child import terminate
from ops.demo.service import BACKOFF_SECONDS, STEADY_SECONDS, Service
from ops.errors import SettingError
from streams.lane.errors import EX_TEMPFAIL

logger = structlog.get_logger()

STOP_SECONDS = 120.0
"""Longer than any worker's quiesce: one that has not left by then is stuck."""
IN_ORDER = {0, -signal.SIGTERM}
"""Exit codes of a worker that was told to leave; the second where it had not yet begun."""
WRONG_SETTING = SettingError.exit_code


class WorkerProcess(Service):
    """One of them; its lines come out of ours, with its name in front."""

    __slots__ = ("_reader",)

    def __init__(self, name: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        super().__init__(name, argv, env, Path(os.devnull))

    @override
    def start(self) -> None:
        """Start it; the kernel ends it if this process goes."""
        process = self.launch(subprocess.PIPE)
        if process.stdout is not None:
            self._reader = threading.Thread(
                target=_pass_on, args=(self.name.encode(), process.stdout), daemon=True
            )
            self._reader.start()

    @override
    def is_forgiven(self, code: int, seconds: float) -> bool:
        """Only one that was steady: what kills a worker again and again may be its memory."""
        return seconds > STEADY_SECONDS

    @override
    def excuse(self, code: int, wait: float, failures: int) -> str:
        """In one line; at the longest pause it says so."""
        often = "" if failures == 1 else f", {failures} times in a row"
        limit = ", the longest pause: look at why" if wait == BACKOFF_SECONDS[-1] else ""
        return f"{self.name} ended ({code}{often}); it starts again in {wait:g} s{limit}"

    @override
    def tell(self, text: str) -> None:
        """A line of the log, in the form of its workers' lines."""
        logger.warning(text)

    @override
    async def stop(self) -> None:
        """SIGTERM: it commits and leaves the group. What it said until then has come out."""
        self._stopping = True
        if self.process is not None:
            await terminate(self.process, STOP_SECONDS)
            await asyncio.to_thread(self._reader.join, 5.0)

    def kill(self) -> None:
        """At once."""
        self._stopping = True
        if self.process is not None and self.process.poll() is None:
            self.process.kill()


class Processes:
    """The workers of one machine, until a signal; a second signal kills them."""

    def __init__(self, workers: Sequence[WorkerProcess]) -> None:
        self._workers = workers
        self._asked = asyncio.Event()

    async def run(self) -> int:
        """Exit code: 0 all left in order, EX_TEMPFAIL one did not.

        Raises SettingError where a worker says that a setting is wrong: all end then.
        """
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(sign, self._ask)
        asked = asyncio.create_task(self._asked.wait())
        keepers = {
            asyncio.create_task(worker.keep_alive((WRONG_SETTING,))): worker
            for worker in self._workers
        }
        done, _ = await asyncio.wait({asked, *keepers}, return_when=asyncio.FIRST_COMPLETED)
        wrong = [keepers[task].name for task in done if task in keepers]
        for task in (asked, *keepers):
            task.cancel()
        await asyncio.gather(asked, *keepers, return_exceptions=True)
        codes = await self._stop()
        if wrong:
            message = (
                f"{wrong[0]} ended with code {WRONG_SETTING}: a setting is not allowed, as it says "
                "above. All workers were ended; correct the setting, then start again."
            )
            raise SettingError(message)
        return EX_TEMPFAIL if set(codes) - IN_ORDER else 0

    async def _stop(self) -> list[int]:
        """All at once: each rebalance that the others' going makes finds them going, too."""
        running = [
            (worker, worker.process)
            for worker in self._workers
            if worker.process is not None and worker.process.poll() is None
        ]
        await asyncio.gather(*(worker.stop() for worker, _ in running))
        return [process.returncode for _, process in running]

    def _ask(self) -> None:
        if self._asked.is_set():
            logger.warning("a second signal: the workers are killed")
            for worker in self._workers:
                worker.kill()
        self._asked.set()


def workers(count: int, log_format: str, metrics: tuple[str, int] | None) -> list[WorkerProcess]:
    """So many, each with a port of its own for its metrics (host, port): port, port + 1, ...

    Raises SettingError where one of the ports cannot be had.
    """
    env = [{"SHEQU_LOG_FORMAT": log_format} for _ in range(count)]
    if metrics is not None:
        host, first = metrics
        for place, its in enumerate(env):
            _require_free(host, first + place, count)
            its["SHEQU_METRICS_PORT"] = str(first + place)
    argv = [sys.executable, "-m", "ops", "worker"]
    return [WorkerProcess(f"worker-{place}", argv, its) for place, its in enumerate(env)]


def _require_free(host: str, port: int, count: int) -> None:
    """Before any worker starts: the message would come once for each, and from the middle."""
    try:
        socket.create_server((host, port)).close()
    except (OSError, OverflowError) as error:
        message = (
            f"metrics cannot be read on {host}:{port} ({error}): {count} processes take "
            f"SHEQU_METRICS_PORT and the {count - 1} ports after it. Set it to where all are free."
        )
        raise SettingError(message) from None


def _pass_on(name: bytes, lines: IO[bytes]) -> None:
    """Lines with a name: in front of text, as a field of JSON."""
    with lines:
        for line in lines:
            named = (
                b'{"process":"%s",' % name + line[1:] if line[:1] == b"{" else name + b" | " + line
            )
            sys.stderr.buffer.write(named)
            sys.stderr.buffer.flush()
