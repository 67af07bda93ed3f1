"""Which versions of a record must be sent, and to which codes. Pure: states in, sends out.

A source either states when a record changed (update-time rule: order = that time in ms), or
it only exports rows now and then (export-sequence rule: order = sequence of the export in which
this content was first seen). Either way the greater (order, hash) wins, and what is sent leaves
the greatest version standing, in whatever order, and however often, the source delivers.

Or it holds one row per record, as it stands now (current-state rule). Then nothing older can be
read again, so what is read later is later, whatever time it states: content other than the
winner's gets an order above the winner's, and the content read last stands.
"""

from bisect import bisect_left
from enum import StrEnum
from itertools import takewhile
from typing import NamedTuple

import msgspec


class Rule(StrEnum):
    """How a source orders the versions of a record."""

    UPDATE_TIME = "update_time"
    EXPORT_SEQUENCE = "export_sequence"
    CURRENT_STATE = "current_state"


class Version(NamedTuple):
    """Orders the versions of one record: the greater order wins, then the greater hash."""

    order: int
    hash: bytes


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A version that the source stated, and the code that it was filed under then."""

    order: int
    hash: bytes
    code: str
    sent: bool

    @property
    def version(self) -> Version:
        return Version(self.order, self.hash)


class Last(msgspec.Struct, frozen=True, array_like=True):
    """The last thing that was sent to a code about a record."""

    order: int
    hash: bytes
    left: bool


class State(msgspec.Struct, frozen=True, array_like=True):
    """What an adapter knows about a record: versions seen, in order, and last sends by code."""

    seen: tuple[Seen, ...] = ()
    last: dict[str, Last] = {}

    @property
    def winner(self) -> Seen | None:
        """The greatest version that was sent; None before the first."""
        return next((seen for seen in reversed(self.seen) if seen.sent), None)

    def knows(self, version: Version) -> bool:
        """Whether the source stated exactly this before."""
        return any(seen.order == version.order and seen.hash == version.hash for seen in self.seen)


class Send(NamedTuple):
    """One event that must go out. `direction` is None, `left` or `arrived`."""

    version: Version
    code: str
    direction: str | None = None
    counterpart: str | None = None


def told_as(state: State, stated: Version, rule: Rule) -> Version:
    """The version under which a statement is told, should it be told now.

    By the current-state rule the winner again where the content is the winner's, else one above it:
    two changes in one ms, a late commit with an old time and a clock set back come out right.
    """
    winner = state.winner
    if rule is not Rule.CURRENT_STATE or winner is None:
        return stated
    if stated.hash == winner.hash:
        return winner.version
    return Version(max(stated.order, winner.order + 1), stated.hash)


def observe(state: State, version: Version, code: str, rule: Rule) -> tuple[State, list[Send]]:
    """The source states a version, filed under a code: the new state, and what must be sent.

    Unchanged content and repeated rows give no sends, unless an earlier run ended before all
    that was due had gone out: what is missing is sent now.
    """
    sends: list[Send] = []
    version = told_as(state, version, rule)
    if not state.knows(version):
        state, due = _insert(state, Seen(*version, code, sent=False), rule)
        state = _told(state, due, sends)
    state = _told(state, _untold_change(state, rule), sends)
    lefts = missing_lefts(state)
    for left in lefts:
        state = State(state.seen, _with_last(state.last, left))
    compared = state.seen[-1:] if rule is Rule.CURRENT_STATE else state.seen
    return State(compared, state.last), sends + lefts


def _told(state: State, stated: Seen | None, sends: list[Send]) -> State:
    """The state once a version that is due, if any, was added to the sends."""
    if stated is None:
        return state
    sends.append(_plain_or_arrived(state, stated))
    return State(_marked_sent(state.seen, stated), _with_last(state.last, sends[-1]))


def restore(state: State, send: Send) -> State:
    """The state after an event that stands on the topic already, in the order of its partition."""
    last = _with_last(state.last, send)
    if send.direction == "left":
        return State(state.seen, last)
    stated = Seen(*send.version, send.code, sent=True)
    others = tuple(seen for seen in state.seen if seen.version != send.version)
    at = bisect_left(others, send.version, key=_version)
    return State((*others[:at], stated, *others[at:]), last)


def missing_lefts(state: State) -> list[Send]:
    """A `left` for each code, other than the winner's, that has not yet heard of the winner."""
    if len(state.last) < 2 or (winner := state.winner) is None:  # noqa: PLR2004 - a move needs two codes
        return []
    told = Last(*winner.version, left=True)
    return [
        Send(winner.version, code, "left", winner.code)
        for code, last in sorted(state.last.items())
        if code != winner.code and last != told
    ]


def _insert(state: State, new: Seen, rule: Rule) -> tuple[State, Seen | None]:
    """The state with the version in it, and the version again if it is due."""
    at = bisect_left(state.seen, new.version, key=_version)
    before, after = state.seen[:at], state.seen[at:]
    changed = not before or before[-1].hash != new.hash
    due = new if rule is Rule.UPDATE_TIME or changed else None
    return State((*before, new, *after), state.last), due


def _untold_change(state: State, rule: Rule) -> Seen | None:
    """The first sighting of the content that stands last, where another one was told last.

    A late export that splits a run makes it a change; so does a kill after the late one went out.
    Runs before the last one do not count: over them a greater version stands.
    """
    winner = state.winner
    if rule is Rule.UPDATE_TIME or winner is None or state.seen[-1].hash == winner.hash:
        return None
    untold = reversed(state.seen[state.seen.index(winner) + 1 :])
    run = list(takewhile(lambda seen: seen.hash == state.seen[-1].hash, untold))
    return run[-1]


def _marked_sent(seen: tuple[Seen, ...], stated: Seen) -> tuple[Seen, ...]:
    """`seen` with `stated` marked as sent."""
    return tuple(
        Seen(*known.version, known.code, sent=True) if known.version == stated.version else known
        for known in seen
    )


def _plain_or_arrived(state: State, stated: Seen) -> Send:
    """The event of a version: `arrived` where it becomes the winner, at another code."""
    winner = state.winner
    moves = winner is not None and stated.version > winner.version and stated.code != winner.code
    if winner is None or not moves:
        return Send(stated.version, stated.code)
    return Send(stated.version, stated.code, "arrived", winner.code)


def _with_last(last: dict[str, Last], send: Send) -> dict[str, Last]:
    return {**last, send.code: Last(*send.version, left=send.direction == "left")}


def _version(seen: Seen) -> Version:
    return seen.version
