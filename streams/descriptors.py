"""How many files and connections a worker may have open at once.

One that runs out of them halfway through a takeover waits for ever for a broker that it cannot
reach, alive for its group: so the limit is raised, or too low a one is named, before it starts.
"""

import resource

from streams.lane.errors import LaneError

LEAST = 256
"""Some thirty, four for each partition, and what rows on disk keep open."""
ENOUGH = 65_536


def require_descriptors(least: int = LEAST) -> int:
    """Raise this process's limit as far as it may; gives it.

    Raises LaneError where that is too low.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    if soft != resource.RLIM_INFINITY and soft < least:
        message = (
            f"this process may have {soft} files and connections open, a worker needs {least}: "
            "raise the limit of file descriptors (ulimit -n, or LimitNOFILE of its service), "
            "then start again"
        )
        raise LaneError(message)
    return soft
