"""The permits adapter does what every adapter does."""

from adapters.kit.conformance import suite
from adapters.permits import ADAPTER

TestPermits = suite(ADAPTER)
