"""One process of the hub, kept alive: started, watched, started again with backoff, stopped."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import typer

from ops.broker.child import die_with, terminate

STOP_SECONDS = 15.0
BACKOFF_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_SECONDS = 30.0
"""A process that lived for so long is healthy again: the next restart is quick."""
LOG_BYTES = 20_000_000


@dataclass(slots=True)
class Service:
    """What to run: a `shequ` command, its environment, its log."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    restarts: int = field(default=0, init=False)
    _stopping: bool = field(default=False, init=False)

    def start(self) -> None:
        """Start it; the kernel ends it if this process goes."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as sink:
            self.launch(sink)

    def launch(self, sink: IO[bytes] | int) -> subprocess.Popen[bytes]:
        """Start it, with its output there."""
        self.process = subprocess.Popen(
            self.argv,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self.env},
            start_new_session=True,  # Ctrl-C is for the supervisor, which stops us in order
            preexec_fn=die_with(os.getpid()),  # noqa: PLW1509 -- prctl has no other way in
        )
        return self.process

    async def keep_alive(self, final: Collection[int] = ()) -> int | None:
        """Start it again whenever it ends, until `stop`; gives the exit code that was `final`."""
        loop = asyncio.get_running_loop()
        failures = 0
        while not self.is_stopping():
            began = loop.time()
            self.start()
            code = await self._ended()
            if self.is_stopping():
                return None
            if code in final:
                return code
            if self.is_forgiven(code, loop.time() - began):
                failures = 0
            wait = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
            failures += 1
            self.restarts += 1
            self.tell(self.excuse(code, wait, failures))
            await asyncio.sleep(wait)
        return None

    def is_forgiven(self, code: int, seconds: float) -> bool:
        """Killed from outside, or steady before: not its own fault, and no pause grows."""
        return code == -signal.SIGKILL or seconds > STEADY_SECONDS

    def excuse(self, code: int, wait: float, failures: int) -> str:
        """What is said of an end; `failures`: how many in a row."""
        often = "" if failures == 1 else f" for the {failures}th time in a row"
        return f"{self.name} ended ({code}){often}; it starts again in {wait:g} s, see {self.log}"

    def tell(self, text: str) -> None:
        """To who looks on."""
        typer.echo(text, err=True)

    async def _ended(self) -> int:
        while (process := self.process) is not None:
            code = process.poll()
            if code is not None:
                return code
            await asyncio.sleep(0.1)
        return 0

    def is_stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping

    async def stop(self) -> None:
        """Ask it to end, and see that it has."""
        self._stopping = True
        if self.process is not None:
            await terminate(self.process, STOP_SECONDS)

    def tail(self, lines: int = 15) -> str:
        """The last lines of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])
