"""Kafka does what a log must do: the suite that the twin passes, too."""

from log_suite import LaneSuite, LogSuite


class TestLogOfKafka(LogSuite):
    """The port."""


class TestLaneOnKafka(LaneSuite):
    """The lane."""
