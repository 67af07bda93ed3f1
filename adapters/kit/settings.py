"""What may be set: environment variables SHEQU_<NAME> for all adapters, SHEQU_<ADAPTER>__<NAME>."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "SHEQU_"


class WrongSettingError(ValueError):
    """A setting has a value that is not allowed; the message names all of them. Exit code 2."""


class KitSettings(BaseSettings):
    """What all adapters of an installation share."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    bootstrap: str = Field(
        "127.0.0.1:9092",
        pattern=r"^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$",
        description="Kafka: host:port, several with commas",
    )
    home: Path = Field(Path("var"), description="the data folder: a path")
    city: str = Field(
        "ezhou",
        pattern=r"^[a-z][a-z0-9-]{0,30}$",
        description="the city whose gazetteer is used: small letters, digits, dashes",
    )
    estates: Path | None = Field(
        None,
        description="the estate office's table: the path of a CSV; unset: no estates are known",
    )
    topic_prefix: str = Field("", description="in front of every topic name")
    heartbeat_seconds: float = Field(
        3.0, gt=0, le=60, description="time between two heartbeats: seconds, at most 60"
    )
    drain_seconds: float = Field(
        20.0, gt=0, description="time that a batch under way may take when told to stop: seconds"
    )
    retry_most_seconds: float = Field(
        30.0, gt=0, description="longest wait between two tries: seconds"
    )

    def folder(self, adapter: str) -> Path:
        """Where an adapter keeps its checkpoint."""
        return self.home / "adapters" / adapter

    @property
    def keys(self) -> Path:
        """The folder of the key store."""
        return self.home / "keys"


class AdapterSettings(BaseSettings):
    """What every adapter has; each adds its own, under a prefix of its own."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    backfill_first_load: bool = Field(
        default=False,
        description="mark the first load as backfill, so that it reminds nobody: true or false",
    )
    bad_share: float = Field(
        0.5, gt=0, le=1, description="share of bad rows above which the adapter halts: 0 to 1"
    )
    bad_window: int = Field(
        200, ge=10, description="rows over which that share is taken: a whole number, 10 or more"
    )


def prefix_of(adapter: str) -> str:
    """The prefix of an adapter's own settings: city_cases -> SHEQU_CITY_CASES__."""
    return f"{PREFIX}{adapter.upper()}__"


S = TypeVar("S", bound=BaseSettings)


def load(settings: type[S], given: Mapping[str, Any] | None = None) -> S:
    """The settings: those `given`, else as the environment has them. Raises WrongSettingError."""
    try:
        return settings(**(given or {}))
    except ValidationError as error:
        lines = [_explained(settings, wrong) for wrong in error.errors()]
        raise WrongSettingError("\n".join(lines)) from None


def _explained(settings: type[BaseSettings], wrong: ErrorDetails) -> str:
    name = str(wrong["loc"][0])
    full = f"{settings.model_config.get('env_prefix', '')}{name.upper()}"
    allowed = settings.model_fields[name].description
    if wrong["type"] == "missing":
        return f"setting {full} is missing. It is {allowed}. Set it."
    secret = settings.model_fields[name].annotation is SecretStr
    value = "(not shown)" if secret else repr(wrong["input"])
    return f"setting {full}={value} is not allowed. It is {allowed}. Correct it."
