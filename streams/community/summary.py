"""View: counts per code."""

import msgspec

from streams.community.ports import Rows, find
from streams.community.rows import SourceCount, Summary
from streams.community.tables import SUMMARY


def key(code: str) -> str:
    """A code has one row."""
    return f"{code}/summary"


def add(rows: Rows, code: str, **deltas: int) -> None:
    """Add to counters, by field name; zero deltas change nothing."""
    changed = {name: delta for name, delta in deltas.items() if delta}
    if not changed:
        return
    row = find(rows, SUMMARY, key(code), Summary) or Summary(code=code)
    rows.put(
        SUMMARY,
        key(code),
        msgspec.structs.replace(
            row, **{name: getattr(row, name) + delta for name, delta in changed.items()}
        ),
    )


def count_event(rows: Rows, code: str, source: str, now: int) -> None:
    """Note that a source brought an event."""
    row = find(rows, SUMMARY, key(code), Summary) or Summary(code=code)
    by_source = {entry.source: entry for entry in row.sources}
    before = by_source.get(source)
    by_source[source] = SourceCount(
        source=source, events=1 if before is None else before.events + 1, last_at=now
    )
    ordered = tuple(by_source[name] for name in sorted(by_source))
    rows.put(SUMMARY, key(code), msgspec.structs.replace(row, sources=ordered))
