"""Where a worker's metrics go, by its settings."""

from streams.lane.metrics import NoMetrics, Sink
from streams.lane.metrics_prometheus import PrometheusSink
from streams.settings import StreamsSettings, WrongSettingError


def sink(settings: StreamsSettings) -> Sink:
    """Prometheus' on the port that is set; nowhere, where none is.

    Raises WrongSettingError where the address cannot be had.
    """
    if settings.metrics_port is None:
        return NoMetrics()
    made = PrometheusSink()
    try:
        made.serve(settings.metrics_host, settings.metrics_port)
    except OSError as error:
        message = (
            f"metrics cannot be read on {settings.metrics_host}:{settings.metrics_port}: "
            f"{error.strerror}. Set SHEQU_METRICS_PORT to a free port, or correct "
            "SHEQU_METRICS_HOST."
        )
        raise WrongSettingError(message) from None
    return made
