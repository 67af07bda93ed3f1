"""Prometheus reads every metric that is declared; what ended a worker is counted on."""

import re
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.lane.errors import FencedError
from streams.lane.telemetry import metrics
from streams.lane.telemetry.metrics import METRICS, Recorded
from streams.lane.telemetry.prometheus import PrometheusSink
from streams.lane.telemetry.telling import Telling
from streams.metering import WorkerSink, sink
from streams.settings import StreamsSettings, WrongSettingError


@pytest.fixture
def recorded() -> Recorded:
    """Everything that is measured."""
    return Recorded()


@pytest.fixture
def served() -> Iterator[tuple[PrometheusSink, str]]:
    """A sink that answers, and where."""
    made = PrometheusSink()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    end = made.serve("127.0.0.1", port)
    yield made, f"http://127.0.0.1:{port}/metrics"
    end()


def test_prometheus_reads_every_metric(served: tuple[PrometheusSink, str]) -> None:
    """Under the name that is documented, with its labels."""
    made, url = served
    for metric in METRICS:
        labels = ["x" for _ in metric.labels]
        if metric.kind == "counter":
            made.count(metric, *labels, by=2)
        elif metric.kind == "gauge":
            made.set(metric, 3, *labels)
        else:
            made.observe(metric, 0.5, *labels)
    made.forget(metrics.ROWS, "x")
    with urllib.request.urlopen(url) as answer:  # noqa: S310 -- our own address
        text = answer.read().decode()
    for metric in METRICS:
        name = f"{metric.name}_count" if metric.kind == "histogram" else metric.name
        said = [line for line in text.splitlines() if re.match(rf"{name}[ {{]", line)]
        assert bool(said) == (metric is not metrics.ROWS), metric.name
        assert all(f'{label}="x"' in line for line in said for label in metric.labels)
    assert "process_resident_memory_bytes" in text


def test_labels_that_do_not_fit_are_a_defect(recorded: Recorded) -> None:
    """The declaration is the truth, for tests as for Prometheus."""
    with pytest.raises(ValueError, match="shequ_lane_rows has the labels"):
        recorded.set(metrics.ROWS, 1)


def test_a_port_that_is_taken_is_a_wrong_setting() -> None:
    """It names the address and the setting."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings = StreamsSettings(metrics_port=server.getsockname()[1])
        with pytest.raises(WrongSettingError, match="SHEQU_METRICS_PORT"):
            sink(settings)


def test_what_ended_a_worker_is_counted_over_its_restarts(tmp_path: Path) -> None:
    """It ends at once: no scrape would ever see the last count of a process."""
    kept = tmp_path / "worker" / "ends.json"
    for _ in range(2):
        Telling(WorkerSink(kept)).ended(FencedError("taken over"))
    again = WorkerSink(kept)
    assert again.registry.get_sample_value(metrics.ENDS.name, {"error": "FencedError"}) == 2


@pytest.mark.parametrize("found", [b"", b"[1]", b'{"x": "y"}'])
def test_counts_that_cannot_be_read_do_not_stop_a_worker(tmp_path: Path, found: bytes) -> None:
    """They are counted anew."""
    kept = tmp_path / "ends.json"
    kept.write_bytes(found)
    Telling(WorkerSink(kept)).ended(FencedError("taken over"))
    again = WorkerSink(kept)
    assert again.registry.get_sample_value(metrics.ENDS.name, {"error": "FencedError"}) == 1
