"""Choosing a loopback port, and asking whether somebody listens on one."""

import random
import socket
from collections.abc import Collection

HOST = "127.0.0.1"
# Below the range from which the system lends ports to outgoing connections: one of those could
# take the broker's port while it restarts.
_FIRST, _LAST = 20_000, 32_000


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def is_answered(port: int) -> bool:
    """Whether a server accepts connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def choose(*wishes: int | None, besides: Collection[int] = ()) -> int:
    """The first wished port that is free, otherwise any free one; never `besides`."""
    for wished in wishes:
        if wished is not None and wished not in besides and is_free(wished):
            return wished
    chance = random.SystemRandom()
    while True:
        port = chance.randint(_FIRST, _LAST)
        if port not in besides and is_free(port):
            return port
