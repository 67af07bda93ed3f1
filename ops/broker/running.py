"""A broker that somebody else started: is there one on this folder, and how to end it."""

import asyncio
import os
import signal
from pathlib import Path

import msgspec

from ops.broker.errors import BrokerFailedError
from ops.broker.folder import Folder
from ops.broker.ports import HOST


class Running(msgspec.Struct, frozen=True):
    """A broker that runs on a folder."""

    pid: int
    bootstrap: str


def running(folder: Path) -> Running | None:
    """The broker that runs on this folder and has finished starting; None if there is none."""
    place = Folder(folder)
    holder, memory = place.holder(), place.recall()
    if holder is None or memory is None or holder.starting:
        return None
    return Running(pid=holder.pid, bootstrap=f"{HOST}:{memory.port}")


async def stop_running(folder: Path, limit: float = 20.0) -> int | None:
    """End whatever holds the folder; return its process id, or None if nothing did.

    Raises:
        BrokerFailedError: it is still there after being killed.
    """
    place = Folder(folder)
    holder = place.holder()
    if holder is None:
        return None
    for sign, patience in ((signal.SIGTERM, limit), (signal.SIGKILL, 5.0)):
        _send(holder.pid, sign)
        if await _gone(place, patience):
            return holder.pid
    raise BrokerFailedError(
        f"process {holder.pid} still holds {place.path} after it was killed: see what it waits "
        f"for with `cat /proc/{holder.pid}/wchan`; a stuck disk is the usual cause."
    )


def _send(pid: int, sign: signal.Signals) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return  # it went by itself in between


async def _gone(place: Folder, limit: float) -> bool:
    loop = asyncio.get_running_loop()
    end = loop.time() + limit
    while place.holder() is not None:
        if loop.time() > end:
            return False
        await asyncio.sleep(0.05)
    return True
