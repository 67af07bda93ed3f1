"""docs/operator.md says of every metric what its declaration says."""

from collections.abc import Callable

from streams.lane.telemetry.metrics import METRICS

RowsOf = Callable[[str, str], dict[str, list[str]]]


def test_every_metric_stands_in_the_table_as_it_is_declared(
    operator_page: str, rows_of: RowsOf
) -> None:
    """And no row is about one that is gone."""
    declared = {
        metric.name: [metric.kind, ", ".join(metric.labels), metric.unit, metric.help]
        for metric in METRICS
    }
    lines = "\n".join(f"| `{name}` | {' | '.join(cells)} |" for name, cells in declared.items())
    assert rows_of(operator_page, "## Metrics") == declared, f"the table is to be:\n{lines}"


def test_metrics_are_named_as_prometheus_wants_them() -> None:
    """https://prometheus.io/docs/practices/naming/: counters end in _total, seconds in _seconds."""
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.name.startswith("shequ_lane_")
        assert (metric.kind == "counter") == metric.name.endswith("_total")
        assert bool(metric.buckets) == (metric.kind == "histogram")
        if metric.unit == "seconds":
            assert "_seconds" in metric.name
