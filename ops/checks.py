"""Shows what a check of an adapter found, to people."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from adapters.check import Report

SHOWN = 12
"""Rows of a table; what is left out is counted, and stands in the JSON."""


def show(report: Report, console: Console) -> None:
    """Print the report as tables, the verdict last."""
    for part in _parts(report):
        console.print(part)
    for remark in report.remarks:
        console.print(Text(f"note: {remark}"))
    for objection in report.objections:
        console.print(Text(f"not fine: {objection}", style="bold red"))
    if report.fine:
        console.print(Text("fine: the adapter can read this as it is.", style="bold green"))


def _parts(report: Report) -> Iterator[RenderableType]:
    yield _facts(report)
    if report.files:
        head = ("file", "encoding", "rows", "unreadable")
        rows = [(f.name, f.encoding or "left alone", f.rows, f.unreadable) for f in report.files]
        yield _table("Files", head, rows)
    yield _table(
        "Columns (shapes where a value may be personal: 9 digit, x letter, 文 Han)",
        ("column", "filled", "distinct", "examples"),
        [
            (c.name, _percent(c.share), f"{c.distinct}{'+' * c.many}", " | ".join(c.examples))
            for c in report.columns
        ],
        most=len(report.columns),
    )
    yield _table(
        "Kinds",
        ("list", "version", "code", "", "count"),
        [(c.list, c.version, c.value, c.state, c.count) for c in report.codes],
    )
    states = [(name, s, n) for name, counts in report.states.items() for s, n in counts.items()]
    yield _table("States", ("field", "value", "count"), states)
    yield _table(
        "Filed under",
        ("code", "name", "level", "count", "share"),
        [(f.code, f.name, f.level, f.count, _percent(f.share)) for f in report.filed],
    )
    reasons = [(reason.reason, reason.count) for reason in report.unlocated]
    yield _table("At a desk, because", ("reason", "count"), reasons)
    yield _table(
        "Would be dead letters",
        ("rule", "field", "count", "at", "value", "what to do"),
        [
            (r.rule, r.field, r.count, "\n".join(r.places), "\n".join(r.values), r.advice)
            for r in report.letters
        ],
    )


def _facts(report: Report) -> Table:
    table = Table(
        title=f"{report.adapter}: {report.title}", show_header=False, title_justify="left"
    )
    for name, value in (
        ("mapping", report.mapping or "the adapter's own"),
        ("newer is told", report.order),
        ("rows read", f"{report.rows}, of them exact repeats {report.repeats}"),
        ("records", f"{report.records}, of them in several versions {report.changed}"),
        ("would be sent", f"{report.events} events"),
        (
            "dead letters",
            f"{_percent(report.bad_share)}, at most {_percent(report.most_bad_share)}",
        ),
        ("happened", f"{report.first} to {report.last}" if report.first else "-"),
        ("speed", f"{report.rows_per_second:,.0f} rows/s, {report.seconds:.2f} s, without Kafka"),
    ):
        table.add_row(name, Text(value))
    return table


def _table(
    title: str, head: Sequence[str], rows: Iterable[Sequence[object]], most: int = SHOWN
) -> RenderableType:
    found = list(rows)
    if not found:
        return Text(f"{title}: none")
    table = Table(title=title, title_justify="left")
    for name in head:
        table.add_column(name, justify="right" if name == "count" else "left", overflow="fold")
    for row in found[:most]:
        table.add_row(*(Text(str(cell)) for cell in row))
    if left := len(found) - most:
        table.caption = f"and {left} more" if left > 0 else None
    return table


def _percent(share: float) -> str:
    return f"{share:.1%}"
