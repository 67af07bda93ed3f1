"""Cities to look at: one full of records, and one small enough to run."""

from datetime import date

import pytest

from ops.simulator.city import City
from ops.simulator.exports import Exports
from ops.simulator.ledger import Ledger
from ops.simulator.permit_plan import PermitPlan
from ops.simulator.plan import Plan
from ops.simulator.population import Population
from ops.simulator.settings import Settings

DAYS = 6


@pytest.fixture(scope="session")
def crowded() -> Settings:
    """About 2,000 records a day: enough for rates to show."""
    return Settings(
        start=date(2026, 11, 1),
        seed=7,
        people=3000,
        days=DAYS,
        incidents_per_thousand=330,
        cases_per_thousand=330,
        own_street="420704001000",
    )


@pytest.fixture(scope="session")
def plan(crowded: Settings) -> Plan:
    """Six days of the crowded city."""
    plan = Plan(City(crowded))
    plan.day(DAYS - 1)
    return plan


@pytest.fixture(scope="session")
def exports(plan: Plan) -> Exports:
    """Its files, with the plan's own times."""
    return Exports(plan, int)


@pytest.fixture(scope="session")
def ledger(plan: Plan, exports: Exports) -> Ledger:
    """Its books."""
    return Ledger(plan, exports)


@pytest.fixture(scope="session")
def permit_plan() -> PermitPlan:
    """A week of about 600 applications a day; their platform is silent on days 1 and 2."""
    settings = Settings(start=date(2026, 11, 1), seed=3, people=2000, permits_per_thousand=300)
    plan = PermitPlan(City(settings))
    plan.day(6)
    return plan


@pytest.fixture(scope="session")
def population() -> Population:
    """Six days of a register with about 150 changes a day; one street's do not take the table."""
    settings = Settings(
        start=date(2026, 11, 1),
        seed=5,
        people=3000,
        registered=True,
        moves_per_thousand=12,
        registrations_per_thousand=40,
        own_street="420704001000",
    )
    population = Population(City(settings))
    population.day(DAYS - 1)
    return population
