"""Watching a starting node: until it answers, or has failed and why."""

import asyncio
import subprocess

from ops.broker import ready
from ops.broker.errors import BrokerFailedError
from ops.broker.folder import Folder, Memory

_TAIL = 5  # lines of the log that an error message shows


class PortTakenError(BrokerFailedError):
    """Another program took the port between our choosing and Kafka's binding it."""


async def until_ready(
    node: subprocess.Popen[bytes], *, memory: Memory, folder: Folder, limit: float
) -> None:
    """Return once the node answers clients on its port.

    Raises:
        PortTakenError: it ended because a port was taken.
        BrokerFailedError: it ended otherwise, or did not answer within the limit (seconds).
    """
    mark = _size(folder)
    try:
        async with asyncio.timeout(limit):
            while not await ready.answers(memory.port, memory.cluster_id):
                if node.poll() is not None:
                    raise _failure(folder, mark, f"ended with code {node.returncode}")
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise _failure(folder, mark, f"did not answer within {limit:g} s") from None


def _size(folder: Folder) -> int:
    return folder.log_file.stat().st_size if folder.log_file.exists() else 0


def _failure(folder: Folder, mark: int, what: str) -> BrokerFailedError:
    said = _since(folder, mark)
    if "Address already in use" in said:
        return PortTakenError(f"another program took the broker's port. See {folder.log_file}.")
    tail = "\n".join(_telling(said) or [folder.output.read_text("utf-8", "replace")[-1000:]])
    return BrokerFailedError(
        f"the broker {what}. Its log {folder.log_file} (and {folder.output.name}) says:\n{tail}"
    )


def _since(folder: Folder, mark: int) -> str:
    if not folder.log_file.exists():
        return ""
    with folder.log_file.open("rb") as log:
        log.seek(mark)
        return log.read().decode("utf-8", "replace")


def _telling(said: str) -> list[str]:
    lines = said.splitlines()
    bad = [line for line in lines if " ERROR " in line or " FATAL " in line]
    return (bad or lines)[-_TAIL:]
