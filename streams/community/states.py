"""States of tasks and records that nothing leads out of."""

ENDS = frozenset({"closed", "refused", "withdrawn", "void", "merged"})
"""A task in one of these is over; what comes after is a new task that links back."""

ENDED = frozenset({"closed", "void", "left", "cancelled"})
"""A record in one of these leaves its view after the retention time."""
