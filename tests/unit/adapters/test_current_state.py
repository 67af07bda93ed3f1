"""What must be sent of a record whose source shows only its current state."""

from collections import defaultdict

from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.kit.versions import Rule, Send, State, Version, missing_lefts, observe, restore

A, B, C = "420704001013", "420704002001", "420704001012"
RULE = Rule.CURRENT_STATE

Readings = list[tuple[int, int]]
"""(stated update time, content), in the order in which the row was read."""


def content(number: int) -> bytes:
    return bytes([number]) * 16


def code_of(number: int) -> str:
    """A content states a community: several contents the same one."""
    return (A, B, C)[number % 3]


def version(reading: tuple[int, int]) -> Version:
    return Version(reading[0], content(reading[1]))


class Topic:
    """What was sent, as a reader of the topic finds it: in order within a code."""

    def __init__(self) -> None:
        self.sends: defaultdict[str, list[Send]] = defaultdict(list)

    def take(self, sends: list[Send]) -> None:
        for send in sends:
            self.sends[send.code].append(send)

    @property
    def all(self) -> list[Send]:
        return [send for sends in self.sends.values() for send in sends]

    @property
    def winner(self) -> Send:
        told = [send for send in self.all if send.direction != "left"]
        return max(told, key=lambda send: send.version)

    def rebuilt(self, from_codes: list[str]) -> State:
        """The state of who lost it and reads the topic again, code after code."""
        state = State()
        for code in from_codes:
            for send in self.sends[code]:
                state = restore(state, send)
        return state


def read(state: State, reading: tuple[int, int]) -> tuple[State, list[Send]]:
    return observe(state, version(reading), code_of(reading[1]), RULE)


def read_all(readings: Readings) -> tuple[State, Topic]:
    state, topic = State(), Topic()
    for reading in readings:
        state, sends = read(state, reading)
        topic.take(sends)
    return state, topic


def check(topic: Topic, last: tuple[int, int]) -> None:
    """The content read last stands last, in its community, and nowhere else; nothing twice."""
    winner = topic.winner
    assert (winner.version.hash, winner.code) == (content(last[1]), code_of(last[1]))
    for code, sends in topic.sends.items():
        if code == winner.code:
            assert (sends[-1].version, sends[-1].direction == "left") == (winner.version, False)
        else:
            assert sends[-1] == Send(winner.version, code, "left", winner.code)
    assert len({(s.version, s.code, s.direction) for s in topic.all}) == len(topic.all)


a_reading = st.tuples(st.integers(-3, 9), st.integers(0, 4))
"""Few times and contents, so that a time repeats, goes back, and a content comes again."""

some_readings = st.lists(a_reading, min_size=1, max_size=12)


@given(some_readings)
@example([(5, 0), (5, 1)])
@example([(5, 0), (2, 1), (2, 0)])
def test_what_was_read_last_stands_last(readings: Readings) -> None:
    """Whatever states a row went through, whichever were read, whatever times they state."""
    check(read_all(readings)[1], readings[-1])


@given(some_readings)
def test_what_a_code_is_told_rises(readings: Readings) -> None:
    for sends in read_all(readings)[1].sends.values():
        versions = [send.version for send in sends]
        assert versions == sorted(set(versions))


@given(some_readings, st.integers(1, 3))
def test_an_unchanged_row_sends_nothing_however_often_it_is_read(
    readings: Readings, times: int
) -> None:
    state, _ = read_all(readings)
    for _ in range(times):
        state, sends = read(state, readings[-1])
        assert sends == []


@given(some_readings, st.permutations((A, B, C)))
def test_a_lost_state_is_rebuilt_from_the_topic_and_sends_nothing_again(
    readings: Readings, codes: list[str]
) -> None:
    """Partitions come in any order."""
    _, topic = read_all(readings)
    assert read(topic.rebuilt(codes), readings[-1])[1] == []


@settings(max_examples=300)
@given(some_readings, some_readings, st.permutations((A, B, C)), st.data())
def test_a_kill_between_send_and_checkpoint_loses_nothing_and_repeats_nothing(
    before: Readings, after: Readings, codes: list[str], data: st.DataObject
) -> None:
    """Some of a step's sends got out; the state is the old one and what the topic holds beyond.

    The row may have changed before it is read again.
    """
    state, topic = read_all(before)
    _, sends = read(state, after[0])
    got_out = Topic()
    got_out.take(sends[: data.draw(st.integers(0, len(sends)))])
    topic.take(got_out.all)
    for code in codes:
        for send in got_out.sends[code]:
            state = restore(state, send)
    changed_meanwhile = after[1:] or after
    for reading in data.draw(st.sampled_from([after, changed_meanwhile])):
        state, sends = read(state, reading)
        topic.take(sends)
    check(topic, after[-1])


def test_a_change_within_the_same_millisecond_is_told() -> None:
    _, topic = read_all([(5, 0), (5, 3)])
    assert [s.version for s in topic.sends[A]] == [Version(5, content(0)), Version(6, content(3))]


def test_a_commit_that_comes_late_with_an_old_time_is_told_above_what_was_told() -> None:
    _, topic = read_all([(9, 0), (4, 3)])
    assert topic.sends[A][-1].version == Version(10, content(3))


def test_after_a_clock_was_set_back_stated_times_order_again_once_they_are_ahead() -> None:
    _, topic = read_all([(900, 0), (100, 3), (101, 0), (950, 3)])
    assert [send.version.order for send in topic.sends[A]] == [900, 901, 902, 950]


def test_a_row_that_returns_to_what_it_said_is_told_again() -> None:
    _, topic = read_all([(1, 0), (2, 3), (1, 0)])
    assert topic.sends[A][-1].version == Version(3, content(0))


def test_a_resident_who_moves_arrives_at_the_new_code_and_leaves_the_old() -> None:
    _, topic = read_all([(7, 0), (2, 1)])
    moved = Version(8, content(1))
    assert topic.sends[B] == [Send(moved, B, "arrived", A)]
    assert topic.sends[A][-1] == Send(moved, A, "left", B)


def test_a_move_that_was_cut_off_is_completed_when_the_row_is_read_again() -> None:
    state, _ = read_all([(1, 0)])
    _, moved = read(state, (1, 1))
    cut_off = restore(state, moved[0])
    assert missing_lefts(cut_off) == moved[1:]
    assert read(cut_off, (1, 1))[1] == moved[1:]


def test_only_what_is_compared_with_is_remembered() -> None:
    state, _ = read_all([(number, number % 2) for number in range(100)])
    assert [seen.version for seen in state.seen] == [Version(99, content(1))]
