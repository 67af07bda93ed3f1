"""The dirty city of the acceptance tests: dirtier than others, so that each sort of dirt occurs."""

from datetime import timedelta

from ops.simulator.settings import Dirt, Settings, china_today

DAYS = 4
PEOPLE = 12_000
OWN_STREET = "420704001000"


def settings() -> Settings:
    """Four days that end yesterday."""
    return Settings(
        start=china_today() - timedelta(days=DAYS),
        people=PEOPLE,
        days=DAYS,
        seed=7,
        permits_per_thousand=6.0,
        registered=True,
        moves_per_thousand=2.0,
        registrations_per_thousand=4.0,
        own_street=OWN_STREET,
    )


def dirt() -> Dirt:
    """Its permits are silent on the second and third day, and come in a flood on the fourth."""
    return Dirt(
        hang_seconds=3.0,
        missing_fields=0.02,
        moved=0.1,
        moved_back=0.7,
        contradicted=0.2,
        twins=0.4,
        broken_files=0.1,
        wrong_columns=0.1,
    )
