"""Which processes make up the demo, and in which order they start."""

import sys
from dataclasses import dataclass
from pathlib import Path

from ops.demo.service import Service
from ops.simulator.simulation import API_KEY


@dataclass(frozen=True, slots=True)
class Place:
    """Where the demo runs: folder, addresses, ports."""

    home: Path
    bootstrap: str
    police_port: int
    page_port: int

    @property
    def city(self) -> Path:
        """Folder of the simulated departments."""
        return self.home / "city"

    @property
    def estates(self) -> Path:
        """The estate office's table, written by the simulated city before anything else."""
        return self.city / "estates.csv"

    @property
    def url(self) -> str:
        """The page."""
        return f"http://127.0.0.1:{self.page_port}"


@dataclass(frozen=True, slots=True)
class Size:
    """How big a city, and how fast its days pass."""

    seed: int
    people: int
    days: int
    speed: float


def services(place: Place, size: Size) -> list[Service]:
    """All processes but the broker, in the order in which they start."""
    env = environment(place)
    simulate = ["simulate", "all", "--seed", str(size.seed), "--people", str(size.people),
                "--days", str(size.days), "--speed", str(size.speed),
                "--folder", str(place.city), "--port", str(place.police_port)]  # fmt: skip
    commands = {
        "departments": simulate,
        "worker": ["worker"],
        "police_incidents": ["adapters", "run", "police_incidents"],
        "city_cases": ["adapters", "run", "city_cases"],
        "projector": ["projector"],
        "dashboard": ["dashboard"],
    }
    return [
        Service(
            name, [sys.executable, "-m", "ops", *argv], env, place.home / "logs" / f"{name}.log"
        )
        for name, argv in commands.items()
    ]


def environment(place: Place) -> dict[str, str]:
    """Settings that every process of the demo gets."""
    return {
        "SHEQU_HOME": str(place.home),
        "SHEQU_BOOTSTRAP": place.bootstrap,
        "SHEQU_DASHBOARD_PORT": str(place.page_port),
        "SHEQU_LOG_FORMAT": "json",
        "SHEQU_SESSION_TIMEOUT": "10",
        "SHEQU_ESTATES": str(place.estates),
        "SHEQU_POLICE_INCIDENTS__BASE_URL": f"http://127.0.0.1:{place.police_port}",
        "SHEQU_POLICE_INCIDENTS__API_KEY": API_KEY,
        "SHEQU_POLICE_INCIDENTS__POLL_SECONDS": "0.5",
        "SHEQU_CITY_CASES__INBOX": str(place.city / "city_cases" / "inbox"),
    }
