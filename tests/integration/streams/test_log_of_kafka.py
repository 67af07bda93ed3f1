"""Kafka does what a log must do: the suite that the twin passes, too."""

from lane_suite import LaneSuite
from log_suite import LogSuite


class TestLogOfKafka(LogSuite):
    """The port."""


class TestLaneOnKafka(LaneSuite):
    """The lane."""
