"""Where the bus is: the city's Kafka if one is set, otherwise this machine's embedded broker."""

from ops.broker import BrokerError, running
from ops.settings import Settings


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
