"""The intake of departments that produce themselves does what every adapter does."""

from adapters.kafka_intake import ADAPTER, ADAPTER_MOVES
from adapters.kit.conformance import suite

TestKafkaIntake = suite(ADAPTER)
TestKafkaIntakeMoves = suite(ADAPTER_MOVES, "moves")
