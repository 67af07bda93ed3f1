"""What may be set for household registration: SHEQU_HOUSEHOLD_REGISTRATION__<NAME>."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from adapters.kit.settings import AdapterSettings, prefix_of

OPTIONS = {
    "postgresql+asyncpg": frozenset({"ssl", "prepared_statement_cache_size"}),
    "sqlite+aiosqlite": frozenset[str](),
}
"""Databases that can be read, and what may stand behind the ? of their URLs."""


class HouseholdRegistrationSettings(AdapterSettings):
    """Where the front-end database is, and how it is read."""

    model_config = SettingsConfigDict(
        env_prefix=prefix_of("household_registration"), frozen=True, extra="ignore"
    )

    url: SecretStr = Field(
        description="the front-end database: postgresql+asyncpg://user:password@host:port/database "
        "(signs in the password as %XX; ?ssl=require for TLS), or sqlite+aiosqlite:////path/of/file"
    )
    table: str = Field(
        "户籍人口",
        pattern=r"^[^\W\d][\w$-]{0,62}(\.[^\W\d][\w$-]{0,62})?$",
        description="the table or view: its name, or schema.name; letters, digits, _ $ -",
    )
    page_size: int = Field(
        1000, ge=1, le=10_000, description="rows asked for at a time: a whole number, 1 to 10000"
    )
    poll_seconds: float = Field(
        5.0, gt=0, le=3600, description="time between two walks through what is new: seconds"
    )
    timeout_seconds: float = Field(30.0, gt=0, description="how long an answer may take: seconds")
    overlap_minutes: float = Field(
        10.0, ge=0, description="how far back each walk begins, for commits that come late: minutes"
    )
    sweep_seconds: float = Field(
        21_600.0, gt=0, description="time between two sweeps of the whole table: seconds"
    )

    @field_validator("url")
    @classmethod
    def _known_database(cls, url: SecretStr) -> SecretStr:
        try:
            found = make_url(url.get_secret_value())
        except ArgumentError as error:
            raise ValueError("not a URL") from error
        options = OPTIONS.get(found.drivername)
        if options is None or not found.database or not options.issuperset(found.query):
            raise ValueError("not such a database")
        return url
