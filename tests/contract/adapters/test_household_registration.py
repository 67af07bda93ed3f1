"""The adapter of household registration does what every adapter does."""

from adapters.household_registration import ADAPTER
from adapters.kit.conformance import suite

TestHouseholdRegistration = suite(ADAPTER)
