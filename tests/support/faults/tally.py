"""What a run of a scenario tells."""

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """Events folded exactly once, workers killed, partitions taken over."""

    events: int = 0
    kills: int = 0
    takeovers: int = 0
    longest_wait: int = 0
    """Longest time from a record's append to its commit, ms."""
