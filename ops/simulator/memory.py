"""What a simulated city's folder remembers: its arguments, and when it went live."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from ops.simulator.settings import Dirt, Settings


class SimulatorError(Exception):
    """The city cannot be run as asked; the message says what to do."""


class Memory:
    """`truth/city.json` and `truth/live_since` of a city folder; both are written once."""

    def __init__(self, folder: Path) -> None:
        self._city = folder / "truth" / "city.json"
        self._live = folder / "truth" / "live_since"
        self._since: int | None = None
        self._city.parent.mkdir(parents=True, exist_ok=True)

    @property
    def start(self) -> str | None:
        """The first day of the city that lives here already, ISO; None if there is none."""
        return str(json.loads(self._city.read_text())["start"]) if self._city.exists() else None

    def keep(self, settings: Settings, dirt: Dirt, speed: float) -> None:
        """Write the arguments down; raises SimulatorError if others stand there."""
        wanted = {**asdict(settings), "start": settings.start.isoformat()}
        wanted |= {"speed": speed, "dirt": asdict(dirt)}
        written = json.dumps(wanted, indent=1)
        found, wanted = json.loads(_once(self._city, written)), json.loads(written)
        differ = [name for name, value in wanted.items() if found.get(name) != value]
        if differ:
            raise SimulatorError(
                f"{self._city}: this city was made with "
                f"{', '.join(f'{name}={found.get(name)}' for name in differ)}. "
                "Give the same arguments, or another folder, or remove this one."
            )

    def live_since(self, now: int) -> int:
        """When the city went live (ms UTC): `now`, unless it did so before."""
        return int(_once(self._live, str(now)))

    @property
    def live(self) -> int | None:
        """When the city went live, if it has."""
        if self._since is None and self._live.exists():
            self._since = int(self._live.read_text())
        return self._since


def replace_file(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Put the content there in one moment; what other processes see is old or new, never half."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode)
    draft.write_bytes(content)
    draft.replace(path)


def _once(path: Path, content: str) -> str:
    """Create the file with this content if it is absent, atomically; give what stands there."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(content)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()
