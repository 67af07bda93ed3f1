"""What may be set for the permits: SHEQU_PERMITS__<NAME>."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from adapters.kit.settings import AdapterSettings, prefix_of
from adapters.permits.signature import keys_of


class PermitsSettings(AdapterSettings):
    """Where the platform's webhooks are received, and how much is borne."""

    model_config = SettingsConfigDict(env_prefix=prefix_of("permits"), frozen=True, extra="ignore")

    captured: Path | None = Field(
        None,
        description="a folder of webhook bodies to read, instead of listening: a path; or unset",
    )
    secret: SecretStr = Field(
        SecretStr(""),
        validate_default=True,
        description="the secret agreed with the platform: whsec_ and base64 of 24 bytes at least; "
        "several with commas, while one follows another",
    )
    host: str = Field(
        "127.0.0.1", min_length=1, description="the address to listen on: a name or a number"
    )
    port: int = Field(8791, ge=0, le=65_535, description="the port to listen on; 0: any free one")
    tolerance_seconds: float = Field(
        300.0, gt=0, le=86_400, description="how far the two clocks may differ: seconds, 86400 most"
    )
    body_bytes: int = Field(
        65_536, ge=1_024, le=524_288, description="largest body: bytes, 1024 to 524288"
    )
    body_seconds: float = Field(
        10.0, gt=0, le=300, description="how long a body may take to arrive: seconds, 300 at most"
    )
    answer_seconds: float = Field(
        10.0, gt=0, le=300, description="how long a webhook waits for the broker: seconds, 300 most"
    )
    most_waiting: int = Field(
        1_000, ge=1, le=100_000, description="webhooks that may wait at a time: a whole number"
    )
    batch_webhooks: int = Field(
        500, ge=1, le=10_000, description="webhooks between two checkpoints: a whole number"
    )
    quiet_seconds: float = Field(
        60.0, gt=0, description="silence after which all is there that the platform had: seconds"
    )

    @field_validator("secret")
    @classmethod
    def _usable(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        """Raises ValueError where no webhook could be verified; captured bodies need no secret."""
        if info.data.get("captured") is None:
            keys_of(secret.get_secret_value())
        return secret
