"""Settings of the streams app, from the environment (prefix SHEQU_)."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.naming import Lineage, Names

PREFIX = "SHEQU_"


class WrongSettingError(ValueError):
    """A setting has a value that is not allowed; the message names each, and what is allowed."""


class StreamsSettings(BaseSettings):
    """Where the worker runs and as which lineage; each description says what is allowed."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore")

    home: Path = Field(Path("var"), description="the data folder with the key store: a path")
    bootstrap: str = Field(
        "127.0.0.1:9092",
        pattern=r"^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$",
        description="the city's Kafka: host:port, several with commas",
    )
    topic_prefix: str = Field(
        "",
        pattern=r"^([a-z0-9][a-z0-9._-]{0,60})?$",
        description="in front of every topic name: small letters, digits, dots, dashes",
    )
    app: str = Field(
        "community",
        pattern=r"^[a-z][a-z0-9-]{0,30}$",
        description="the app of the lineage: small letters, digits, dashes",
    )
    view_version: int = Field(
        1, ge=1, le=9999, description="the lineage's view version: a whole number from 1 to 9999"
    )
    session_timeout: float = Field(
        30.0, ge=6.0, le=600.0, description="seconds until a silent worker is out: 6 to 600"
    )
    rows: Literal["memory", "disk"] = Field(
        "memory", description="where the worker keeps its rows: memory or disk"
    )
    decoder: Literal["fastavro", "compiled"] = Field(
        "fastavro", description="what reads and writes records: fastavro or compiled"
    )

    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="the port on which metrics are read: a whole number from 1 to 65535",
    )
    metrics_host: str = Field(
        "127.0.0.1", min_length=1, description="the address on which metrics are read"
    )

    @property
    def transaction_timeout(self) -> float:
        """Seconds after which the broker aborts a transaction: a zombie's ends before it is out."""
        return self.session_timeout * 2 / 3

    @property
    def quiesce_timeout(self) -> float:
        """Seconds that a rebalance waits for commits in flight; then the worker ends."""
        return self.session_timeout / 3

    @property
    def names(self) -> Names:
        """Topic names of this lineage."""
        return Names(Lineage(self.app, self.view_version), self.topic_prefix)


def load() -> StreamsSettings:
    """The settings as the environment has them now. Raises WrongSettingError naming all wrong."""
    try:
        return StreamsSettings()
    except ValidationError as error:
        fields = StreamsSettings.model_fields
        lines = [
            f"setting {PREFIX}{str(wrong['loc'][0]).upper()}={wrong['input']!r} is not allowed. "
            f"It is {fields[str(wrong['loc'][0])].description}. Unset it or correct it."
            for wrong in error.errors()
        ]
        raise WrongSettingError("\n".join(lines)) from None
