"""The embedded broker: a real Apache Kafka on a loopback port, for one machine."""

from ops.broker.embedded import EmbeddedBroker
from ops.broker.errors import (
    BrokerError,
    BrokerFailedError,
    FolderError,
    FolderInUseError,
    JarsMissingError,
    JavaError,
)
from ops.broker.running import Running, running, stop_running

__all__ = [
    "BrokerError",
    "BrokerFailedError",
    "EmbeddedBroker",
    "FolderError",
    "FolderInUseError",
    "JarsMissingError",
    "JavaError",
    "Running",
    "running",
    "stop_running",
]
