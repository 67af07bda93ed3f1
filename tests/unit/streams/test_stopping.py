"""A worker that was told to stop ends, also where what it waits for never comes."""

import signal
import subprocess
import sys
import time

import pytest
from lane_work import work

from streams.lane.errors import RowsFolderError
from streams.lane.rows.memory import MemoryRows
from streams.lane.twin import MemoryLog

STARTS = """
import asyncio
import faust
from faust.app.base import BootStrategy
from mode import Service
from ops import logs
from streams import worker

logs.configure("json")

class Alone(BootStrategy):
    enable_kafka = enable_web = False

class App(faust.App):
    BootStrategy = Alone

app = App("stops", broker_session_timeout=4)
worker.STOP_SECONDS = 0

@app.service
class Leaves(Service):
    async def on_start(self):
        print("up", flush=True)

    async def on_stop(self):
        await asyncio.sleep({seconds})

worker.run(app)
"""


def _stopped(seconds: float) -> tuple[int, float, str]:
    """Exit code, seconds from SIGTERM to the end, and what was said."""
    script = STARTS.format(seconds=seconds)
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    told = time.monotonic()
    process.send_signal(signal.SIGTERM)
    try:
        said = process.communicate(timeout=20)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        said = process.communicate()[1]
    return process.returncode, time.monotonic() - told, said


@pytest.mark.parametrize("seconds", [0, 0.5])
def test_one_that_leaves_in_order_ends_with_0(seconds: float) -> None:
    """Nothing hurries it before its session is over."""
    code, took, said = _stopped(seconds)
    assert (code, said) == (0, "")
    assert took >= seconds


def test_one_that_is_stuck_ends_when_its_session_is_over_and_says_why() -> None:
    """A broker that is away, a full disk: by then the group has put it out, nothing is saved."""
    code, _, said = _stopped(3600)
    assert code == 75
    assert "did not stop within 4 s" in said


async def test_rows_that_cannot_be_let_go_of_end_the_worker(
    log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk: what could not be written is in the log, and nobody waits for it."""
    worker = await work(log)

    def refuse(_: object) -> None:
        message = "the disk is full"
        raise RowsFolderError(message)

    monkeypatch.setattr(MemoryRows, "close", refuse)
    await worker.lane.stop()
    assert isinstance(worker.failure, RowsFolderError)
