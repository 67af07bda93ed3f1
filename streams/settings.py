"""Settings of the streams app, from the environment (prefix SHEQU_)."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.naming import Lineage, Names


class StreamsSettings(BaseSettings):
    """Where the worker runs and as which lineage."""

    model_config = SettingsConfigDict(env_prefix="SHEQU_", extra="ignore")

    home: Path = Field(default=Path("var"), description="Data folder: key store, logs")
    bootstrap: str = Field(default="127.0.0.1:9092", description="host:port[,host:port ...]")
    topic_prefix: str = Field(
        default="", description="Before every topic name; keeps installations apart"
    )
    app: str = Field(
        default="community", pattern=r"^[a-z][a-z0-9-]*$", description="App id of the lineage"
    )
    view_version: int = Field(default=1, ge=1, description="Version of the views of the lineage")
    session_timeout: float = Field(
        default=30.0, ge=6.0, description="Seconds until a silent worker is out"
    )

    @property
    def names(self) -> Names:
        """Topic names of this lineage."""
        return Names(Lineage(self.app, self.view_version), self.topic_prefix)
