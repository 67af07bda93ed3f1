"""Why the embedded broker does not run, grouped by what the operator does about it."""

from ops.errors import OperatorError


class BrokerError(OperatorError):
    """The embedded broker cannot start, or has ended."""


class JavaError(BrokerError):
    """There is no Java here, or it is too old: install one."""


class JarsMissingError(BrokerError):
    """Kafka's jars are not here: resolve them."""


class FolderError(BrokerError):
    """The data folder is full or cannot be written: make room, or choose another."""


class FolderInUseError(BrokerError):
    """Another broker runs on this data folder: use it, or stop it."""


class BrokerFailedError(BrokerError):
    """Kafka started and ended again, or never answered: read its log."""
