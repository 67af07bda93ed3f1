"""What may be set for the intake of self-producing departments: SHEQU_KAFKA_INTAKE__<NAME>."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from adapters.kit.settings import AdapterSettings, prefix_of


class KafkaIntakeSettings(AdapterSettings):
    """Which registry gave the ids in front of the records, and how much is read at a time."""

    model_config = SettingsConfigDict(
        env_prefix=prefix_of("kafka_intake"), frozen=True, extra="ignore"
    )

    registry: str = Field(
        "",
        pattern=r"^(https?://[^\s?#]+)?$",
        description="a registry of the city's own, Confluent-compatible: http://host:port/path; "
        "empty: the hub's",
    )
    timeout_seconds: float = Field(
        10.0, gt=0, description="how long that registry may take to answer: seconds"
    )
    poll_seconds: float = Field(
        0.5, gt=0, le=60, description="how long to wait for records at a time: seconds, 60 at most"
    )
    chunk_rows: int = Field(
        500, ge=1, le=10_000, description="rows between two checkpoints: a whole number"
    )
