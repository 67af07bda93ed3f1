"""Fold again along the journal, and say where the answer first differs."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from streams.lane.partition import JOURNAL_SCHEMA, Partition
from streams.lane.port import Record, Slice, Unit

Fetch = Callable[[str, int, int], list[Record]]
"""Records of a source topic (logical name) with first <= offset < next."""


class Difference(NamedTuple):
    """The first journal record that a replay does not reproduce."""

    partition: int
    seq: int
    what: str
    recorded: str
    replayed: str


def replay(
    partition: Partition, journal: Iterable[bytes], fetch: Fetch
) -> Iterator[Difference | None]:
    """Fold each journal record's steps; yields None while equal, a Difference once, then ends.

    After the last one `partition` holds the rows. What a live lane wrote is not written: outputs
    are only hashed.
    """
    for data in journal:
        entry = partition.fold.decode(JOURNAL_SCHEMA, data)
        difference = _fold_entry(partition, entry, fetch) or _compare(partition, entry)
        yield difference
        if difference is not None:
            return


def _fold_entry(partition: Partition, entry: dict[str, Any], fetch: Fetch) -> Difference | None:
    seq = entry["seq"]
    if seq != partition.seq + 1:
        return Difference(partition.number, seq, "seq", str(seq), str(partition.seq + 1))
    for step in entry["steps"]:
        records = fetch(step["topic"], step["first"], step["next"]) if step["topic"] else []
        if len(records) != step["count"]:
            what = f"count of {step['topic']} from {step['first']}"
            return Difference(partition.number, seq, what, str(step["count"]), str(len(records)))
        piece = Slice(step["now"], step["topic"], records)
        partition.fold_unit(Unit(partition.number, 0, [piece], caught_up=False))
    partition.freeze()
    return None


def _compare(partition: Partition, entry: dict[str, Any]) -> Difference | None:
    for what, replayed in (("state", partition.digest()), ("outs", partition.outs)):
        if entry[what] != replayed:
            return Difference(
                partition.number, entry["seq"], what, entry[what].hex(), replayed.hex()
            )
    return None
