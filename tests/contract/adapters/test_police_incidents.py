"""The police adapter does what every adapter does."""

from adapters.kit.conformance import suite
from adapters.police_incidents import ADAPTER

TestPoliceIncidents = suite(ADAPTER)
