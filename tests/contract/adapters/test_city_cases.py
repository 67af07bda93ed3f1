"""The city-management adapter does what every adapter does."""

from adapters.city_cases import ADAPTER
from adapters.kit.conformance import suite

TestCityCases = suite(ADAPTER)
