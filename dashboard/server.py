"""Serves the dashboard with Granian, inside this process."""

import asyncio
import ipaddress
import socket

from granian.constants import Interfaces
from granian.server.embed import Server as Granian

from dashboard.api.app import build
from dashboard.api.security import Gate
from dashboard.settings import Settings


class PortTakenError(Exception):
    """The address cannot be listened on; the message says what to do."""


class Server:
    """One dashboard; `claim` first, then `run` until `stop`."""

    def __init__(self, settings: Settings) -> None:
        self._host = settings.dashboard_host
        self._port = settings.dashboard_port
        self._app = build(settings)
        self._granian = Granian(
            Gate(self._app, settings),
            address=self._host,
            port=self._port,
            interface=Interfaces.ASGI,
            websockets=False,
            log_enabled=False,
        )

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}/"

    @property
    def beyond_this_machine(self) -> bool:
        """Whether other machines can reach it."""
        if self._host == "localhost":
            return False
        try:
            return not ipaddress.ip_address(self._host).is_loopback
        except ValueError:
            return True

    def claim(self) -> None:
        """Raises PortTakenError where somebody listens there: Granian would share the port."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self._host, self._port))
            except OSError as error:
                raise PortTakenError(
                    f"Cannot listen on {self._host}:{self._port} ({error.strerror}): choose "
                    "another port with --port or SHEQU_DASHBOARD_PORT, or end what listens there."
                ) from error

    async def run(self) -> None:
        """Serve until stopped; open streams end first."""
        await self._granian.serve()

    def stop(self) -> None:
        """End; pages that are open reconnect to the next dashboard."""
        closing = asyncio.ensure_future(self._app.state.feed.close())
        closing.add_done_callback(lambda _: self._granian.stop())  # type: ignore[no-untyped-call]
