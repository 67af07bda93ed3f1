"""What may be set for what departments produce themselves, for each adapter by its own prefix.

A city has one registry: where only the cases' is set, the moves' is the same.
"""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from adapters.kit.settings import AdapterSettings, load, prefix_of

URL = r"^(https?://[^\s?#]+)?$"
CASES, MOVES = prefix_of("kafka_intake"), prefix_of("kafka_intake_moves")


class KafkaIntakeSettings(AdapterSettings):
    """Which registry gave the ids in front of the records, and how much is read at a time."""

    model_config = SettingsConfigDict(env_prefix=CASES, frozen=True, extra="ignore")

    registry: str = Field(
        "",
        pattern=URL,
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


class KafkaIntakeMovesSettings(KafkaIntakeSettings):
    """The same for household moves."""

    model_config = SettingsConfigDict(env_prefix=MOVES, frozen=True, extra="ignore")

    registry: str = Field(
        default_factory=lambda: load(KafkaIntakeSettings).registry,
        pattern=URL,
        description=f"the same; unset: that of {CASES}REGISTRY; empty: the hub's",
    )
