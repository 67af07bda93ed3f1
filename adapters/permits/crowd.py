"""Who may stand at the door: so many connections at most, and none that never says what it wants.

Whoever does not know the secret can connect, too. Connections that are held open would take all
files of the process, and with them the broker's; so the last of them are never given away.
"""

import asyncio
import resource

from aiohttp import web
from typing_extensions import override

FILES_KEPT = 128
"""For the checkpoint, the keys, the broker and the log."""

MOST = 10_000
"""Where the process may have any number of files open."""


class Crowd:
    """Makes the protocol of each connection: a factory for `loop.create_server`."""

    def __init__(self, server: web.Server, seconds: float) -> None:
        """`seconds`: how long a connection may take until its first request's head is there."""
        self._server, self._seconds = server, seconds
        self._silent = set[asyncio.BaseProtocol]()

    def __call__(self) -> asyncio.Protocol:
        """The server's protocol; or, where too many are there, one that hangs up."""
        if len(self._server.connections) >= most_connections():
            return _TurnedAway()
        connection = self._server()
        self._silent.add(connection)
        loop = asyncio.get_running_loop()
        loop.call_later(self._seconds, self._end_if_silent, connection)
        return connection

    def heard(self, request: web.BaseRequest) -> None:
        """This one has said what it wants."""
        self._silent.discard(request.protocol)

    def _end_if_silent(self, connection: web.RequestHandler) -> None:
        if connection in self._silent:
            self._silent.discard(connection)
            connection.force_close()


class _TurnedAway(asyncio.Protocol):
    """Hangs up at once."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()


def most_connections() -> int:
    """How many may be there at a time: what the process may open (`ulimit -n`), but some."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MOST
    return max(1, min(MOST, files - FILES_KEPT))
