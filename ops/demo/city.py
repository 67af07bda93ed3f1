"""Which processes make up the demo, and in which order they start."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.demo.service import Service
from ops.simulator.simulation import API_KEY
from ops.simulator.targets import SECRET


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the processes of one demo listen on this machine's loopback."""

    page: int
    police: int
    permits: int
    database: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where the demo runs: folder, Kafka, ports."""

    home: Path
    bootstrap: str
    ports: Ports

    @property
    def city(self) -> Path:
        """Folder of the simulated departments."""
        return self.home / "city"

    @property
    def estates(self) -> Path:
        """The estate office's table, written by the simulated city before anything else."""
        return self.city / "estates.csv"

    @property
    def database_url(self) -> Path:
        """Where the register's database says how it is reached, once it runs."""
        return self.city / "household" / "database_url"

    @property
    def url(self) -> str:
        """The page."""
        return f"http://127.0.0.1:{self.ports.page}"


@dataclass(frozen=True, slots=True)
class Size:
    """How big a city, and how fast its days pass."""

    seed: int
    people: int
    days: int
    speed: float


HUB = {
    "worker": ["worker"],
    "police_incidents": ["adapters", "run", "police_incidents"],
    "city_cases": ["adapters", "run", "city_cases"],
    "household_registration": ["adapters", "run", "household_registration"],
    "permits": ["adapters", "run", "permits"],
    "kafka_intake": ["adapters", "run", "kafka_intake"],
    "kafka_intake_moves": ["adapters", "run", "kafka_intake_moves"],
    "projector": ["projector"],
    "dashboard": ["dashboard"],
}
"""The processes of the hub: name -> `shequ` command."""


def departments(place: Place, size: Size) -> Service:
    """The simulated departments, all in one process."""
    options = {
        "seed": size.seed,
        "people": size.people,
        "days": size.days,
        "speed": size.speed,
        "folder": place.city,
        "port": place.ports.police,
        "database-port": place.ports.database,
        "receiver": f"http://127.0.0.1:{place.ports.permits}",
        "registry": f"{place.url}/registry",
        "bootstrap": place.bootstrap,
    }
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return _service("departments", ["simulate", "all", *words], place, {})


def hub(place: Place, database_url: str, others: Mapping[str, str] | None = None) -> list[Service]:
    """The processes of the hub, in the order in which they start; `others` are more settings."""
    url = {"SHEQU_HOUSEHOLD_REGISTRATION__URL": database_url}
    settings = {**environment(place), **url, **(others or {})}
    return [_service(name, argv, place, settings) for name, argv in HUB.items()]


def _service(name: str, argv: list[str], place: Place, settings: dict[str, str]) -> Service:
    command = [sys.executable, "-m", "ops", *argv]
    return Service(name, command, settings, place.home / "logs" / f"{name}.log")


def environment(place: Place) -> dict[str, str]:
    """Settings that every process of the demo's hub gets."""
    return {
        "SHEQU_HOME": str(place.home),
        "SHEQU_BOOTSTRAP": place.bootstrap,
        "SHEQU_DASHBOARD_PORT": str(place.ports.page),
        "SHEQU_LOG_FORMAT": "json",
        "SHEQU_SESSION_TIMEOUT": "10",
        "SHEQU_ESTATES": str(place.estates),
        "SHEQU_POLICE_INCIDENTS__BASE_URL": f"http://127.0.0.1:{place.ports.police}",
        "SHEQU_POLICE_INCIDENTS__API_KEY": API_KEY,
        "SHEQU_POLICE_INCIDENTS__POLL_SECONDS": "0.5",
        "SHEQU_CITY_CASES__INBOX": str(place.city / "city_cases" / "inbox"),
        "SHEQU_HOUSEHOLD_REGISTRATION__POLL_SECONDS": "0.5",
        "SHEQU_HOUSEHOLD_REGISTRATION__SWEEP_SECONDS": "60",
        "SHEQU_HOUSEHOLD_REGISTRATION__BACKFILL_FIRST_LOAD": "true",
        "SHEQU_PERMITS__PORT": str(place.ports.permits),
        "SHEQU_PERMITS__SECRET": SECRET,
    }
