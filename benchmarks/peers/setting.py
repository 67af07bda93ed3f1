"""What the bench tells a peer's process in its environment; needs the standard library alone."""

import asyncio
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PREFIX = "PEER_"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a peer reads and writes, and how.

    `guarantee`: at_least_once or exactly_once. `store`: memory or disk. `rows`: avro, or json
    where a peer would by itself. Views are the changelogs of its two tables; a peer that names its
    changelogs itself is asked for `name` only.
    """

    bootstrap: str
    source: str
    name: str
    guarantee: str = "at_least_once"
    store: str = "memory"
    folder: Path = Path()
    commit_ms: int = 100
    threads: int = 1
    rows: str = "avro"

    @property
    def cases(self) -> str:
        """View of cases."""
        return f"{self.name}-cases-changelog"

    @property
    def summary(self) -> str:
        """View of communities."""
        return f"{self.name}-summary-changelog"

    def environment(self) -> dict[str, str]:
        """As the process gets it."""
        names = self.__dataclass_fields__
        return {f"{PREFIX}{name.upper()}": str(getattr(self, name)) for name in names}

    @classmethod
    def load(cls) -> Self:
        """From the environment. Raises KeyError naming what the bench did not set."""
        said = {name: os.environ[f"{PREFIX}{name.upper()}"] for name in cls.__dataclass_fields__}
        return cls(
            said["bootstrap"],
            said["source"],
            said["name"],
            said["guarantee"],
            said["store"],
            Path(said["folder"]),
            int(said["commit_ms"]),
            int(said["threads"]),
            said["rows"],
        )

    @staticmethod
    def stopping() -> asyncio.Event:
        """Set at SIGTERM and SIGINT, from now on."""
        event, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, event.set)
        return event
