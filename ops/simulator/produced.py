"""What a department sends by its own producer, straight onto an intake topic of the hub."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ops.simulator.incidents import Clock


@dataclass(frozen=True, slots=True)
class Produced:
    """A record that is sent at a time (plan ms); the action of a department's own producer.

    `key` is the record's number, so that its versions keep their order; `make` gives the value in
    the shape of its topic, with the times that the clock tells.
    """

    at: int
    topic: str
    key: str
    make: Callable[[Clock], Mapping[str, object]]

    def value(self, clock: Clock) -> dict[str, object]:
        """The record, ready for the topic's serializer."""
        return dict(self.make(clock))
