"""A real worker, and what its log tells of rebalances."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LIMIT_SECONDS = 300.0


class Worker:
    """One `shequ worker`, and what it says of its rebalances."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    @classmethod
    async def started(cls, log: Path, env: Mapping[str, str]) -> "Worker":
        """A process, with its log."""
        with log.open("wb") as sink:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "ops", "worker",
                env={**os.environ, **env}, stdout=sink, stderr=sink,
            )  # fmt: skip
        return cls(process, log)

    def _told(self) -> list[dict[str, Any]]:
        lines = self._log.read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines if '"event": "rebalanced"' in line]

    @property
    def rebalanced(self) -> int:
        """How many rebalances it has told of."""
        return len(self._told())

    @property
    def partitions(self) -> list[int]:
        """What it has since the last."""
        return list(self._told()[-1]["partitions"])

    async def until_rebalanced(self, before: int) -> None:
        """Return when it tells of one more than before."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while self.rebalanced <= before:
                self.require_alive()
                await asyncio.sleep(0.1)

    def require_alive(self) -> None:
        """Raises RuntimeError where it has ended: there is nothing to measure."""
        if self._process.returncode not in {None, 0, -signal.SIGKILL}:
            message = f"a worker ended: {self._log.read_text('utf-8').splitlines()[-1]}"
            raise RuntimeError(message)

    async def end(self, sign: signal.Signals) -> None:
        """End it, where it runs."""
        if self._process.returncode is None:
            self._process.send_signal(sign)
            await self._process.wait()
