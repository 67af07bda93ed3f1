"""Is a source live, silent or dead? Its adapter's heartbeat and its last append tell."""

from collections.abc import Mapping
from typing import Any, Literal

from dashboard.api.shapes import Source
from dashboard.words import adapter_title, systems_fed

Verdict = Literal["live", "silent", "dead"]
Row = Mapping[str, Any]

STANDING = frozenset({"halted", "stopping"})
"""States in which an adapter says itself that it does not work."""


def verdict(
    *,
    state: str,
    heartbeat_age: int | None,
    append_age: int | None,
    silent_after: int,
    dead_after: int,
) -> Verdict:
    """Ages and thresholds in ms; None where there never was one."""
    if heartbeat_age is None or heartbeat_age > dead_after or state in STANDING:
        return "dead"
    return "silent" if append_age is None or append_age > silent_after else "live"


def last_append(beat: Row, newest: int | None, writers: int) -> int | None:
    """Broker's time (ms) of what an adapter appended last; `newest` is that of its topic.

    Where several adapters write one topic, one that is silent would look live by what the others
    bring: there each is taken at its word, which after a restart it has not given yet.
    """
    if writers == 1:
        return newest
    stated: int | None = beat["last_append_at"]
    if stated is None:
        return newest if beat["events"] else None
    return stated if newest is None else min(stated, newest)


def source(
    beat: Row, last_append_at: int | None, *, now: int, silent_after: int, dead_after: int
) -> Source:
    """What to show of one adapter: `beat` is its row of `heartbeats`."""
    age = now - beat["heard_at"]
    title = adapter_title(beat["adapter"])
    return Source(
        adapter=beat["adapter"],
        zh=title.zh,
        en=title.en,
        systems=systems_fed(beat["topic"]),
        source=beat["source"],
        topic=beat["topic"],
        verdict=verdict(
            state=beat["state"],
            heartbeat_age=age,
            append_age=None if last_append_at is None else now - last_append_at,
            silent_after=silent_after,
            dead_after=dead_after,
        ),
        state=beat["state"],
        detail=beat["detail"],
        heartbeat_at=beat["heard_at"],
        heartbeat_age_ms=age,
        last_read_at=beat["last_read_at"],
        last_append_at=last_append_at,
        events=beat["events"],
        letters=beat["letters"],
        skipped=beat["skipped"],
    )


def unseen(adapter: str, topic: str, last_append_at: int | None) -> Source:
    """An adapter that the catalogue names and nobody ever heard."""
    title = adapter_title(adapter)
    return Source(
        adapter=adapter,
        zh=title.zh,
        en=title.en,
        systems=systems_fed(topic),
        source="",
        topic=topic,
        verdict="dead",
        state="unseen",
        detail="",
        heartbeat_at=None,
        heartbeat_age_ms=None,
        last_read_at=None,
        last_append_at=last_append_at,
        events=0,
        letters=0,
        skipped=0,
    )
