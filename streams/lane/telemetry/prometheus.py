"""The lane's metrics as Prometheus reads them: https://prometheus.io/docs/instrumenting/."""

from collections.abc import Callable
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    start_http_server,
)

from streams.lane.telemetry.metrics import METRICS, Metric


class PrometheusSink:
    """Keeps what is measured in a registry of its own, with the process's memory and time."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._made = {metric: _made(metric, self.registry) for metric in METRICS}
        self._children: dict[tuple[Metric, tuple[str, ...]], Any] = {}

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Add to a counter."""
        self._child(metric, labels).inc(by)

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        """Set a gauge."""
        self._child(metric, labels).set(value)

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Enter a value into a histogram."""
        self._child(metric, labels).observe(value)

    def forget(self, metric: Metric, *labels: str) -> None:
        """Drop a gauge."""
        if self._children.pop((metric, labels), None) is not None:
            self._made[metric].remove(*labels)

    def _child(self, metric: Metric, labels: tuple[str, ...]) -> Any:  # noqa: ANN401 -- of three kinds
        """The one of these labels; remembered, since the client's own search takes a lock."""
        found = self._children.get((metric, labels))
        if found is None:
            made = self._made[metric]
            found = self._children[metric, labels] = made.labels(*labels) if labels else made
        return found

    def serve(self, host: str, port: int) -> Callable[[], None]:
        """Answer GET /metrics from a thread of its own; gives what ends it.

        Raises OSError where the address cannot be had.
        """
        server, thread = start_http_server(port, host, self.registry)

        def end() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return end


def _made(metric: Metric, registry: CollectorRegistry) -> Any:  # noqa: ANN401 -- of three kinds
    text = f"{metric.help} ({metric.unit})"
    if metric.kind == "histogram":
        return Histogram(
            metric.name, text, metric.labels, buckets=metric.buckets, registry=registry
        )
    kind = Counter if metric.kind == "counter" else Gauge
    return kind(metric.name, text, metric.labels, registry=registry)
