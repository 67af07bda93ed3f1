"""What an operator may set for the read side: environment variables that begin with `SHEQU_`.

Every setting stands in docs/api.md; a test holds the two together.
"""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.naming import Lineage, Names

DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")
"""Databases that can hold the read model, and what speaks to each."""


class Settings(BaseSettings):
    """The read side's settings; a wrong value raises pydantic's ValidationError, which names it."""

    model_config = SettingsConfigDict(env_prefix="SHEQU_", frozen=True, extra="ignore")

    bootstrap: str = Field(
        "127.0.0.1:9092",
        description="Kafka brokers, host:port,...; unset, the commands ask the embedded broker",
    )
    home: Path = Field(Path("var"), description="Data folder of this installation")
    database_url: str = Field(
        "",
        description="SQLAlchemy URL of the read model; empty: SQLite in the home folder. "
        "postgresql+asyncpg://user:password@host/database for PostgreSQL",
    )
    dashboard_host: str = Field(
        "127.0.0.1", description="Address to listen on; there is no sign-in yet"
    )
    dashboard_port: int = Field(8080, ge=1, le=65535, description="Port to listen on")
    dashboard_names: str = Field(
        "",
        description="Names by which browsers may call the dashboard, a,b,...; always allowed: "
        "localhost, 127.0.0.1, [::1] and the address it listens on. A * allows every name",
    )
    city: str = Field("ezhou", description="City whose gazetteer is shown")
    app: str = Field("community", description="App part of the lineage that is shown")
    view_version: int = Field(1, ge=1, description="Version part of the lineage that is shown")
    topic_prefix: str = Field("", description="In front of every topic name")
    silent_after_seconds: float = Field(
        900, gt=0, description="A source that appended nothing for so long is silent"
    )
    dead_after_seconds: float = Field(
        60, gt=0, description="An adapter whose heartbeat is older is dead"
    )
    projector_dead_after_seconds: float = Field(
        20, gt=0, description="A projector not seen for so long makes the dashboard not ready"
    )
    tombstone_days: float = Field(
        30, gt=0, description="A projector away for longer rebuilds: tombstones may be gone"
    )
    batch_records: int = Field(5000, ge=1, description="Most records in one SQL transaction")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        driver = url.partition("://")[0]
        if url and driver not in DRIVERS:
            raise ValueError(f"{driver} is not supported: begin it with {' or '.join(DRIVERS)}://")
        return url

    @property
    def names(self) -> Names:
        """How topics are called on the broker."""
        return Names(Lineage(self.app, self.view_version), self.topic_prefix)

    @property
    def model_url(self) -> str:
        """SQLAlchemy URL of the read model."""
        file = self.home.absolute() / "read-model.sqlite"
        return self.database_url or f"sqlite+aiosqlite:///{file}"

    @property
    def hosts(self) -> list[str]:
        """Names that a request may be addressed to: keeps DNS rebinding away from a local port."""
        stated = [name.strip() for name in self.dashboard_names.split(",") if name.strip()]
        return ["localhost", "127.0.0.1", "[::1]", self.dashboard_host, *stated]
