"""How every client of the hub reaches Kafka: in plain text, over TLS, with a login.

One set of settings for all processes, from the environment (prefix SHEQU_KAFKA_). A password is
in a file: what is in the environment is seen by whoever lists the processes.
"""

import ssl
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "SHEQU_KAFKA_"


class WrongAccessError(ValueError):
    """Settings of the access do not go together; the message names them, and what to do."""


class KafkaAccess(BaseSettings):
    """What is set; each description says what is allowed."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    sasl_username: str | None = Field(None, min_length=1, description="the name of the login")
    sasl_password_file: Path | None = Field(
        None, description="a file that holds the password of the login and nothing else"
    )
    ca_file: Path | None = Field(
        None, description="a PEM file with the authority that signed the brokers' certificates"
    )
    cert_file: Path | None = Field(None, description="a PEM file with this client's certificate")
    key_file: Path | None = Field(None, description="a PEM file with the key of that certificate")

    @property
    def uses_login(self) -> bool:
        """Whether brokers ask for a name."""
        return self.security.startswith("SASL")

    @property
    def uses_tls(self) -> bool:
        """Whether connections are encrypted."""
        return self.security.endswith("SSL")

    def password(self) -> str:
        """Of the login. Raises WrongAccessError where the file has none."""
        path = self.sasl_password_file
        try:
            found = "" if path is None else path.read_text("utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
            message = (
                f"{PREFIX}SASL_PASSWORD_FILE={path} cannot be read ({why}): write the password "
                "into it, readable by the hub alone"
            )
            raise WrongAccessError(message) from None
        if not found:
            message = f"{PREFIX}SASL_PASSWORD_FILE={path} is empty: write the password into it"
            raise WrongAccessError(message)
        return found

    def context(self) -> ssl.SSLContext:
        """Of TLS: brokers' names are checked. Raises WrongAccessError where a file is no good."""
        try:
            made = ssl.create_default_context(cafile=self.ca_file)
            if self.cert_file is not None:
                made.load_cert_chain(self.cert_file, self.key_file)
        except (OSError, ssl.SSLError) as error:
            named = [
                f"{PREFIX}{name}_FILE={path}"
                for name, path in (
                    ("CA", self.ca_file), ("CERT", self.cert_file), ("KEY", self.key_file),
                )
                if path is not None
            ]  # fmt: skip
            message = f"{', '.join(named)}: {error}: they must be PEM files that can be read"
            raise WrongAccessError(message) from None
        return made

    def require_sense(self) -> None:
        """Raises WrongAccessError where settings are missing, or would have no effect."""
        login = {"SASL_USERNAME": self.sasl_username, "SASL_PASSWORD_FILE": self.sasl_password_file}
        tls = {"CA_FILE": self.ca_file, "CERT_FILE": self.cert_file, "KEY_FILE": self.key_file}
        wrong = [f"{PREFIX}{name} must be set" for name, value in login.items()
                 if self.uses_login and value is None]  # fmt: skip
        for used, names in ((self.uses_login, login), (self.uses_tls, tls)):
            wrong += [f"{PREFIX}{name} is set and has no effect" for name, value in names.items()
                      if not used and value is not None]  # fmt: skip
        if (self.cert_file is None) != (self.key_file is None):
            wrong.append(f"{PREFIX}CERT_FILE and {PREFIX}KEY_FILE go together")
        if wrong:
            message = f"with {PREFIX}SECURITY={self.security}: {'; '.join(wrong)}"
            raise WrongAccessError(message)


def load() -> KafkaAccess:
    """As the environment has it now. Raises WrongAccessError naming all that is wrong."""
    try:
        found = KafkaAccess()
    except ValidationError as error:
        fields = KafkaAccess.model_fields
        lines = [
            f"setting {PREFIX}{str(wrong['loc'][0]).upper()}={wrong['input']!r} is not allowed. "
            f"It is {fields[str(wrong['loc'][0])].description}. Unset it or correct it."
            for wrong in error.errors()
        ]
        raise WrongAccessError("\n".join(lines)) from None
    found.require_sense()
    return found


def access() -> dict[str, Any]:
    """Keyword arguments for any client of aiokafka. Raises WrongAccessError.

    Read anew for each client: a changed password or certificate needs no restart.
    """
    found = load()
    given: dict[str, Any] = {"security_protocol": found.security}
    if found.uses_login:
        given |= {
            "sasl_mechanism": found.sasl_mechanism,
            "sasl_plain_username": found.sasl_username,
            "sasl_plain_password": found.password(),
        }
    if found.uses_tls:
        given["ssl_context"] = found.context()
    return given
