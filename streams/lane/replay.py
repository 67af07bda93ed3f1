"""Fold again along the journal, and say where the answer first differs."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from streams.lane.partition import JOURNAL_SCHEMA, AnyPartition
from streams.lane.pending import Frozen
from streams.lane.port import Record, Slice, Unit

Fetch = Callable[[str, int, int], list[Record]]
"""Records of a source topic (logical name) with first <= offset < next."""

Sink = Callable[[Frozen], None]
"""Sees what the live lane wrote in each transaction, and a replay does not write."""


class Difference(NamedTuple):
    """The first journal record that a replay does not reproduce.

    `code`: the fingerprint of the code that wrote it, where this is other code; equality is
    promised for the same code only.
    """

    partition: int
    seq: int
    what: str
    recorded: str
    replayed: str
    code: str = ""


def replay(
    partition: AnyPartition,
    journal: Iterable[bytes],
    fetch: Fetch,
    sink: Sink = lambda _: None,
) -> Iterator[Difference | None]:
    """Fold each journal record's steps; yields None while equal, a Difference once, then ends.

    After the last one `partition` holds the rows; it can go on with the records that follow.
    """
    for data in journal:
        entry = partition.fold.decode(JOURNAL_SCHEMA, data)
        difference = _fold_entry(partition, entry, fetch, sink) or _compare(partition, entry)
        yield difference
        if difference is not None:
            return


def _fold_entry(
    partition: AnyPartition, entry: dict[str, Any], fetch: Fetch, sink: Sink
) -> Difference | None:
    seq = entry["seq"]
    if seq != partition.seq + 1:
        return _difference(partition, entry, "seq", str(seq), str(partition.seq + 1))
    for step in entry["steps"]:
        records = fetch(step["topic"], step["first"], step["next"]) if step["topic"] else []
        if len(records) != step["count"]:
            what = f"count of {step['topic']} from {step['first']}"
            return _difference(partition, entry, what, str(step["count"]), str(len(records)))
        piece = Slice(step["now"], step["topic"], records)
        partition.fold_unit(Unit(partition.number, 0, [piece], caught_up=False))
    frozen = partition.freeze()
    if frozen is not None:
        sink(frozen)
    return None


def _compare(partition: AnyPartition, entry: dict[str, Any]) -> Difference | None:
    for what, replayed in (("state", partition.digest()), ("outs", partition.outs)):
        if entry[what] != replayed:
            return _difference(partition, entry, what, entry[what].hex(), replayed.hex())
    return None


def _difference(
    partition: AnyPartition, entry: dict[str, Any], what: str, recorded: str, replayed: str
) -> Difference:
    code = "" if entry["code"] == partition.fold.code else entry["code"]
    return Difference(partition.number, entry["seq"], what, recorded, replayed, code)
