"""Household registration 户籍 as it stands now, from a front-end database 前置库."""

from adapters.household_registration.client import COLUMNS
from adapters.household_registration.mapping import PLAIN, identify, map_row
from adapters.household_registration.settings import HouseholdRegistrationSettings
from adapters.household_registration.source import open_source
from adapters.kit.adapter import Adapter
from adapters.kit.versions import Rule

ADAPTER = Adapter(
    name="household_registration",
    title="户籍登记",
    topic="household.moves",
    schema="shequ.household.Move",
    rule=Rule.CURRENT_STATE,
    settings=HouseholdRegistrationSettings,
    open_source=open_source,
    identify=identify,
    map_row=map_row,
    plain=PLAIN,
    read=frozenset(COLUMNS),
)
