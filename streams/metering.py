"""Where a worker's metrics go, by its settings; what ended it is counted over restarts."""

from collections import Counter
from contextlib import suppress
from pathlib import Path

import msgspec
from typing_extensions import override

from streams.lane.telemetry.metrics import ENDS, Metric, NoMetrics, Sink
from streams.lane.telemetry.prometheus import PrometheusSink
from streams.settings import StreamsSettings, WrongSettingError


class WorkerSink(PrometheusSink):
    """Prometheus', of a process that ends at once when it ends: nobody would read why.

    So the ends are kept in a file, and counted on. A file that cannot be had costs the count only.
    """

    def __init__(self, kept: Path) -> None:
        super().__init__()
        self._kept = kept
        self._ends: Counter[str] = Counter()
        with suppress(OSError, msgspec.DecodeError):
            self._ends.update(msgspec.json.decode(kept.read_bytes(), type=dict[str, int]))
        for error, times in self._ends.items():
            super().count(ENDS, error, by=times)

    @override
    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Add to a counter; an end is written down at once."""
        super().count(metric, *labels, by=by)
        if metric is ENDS:
            self._ends[labels[0]] += int(by)
            with suppress(OSError):
                self._kept.parent.mkdir(parents=True, exist_ok=True)
                self._kept.write_bytes(msgspec.json.encode(self._ends))


def sink(settings: StreamsSettings) -> Sink:
    """Prometheus' on the port that is set; nowhere, where none is.

    Raises WrongSettingError where the address cannot be had.
    """
    if settings.metrics_port is None:
        return NoMetrics()
    made = WorkerSink(settings.home / "worker" / f"ends-{settings.metrics_port}.json")
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
