"""Where the departments' systems put what they have to say; empty: that system says nothing."""

from dataclasses import dataclass

from ops.simulator.household_database import Sort

SECRET = "whsec_c2hlcXUtc2ltdWxhdGVkLXBsYXRmb3Jt"  # noqa: S105 - of the simulated platform alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Addresses of the hub, and what is needed to be heard there."""

    receiver: str = ""  # base URL of the permits' receiver
    secret: str = SECRET  # its webhooks' key, `whsec_` and base64
    registry: str = ""  # the hub's schema registry
    bootstrap: str = ""  # Kafka
    prefix: str = ""  # before every topic's name
    database: Sort = "auto"  # of the register: PostgreSQL where it is installed, else SQLite
    database_port: int = 0  # PostgreSQL's; 0: a free one

    @property
    def produces(self) -> bool:
        """Whether the department's own producer can run."""
        return bool(self.registry and self.bootstrap)
