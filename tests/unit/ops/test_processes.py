"""Several workers under one supervisor: kept alive, stopped in order, never left behind."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from ops.demo.service import BACKOFF_SECONDS
from ops.errors import SettingError
from ops.processes import WorkerProcess, workers

Until = Callable[..., Awaitable[None]]

SUPERVISOR = """
import asyncio, os, sys
from ops import logs
from ops.cli import _end
from ops.errors import OperatorError
from ops.processes import Processes, WorkerProcess

logs.configure(os.environ.get("FORM", "text"))
found = [WorkerProcess(f"worker-{n}", [sys.executable, "-c", code], {"PLACE": str(n)})
         for n, code in enumerate(sys.argv[1:])]
try:
    sys.exit(asyncio.run(Processes(found).run()))
except OperatorError as error:
    _end(str(error), error.exit_code)
"""
LIVES = """
import os, pathlib, signal, sys, time
pathlib.Path("pid-" + os.environ["PLACE"]).write_text(str(os.getpid()))
{before}
print("up", flush=True)
while True:
    time.sleep(0.05)
"""
LEAVES = LIVES.format(
    before="signal.signal(signal.SIGTERM, lambda *_: (print('left', flush=True), sys.exit(0)))"
)
STAYS = LIVES.format(before="signal.signal(signal.SIGTERM, lambda *_: print('no', flush=True))")
FAILS = LIVES.format(before="sys.exit(75)")
WRONG = "import sys; sys.stderr.write('setting SHEQU_X is not allowed\\n'); sys.exit(2)"


class Supervised:
    """A supervisor of children that run this code, in a process of its own."""

    def __init__(self, folder: Path, *codes: str) -> None:
        self.folder, self.count = folder, len(codes)
        self._log = folder / "log"
        with self._log.open("wb") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(SUPERVISOR), *codes],
                cwd=folder, stdout=sink, stderr=sink,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
            )  # fmt: skip

    @property
    def said(self) -> str:
        """Everything that came out."""
        return self._log.read_text("utf-8")

    @property
    def pids(self) -> list[int]:
        """Of the children, by their place."""
        return [int((self.folder / f"pid-{n}").read_text()) for n in range(self.count)]

    @property
    def up(self) -> bool:
        """Whether all children run and said so."""
        return all(f"worker-{n} | up" in self.said for n in range(self.count))

    async def ended(self) -> int:
        """Its exit code."""
        async with asyncio.timeout(20):
            return await asyncio.to_thread(self.process.wait)


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Callable[..., Supervised]]:
    """Start a supervisor; it is gone when the test ends."""
    started: list[Supervised] = []

    def start(*codes: str) -> Supervised:
        started.append(Supervised(tmp_path, *codes))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for yet counts as ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_is_passed_on_and_all_leave_in_order(
    supervised: Callable[..., Supervised], until: Until, sign: signal.Signals
) -> None:
    """Each commits what it has folded; then the supervisor ends with 0."""
    one = supervised(LEAVES, LEAVES, LEAVES)
    await until(lambda: one.up)
    pids = one.pids
    one.process.send_signal(sign)
    assert await one.ended() == 0
    assert [f"worker-{n} | left" in one.said for n in range(3)] == [True] * 3
    assert all(is_gone(pid) for pid in pids)


async def test_a_second_signal_kills_and_says_that_not_all_left_in_order(
    supervised: Callable[..., Supervised], until: Until
) -> None:
    """One that hangs is not waited for twice."""
    one = supervised(LEAVES, STAYS)
    await until(lambda: one.up)
    one.process.send_signal(signal.SIGTERM)
    await until(lambda: "worker-1 | no" in one.said)
    one.process.send_signal(signal.SIGTERM)
    assert await one.ended() == 75
    assert all(is_gone(pid) for pid in one.pids)


async def test_one_that_dies_is_started_again_and_the_others_do_not_notice(
    supervised: Callable[..., Supervised], until: Until
) -> None:
    """Killed from outside, as by the kernel where memory is short."""
    one = supervised(LEAVES, LEAVES)
    await until(lambda: one.up)
    first, other = one.pids
    os.kill(first, signal.SIGKILL)
    await until(lambda: one.pids[0] != first)
    assert one.pids[1] == other
    assert f"worker-0 ended (-9); it starts again in {BACKOFF_SECONDS[0]:g} s" in one.said


async def test_what_the_supervisor_says_has_the_form_of_what_its_workers_say(
    supervised: Callable[..., Supervised], until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A collector that reads JSON would miss that a worker was killed."""
    monkeypatch.setenv("FORM", "json")
    one = supervised(FAILS)
    await until(lambda: "starts again" in one.said)
    told = json.loads(one.said.splitlines()[0])
    assert told["event"] == "worker-0 ended (75); it starts again in 0.5 s"
    assert told["level"] == "warning"


async def test_one_that_dies_again_and_again_waits_longer_and_says_so(
    supervised: Callable[..., Supervised], until: Until
) -> None:
    """A crash loop neither burns the machine nor hides."""
    one = supervised(FAILS)
    await until(lambda: "3 times in a row" in one.said)
    pauses = [line.rpartition(" in ")[2] for line in one.said.splitlines() if " in a row" in line]
    assert pauses == [f"{pause:g} s" for pause in BACKOFF_SECONDS[1 : 1 + len(pauses)]]


def test_the_longest_pause_is_named_as_such() -> None:
    """Whoever reads one line of the log learns that it will not mend itself."""
    worker = WorkerProcess("worker-3", [], {})
    told = worker.excuse(75, BACKOFF_SECONDS[-1], 9)
    assert told == (
        "worker-3 ended (75, 9 times in a row); it starts again in 30 s, "
        "the longest pause: look at why"
    )


async def test_a_wrong_setting_ends_all_with_code_2(
    supervised: Callable[..., Supervised], until: Until
) -> None:
    """Starting it again would change nothing; the others would run with half of what was meant."""
    one = supervised(LEAVES, LIVES.format(before="time.sleep(0.5)\n" + WRONG))
    assert await one.ended() == 2
    assert one.said.count("setting SHEQU_X is not allowed") == 1
    assert "worker-1 ended with code 2" in one.said
    assert "starts again" not in one.said
    await until(lambda: is_gone(one.pids[0]))


async def test_a_supervisor_that_is_killed_leaves_no_orphans(
    supervised: Callable[..., Supervised], until: Until
) -> None:
    """Else they would hold partitions that the next start wants."""
    one = supervised(STAYS, STAYS)
    await until(lambda: one.up)
    pids = one.pids
    one.process.kill()
    await until(lambda: all(is_gone(pid) for pid in pids))


async def test_lines_carry_the_name_of_their_worker_and_json_stays_json(
    supervised: Callable[..., Supervised], until: Until
) -> None:
    """A person sees who speaks, and so does a collector of logs."""
    one = supervised(LIVES.format(before='print(\'{"event": "restored"}\')'), LEAVES)
    await until(lambda: one.up)
    lines = one.said.splitlines()
    assert {"process": "worker-0", "event": "restored"} in [
        json.loads(line) for line in lines if line.startswith("{")
    ]
    assert "worker-1 | up" in lines


def pair_of_free_ports() -> int:
    """The first of two in a row."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as server:
            first: int = server.getsockname()[1]
            try:
                socket.create_server(("127.0.0.1", first + 1)).close()
            except OSError:
                continue
            return first


def test_each_worker_has_a_port_of_its_own_for_its_metrics() -> None:
    """Port, port + 1, ...: what a scraper is told."""
    free = pair_of_free_ports()
    found = workers(2, "json", ("127.0.0.1", free))
    assert [one.env["SHEQU_METRICS_PORT"] for one in found] == [str(free), str(free + 1)]
    assert all("SHEQU_METRICS_PORT" not in one.env for one in workers(2, "text", None))


def test_a_port_that_is_taken_is_named_before_anything_starts() -> None:
    """One message, not one from each process."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        with pytest.raises(SettingError, match=f"127.0.0.1:{taken} .*SHEQU_METRICS_PORT"):
            workers(1, "json", ("127.0.0.1", taken))
