"""What may be set for the police incidents: SHEQU_POLICE_INCIDENTS__<NAME>."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from adapters.kit.settings import AdapterSettings, prefix_of


class PoliceIncidentsSettings(AdapterSettings):
    """Where the incident system answers, and how it is asked."""

    model_config = SettingsConfigDict(
        env_prefix=prefix_of("police_incidents"), frozen=True, extra="ignore"
    )

    base_url: str = Field(
        pattern=r"^https?://[^\s/@]+(/[^\s@]*)?$",  # a password in it would stand in heartbeats
        description="where the system answers: http://host:port, without /api/incidents",
    )
    api_key: SecretStr = Field(description="the key that the police gave for this hub: text")
    page_size: int = Field(
        500, ge=1, le=10_000, description="rows asked for at a time: a whole number, 1 to 10000"
    )
    poll_seconds: float = Field(
        5.0, gt=0, le=3600, description="time between two walks through what is new: seconds"
    )
    timeout_seconds: float = Field(15.0, gt=0, description="how long an answer may take: seconds")
    overlap_minutes: float = Field(
        10.0, ge=0, description="how far back each walk begins, for rows that come late: minutes"
    )
