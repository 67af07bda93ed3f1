"""What the pure fold gives for as much of the source as a peer says that it has folded."""

from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from typing import NamedTuple

from benchmarks.peers import thin, views
from benchmarks.peers.events import Message
from benchmarks.peers.thin import Fields
from streams.lane.topic_map import partition_of

Answer = Mapping[int, tuple[int, int]]
"""Number of rows and their digest, by partition."""


class Claim(NamedTuple):
    """What a peer has folded of each partition, and the rows that it has of it."""

    name: str
    folded: Mapping[int, int]
    answer: Answer


def answer_of(rows: Mapping[int, Mapping[tuple[str, bytes], bytes]]) -> Answer:
    """Of rows by partition."""
    return {number: (len(found), views.digest(found.items())) for number, found in rows.items()}


def wrong(messages: Sequence[Message], partitions: int, claims: Sequence[Claim]) -> list[str]:
    """Each difference from the pure fold, by name and partition; the source laps the messages."""
    found = list[str]()
    for number in range(partitions):
        share = [m.value for m in messages if partition_of(m.key, partitions) == number]
        found += _wrong(share, number, claims)
    return found


def _wrong(share: Sequence[bytes], number: int, claims: Sequence[Claim]) -> list[str]:
    found, state, done = list[str](), _State(), 0
    values = cycle(share)
    for claim in sorted(claims, key=lambda one: one.folded.get(number, 0)):
        wanted = claim.folded.get(number, 0)
        for value in islice(values, wanted - done):
            state.fold(value)
        done = wanted
        truth, said = state.answer(), claim.answer.get(number, (0, 0))
        if said != truth:
            found.append(
                f"{claim.name}: partition {number} after {wanted:,} events: {said[0]:,} rows "
                f"{said[1]:032x}, the pure fold has {truth[0]:,} rows {truth[1]:032x}"
            )
    return found


class _State:
    """Rows of one partition, folded one by one."""

    def __init__(self) -> None:
        self._cases: dict[str, Fields] = {}
        self._summary: dict[str, Fields] = {}

    def fold(self, value: bytes) -> None:
        cases, summary = self._cases, self._summary
        event = thin.EVENT.decode(value)
        key, code = thin.case_key(event), event["community"]
        cases[key], summary[code] = thin.folded(event, cases.get(key), summary.get(code))

    def answer(self) -> tuple[int, int]:
        rows = {(views.CASES, k.encode()): thin.CASE.encode(v) for k, v in self._cases.items()}
        rows |= {
            (views.SUMMARY, k.encode()): thin.SUMMARY.encode(v) for k, v in self._summary.items()
        }
        return len(rows), views.digest(rows.items())
