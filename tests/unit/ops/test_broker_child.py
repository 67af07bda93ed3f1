"""The node as a process: what a failed start says, and that a stop always ends it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ops.broker import BrokerFailedError, child, ports, watch
from ops.broker.folder import Folder, Memory

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('ready', flush=True); time.sleep(60)"
)


async def test_a_node_that_ends_shows_the_errors_of_its_log(tmp_path: Path) -> None:
    """Not the errors of earlier starts."""
    folder = Folder(tmp_path)
    folder.log_file.write_text("10:00 ERROR an old story\n")
    folder.output.write_text("")
    node = _NodeThatWritesAndEnds(folder, "10:05 INFO fine\n10:05 ERROR no room for logs\n")
    with pytest.raises(BrokerFailedError) as caught:
        await watch.until_ready(node, memory=_memory(), folder=folder, limit=5)
    assert "ended with code 1" in str(caught.value)
    assert "no room for logs" in str(caught.value)
    assert "an old story" not in str(caught.value)
    assert str(folder.log_file) in str(caught.value)


async def test_a_lost_race_for_a_port_is_told_apart(tmp_path: Path) -> None:
    """Because then another port is tried."""
    folder = Folder(tmp_path)
    node = _NodeThatWritesAndEnds(folder, "ERROR java.net.BindException: Address already in use\n")
    with pytest.raises(watch.PortTakenError):
        await watch.until_ready(node, memory=_memory(), folder=folder, limit=5)


async def test_a_node_that_never_answers_is_given_up(tmp_path: Path) -> None:
    """After the limit, with what its output says."""
    folder = Folder(tmp_path)
    folder.output.write_text("waiting for a disk")
    node = _python("import time; time.sleep(60)")
    try:
        with pytest.raises(BrokerFailedError, match=r"did not answer within 0\.1 s") as caught:
            await watch.until_ready(node, memory=_memory(), folder=folder, limit=0.1)
    finally:
        with node:
            node.kill()
    assert "waiting for a disk" in str(caught.value)


async def test_a_node_that_ignores_a_stop_is_killed() -> None:
    """Within the limit."""
    node = _python(STUBBORN)
    with node:
        assert node.stdout is not None
        node.stdout.readline()
        await child.terminate(node, limit=0.1)
        assert node.returncode == -signal.SIGKILL


def test_a_launched_child_holds_the_lock_after_its_starter_gives_it_back(tmp_path: Path) -> None:
    """So the lock tells who runs, whoever started it."""
    folder = Folder(tmp_path)
    descriptor = folder.lock()
    program = [sys.executable, "-c", "import time; time.sleep(60)"]
    node = child.launch(program, output=folder.output, lock=descriptor, tied=True)
    os.close(descriptor)
    try:
        assert folder.holder() is not None
    finally:
        node.kill()
        node.wait()
    assert folder.holder() is None


def _memory() -> Memory:
    return Memory(cluster_id="ours", port=ports.choose(), controller_port=ports.choose())


def _python(script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)


class _NodeThatWritesAndEnds(subprocess.Popen[bytes]):
    """A node that writes to its log on the first look at it, and is found ended."""

    def __init__(self, folder: Folder, text: str) -> None:
        super().__init__([sys.executable, "-c", "raise SystemExit(1)"])
        self.wait()
        self._folder, self._text = folder, text

    def poll(self) -> int | None:
        """Write once, then say how it ended."""
        if self._text:
            with self._folder.log_file.open("a") as log:
                log.write(self._text)
            self._text = ""
        return super().poll()
