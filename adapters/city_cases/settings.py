"""What may be set for the city-management cases: SHEQU_CITY_CASES__<NAME>."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from adapters.kit.settings import AdapterSettings, prefix_of


class CityCasesSettings(AdapterSettings):
    """Where the exports are dropped, and how patient the adapter is."""

    model_config = SettingsConfigDict(
        env_prefix=prefix_of("city_cases"), frozen=True, extra="ignore"
    )

    inbox: Path = Field(description="the folder into which the exports are dropped: a path")
    mapping: Path | None = Field(
        None,
        description="how another city's export becomes cases: the path of a YAML; unset: ours",
    )
    settle_seconds: float = Field(
        2.0, ge=0, description="how long a file must stand unchanged before it is read: seconds"
    )
    give_up_seconds: float = Field(
        600.0, gt=0, description="after how long a file that is not whole is set aside: seconds"
    )
    poll_seconds: float = Field(
        1.0, gt=0, le=60, description="time between two looks into the folder: seconds, 60 at most"
    )
    chunk_rows: int = Field(
        500, ge=1, le=10_000, description="rows between two checkpoints: a whole number"
    )
