"""Figures of one run: printed, and written to build/bench.json."""

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path


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
    """All figures of a run."""

    figures: list[Figure] = field(default_factory=list)

    def add(self, figure: Figure) -> None:
        """Note a figure and print it."""
        self.figures.append(figure)
        beside = "" if figure.peer is None else f"  ({figure.ratio:.2f} x {figure.peer})"
        print(f"{figure.name:48} {figure.value:>12,.1f} {figure.unit}{beside}", flush=True)

    def write(self, path: Path) -> None:
        """A JSON list of {name, value, unit, peer, ratio}."""
        path.parent.mkdir(parents=True, exist_ok=True)
        entries = [asdict(figure) for figure in self.figures]
        path.write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n", "utf-8")


def machine() -> str:
    """What this ran on, and how busy it was: absolute figures mean nothing without it."""
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    python = platform.python_version()
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {python}, load {load}"
