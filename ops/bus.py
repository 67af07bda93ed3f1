"""Where the bus is: the city's Kafka if one is set, otherwise this machine's embedded broker."""

import socket

from ops.broker import BrokerError, running
from ops.settings import Settings

_PATIENCE = 3.0  # seconds for one server to accept


def bootstrap_servers(settings: Settings) -> str:
    """The address for Kafka clients.

    Raises:
        BrokerError: no Kafka is set and the embedded broker does not run.
    """
    if settings.bootstrap is not None:
        return settings.bootstrap
    found = running(settings.broker_folder)
    if found is None:
        raise BrokerError(
            f"no broker runs on {settings.broker_folder}. Start it with `shequ broker start "
            f"--detach`, or set SHEQU_BOOTSTRAP to the host:port of the city's Kafka."
        )
    return found.bootstrap


def answering_servers(settings: Settings) -> str:
    """The address for Kafka clients, for a command that cannot wait.

    Raises:
        BrokerError: no broker listens there now.
    """
    servers = bootstrap_servers(settings)
    if any(_listens(server) for server in servers.split(",")):
        return servers
    raise BrokerError(
        f"no broker answers at {servers}. Start it (`shequ broker start --detach` for the embedded "
        f"one), or correct SHEQU_BOOTSTRAP."
    )


def _listens(server: str) -> bool:
    host, _, port = server.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()
    except OSError:
        return False
    return True
