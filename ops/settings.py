"""Every setting of the command line, in one place: environment variables that begin with SHEQU_.

Adapters, streams and the dashboard keep their own settings: they may not import this room.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from ops.errors import SettingError
from schemas.naming import Lineage, Names

PREFIX = "SHEQU_"

CITIES = sorted(
    overlay.parent.name
    for overlay in (Path(__file__).parents[1] / "schemas" / "places").glob("*/overlay.yaml")
)


def _known(city: str) -> str:
    if city not in CITIES:
        raise ValueError
    return city


Port = Annotated[int, Field(ge=1, le=65535)]
City = Annotated[str, AfterValidator(_known)]


class Settings(BaseSettings):
    """What an operator may set; each description says what is allowed."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    home: Path = Field(Path("var"), description="the data folder, made if absent: a path")
    bootstrap: str | None = Field(
        None,
        pattern=r"^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$",
        description="the city's Kafka: host:port, several with commas; unset: the embedded broker",
    )
    broker_port: Port = Field(
        9092, description="the embedded broker's wished port: a whole number from 1 to 65535"
    )
    kafka_libs: Path | None = Field(
        None, description="the folder of Kafka's jars: a path; unset: build/kafka/libs"
    )
    partitions: int = Field(
        4,
        ge=1,
        le=256,
        description="partitions of every code-keyed topic, chosen once: a whole number, 1 to 256",
    )
    replication: int = Field(
        1, ge=1, le=7, description="copies of every topic: a whole number from 1 to 7"
    )
    city: City = Field(
        "ezhou",
        description="the city whose places are used, one of schemas/places: " + ", ".join(CITIES),
    )
    app: str = Field(
        "community",
        pattern=r"^[a-z][a-z0-9-]{0,30}$",
        description="the app of the lineage: small letters, digits, dashes",
    )
    view_version: int = Field(
        1, ge=1, le=9999, description="the lineage's view version: a whole number from 1 to 9999"
    )
    topic_prefix: str = Field(
        "",
        pattern=r"^([a-z0-9][a-z0-9._-]{0,60})?$",
        description="in front of every topic name, so that two installations share a Kafka: "
        "small letters, digits, dots, dashes",
    )
    dashboard_port: Port = Field(
        8080, description="the dashboard's port: a whole number from 1 to 65535"
    )
    log_format: Literal["auto", "text", "json"] = Field(
        "auto", description="how logs are written: auto (text on a terminal), text or json"
    )

    @property
    def names(self) -> Names:
        """Names of the topics of this lineage."""
        return Names(Lineage(self.app, self.view_version), self.topic_prefix)

    @property
    def broker_folder(self) -> Path:
        """The embedded broker's data folder."""
        return self.home / "broker"


def load() -> Settings:
    """The settings as the environment has them now.

    Raises:
        SettingError: one or more are not allowed; all of them are named.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingError("\n".join(_explained(wrong) for wrong in error.errors())) from None


def _explained(wrong: ErrorDetails) -> str:
    name = str(wrong["loc"][0])
    allowed = Settings.model_fields[name].description
    return (
        f"setting {PREFIX}{name.upper()}={wrong['input']!r} is not allowed. "
        f"It is {allowed}. Unset it or correct it."
    )
