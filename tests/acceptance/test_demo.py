"""`shequ demo` as its user runs it: up, killed in parts, stopped, started again with its data."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

Until = Callable[..., Awaitable[None]]

READY_SECONDS = 90.0
ADDRESS = re.compile(rb"^http://127\.0\.0\.1:(\d+)$", re.MULTILINE)


class Demo:
    """One run of the command on a data folder."""

    def __init__(self, home: Path, port: int) -> None:
        self._log = home.with_suffix(".log")
        self._env = {
            **os.environ,
            "SHEQU_HOME": str(home),
            "SHEQU_DASHBOARD_PORT": str(port),
        }
        self.home, self.url = home, ""
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Until it prints the page's address."""
        with self._log.open("wb") as sink:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "ops", "demo", "--people", "2000", "--days", "2",
                env=self._env, stdout=sink, stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
        async with asyncio.timeout(READY_SECONDS):
            while (found := ADDRESS.search(self._log.read_bytes())) is None:
                if self.process.returncode is not None:
                    pytest.fail(self.output)
                await asyncio.sleep(0.1)
        self.url = found.group().decode()

    @property
    def output(self) -> str:
        """What it printed."""
        return self._log.read_text("utf-8", "replace")

    async def stop(self, sign: signal.Signals) -> int:
        """As a user does."""
        assert self.process is not None
        self.process.send_signal(sign)
        return await asyncio.wait_for(self.process.wait(), 60)

    async def get(self, path: str) -> dict[str, dict[str, int]]:
        """Answer of the API."""
        async with aiohttp.ClientSession() as session, session.get(self.url + path) as answer:
            found: dict[str, dict[str, int]] = await answer.json()
            return found


def processes_of(home: Path) -> list[str]:
    """Command lines and environments on this machine that name the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != str(os.getpid()):
            try:
                text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if str(home).encode() in text:
                found.append((entry / "cmdline").read_text("utf-8", "replace"))
    return found


async def test_a_demo_comes_up_stops_whole_and_goes_on_with_its_data(
    tmp_path: Path, until: Until
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = Demo(tmp_path / "home", port)
        await demo.start()
        assert f"port {port} is taken" in demo.output

        async def filled() -> bool:
            return (await demo.get("/api/city"))["totals"]["tasks_total"] > 20

        await until(filled, limit=60, what="tasks on the page")
        second = Demo(tmp_path / "home", port)
        second._log = tmp_path / "second.log"
        with pytest.raises(pytest.fail.Exception, match="already runs"):
            await second.start()
        before = (await demo.get("/api/city"))["totals"]["tasks_total"]
        assert await demo.stop(signal.SIGTERM) == 0
    assert processes_of(tmp_path / "home") == []
    await demo.start()
    assert (await demo.get("/api/city"))["totals"]["tasks_total"] >= before
    assert await demo.stop(signal.SIGINT) == 0
    assert processes_of(tmp_path / "home") == []


async def test_a_killed_demo_leaves_no_process_and_starts_again(
    tmp_path: Path, until: Until
) -> None:
    demo = Demo(tmp_path / "home", 8080)
    await demo.start()
    assert demo.process is not None
    demo.process.kill()
    await demo.process.wait()
    await until(lambda: processes_of(tmp_path / "home") == [], what="no process is left")
    await demo.start()
    assert await demo.stop(signal.SIGTERM) == 0
