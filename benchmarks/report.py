"""Figures of one part: printed, and kept in build/bench.json beside those of the other parts."""

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `ratio` is ours over the peer's, in the same run; both may be None."""

    name: str
    value: float
    unit: str
    peer: str | None = None
    ratio: float | None = None


@dataclass(slots=True)
class Report:
    """The figures of one part of a run."""

    part: str
    figures: list[Figure] = field(default_factory=list)

    def add(self, figure: Figure) -> None:
        """Note a figure and print it."""
        self.figures.append(figure)
        beside = "" if figure.peer is None else f"  ({figure.ratio:.2f} x {figure.peer})"
        print(f"{figure.name:64} {figure.value:>12,.1f} {figure.unit}{beside}", flush=True)

    def write(self, path: Path) -> None:
        """Into a JSON list of {part, machine, name, value, unit, peer, ratio}.

        What the part said before, and any figure of the same name, is replaced; the rest stays.
        """
        said = {"part": self.part, "machine": machine()}
        ours = [said | asdict(figure) for figure in self.figures]
        names = {figure.name for figure in self.figures}
        kept = [
            entry
            for entry in _entries(path)
            if entry.get("part") not in {None, self.part} and entry["name"] not in names
        ]
        path.parent.mkdir(parents=True, exist_ok=True)
        written = json.dumps(kept + ours, ensure_ascii=False, indent=1) + "\n"
        path.write_text(written, "utf-8")


def _entries(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return found


def machine() -> str:
    """What this ran on, and how busy it was: absolute figures mean nothing without it."""
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    python = platform.python_version()
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {python}, load {load}"
