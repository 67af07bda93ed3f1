"""Formatting the data folder: Kafka's own step, taken once."""

import asyncio
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ops.broker import java
from ops.broker.errors import BrokerFailedError
from ops.broker.folder import Folder

ALONE = ("--standalone",)
"""The node is its own quorum; without it, the quorum is the one of server.properties."""


async def format_once(
    folder: Folder, *, libs: Path, cluster_id: str, quorum: Sequence[str] = ALONE
) -> None:
    """Give the folder its identity unless it has one.

    A format that was cut short is done again: nothing is lost, since nothing was written yet.

    Raises:
        BrokerFailedError: Kafka's tool refused; its words are in the message.
    """
    if folder.is_formatted:
        return
    arguments = ["format", *quorum, "--ignore-formatted", "-t", cluster_id]
    arguments += ["-c", str(folder.properties)]
    program = java.command(
        libs,
        "kafka.tools.StorageTool",
        arguments,
        f"-Dshequ.log={folder.log_file}",
    )
    said = await asyncio.to_thread(
        subprocess.run, program, capture_output=True, text=True, check=False
    )
    if said.returncode != 0:
        raise BrokerFailedError(
            f"Kafka's storage tool could not format {folder.logs}: "
            f"{(said.stderr or said.stdout).strip()}. If the folder is left over from something "
            f"else, choose another with SHEQU_HOME."
        )
