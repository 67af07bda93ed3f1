"""Kafka as a child process."""

import asyncio
import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


def launch(
    command: Sequence[str], *, output: Path, lock: int, tied: bool
) -> subprocess.Popen[bytes]:
    """Start a child that inherits the lock and writes to the output file.

    A tied child is killed by the kernel when the thread that launched it ends, however that ends;
    another lives in a session of its own and outlasts its parent.
    """
    with output.open("ab") as sink:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            pass_fds=[lock],
            start_new_session=True,  # a Ctrl-C is for the parent, which then stops the child
            preexec_fn=die_with(os.getpid()) if tied else None,  # noqa: PLW1509 - prctl has no other way in
        )


def die_with(parent: int) -> Callable[[], None]:
    """A `preexec_fn`: the kernel kills the child when the thread that launched it ends."""
    libc = ctypes.CDLL(None)  # before the fork: nothing is loaded after it

    def before_exec() -> None:
        libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)  # the parent went between fork and prctl

    return before_exec


async def ended(child: subprocess.Popen[bytes], limit: float) -> bool:
    """Wait until the child has ended; whether it did within the limit (seconds)."""
    loop = asyncio.get_running_loop()
    end = loop.time() + limit
    while child.poll() is None:
        if loop.time() > end:
            return False
        await asyncio.sleep(0.02)
    return True


async def terminate(child: subprocess.Popen[bytes], limit: float) -> None:
    """Ask the child to end; kill it if it has not within the limit (seconds)."""
    if child.poll() is None:
        child.terminate()
        if not await ended(child, limit):
            child.kill()
    child.wait()
