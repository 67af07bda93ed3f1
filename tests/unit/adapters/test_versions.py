"""What must be sent of a record, whatever the order in which its source states it."""

from collections import defaultdict

from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.kit.versions import Rule, Send, State, Version, missing_lefts, observe, restore

A, B = "420704001013", "420704002001"
Deliveries = list[tuple[int, int]]  # (order, content)

STATED = (Rule.UPDATE_TIME, Rule.EXPORT_SEQUENCE)
"""The rules by which a source may deliver old versions after new ones."""


def content(number: int) -> bytes:
    return bytes([number]) * 16


def code_of(number: int) -> str:
    """A content states a community: even ones the first, odd ones the second."""
    return (A, B)[number % 2]


class Topic:
    """What was sent, code by code, as a reader of the topic finds it."""

    def __init__(self) -> None:
        self.sends: dict[str, list[Send]] = defaultdict(list)

    def take(self, sends: list[Send]) -> None:
        for send in sends:
            self.sends[send.code].append(send)

    @property
    def winner(self) -> Send:
        return max(
            (s for sends in self.sends.values() for s in sends if s.direction != "left"),
            key=lambda send: send.version,
        )

    def last(self, code: str) -> Send:
        return self.sends[code][-1]


def deliver(deliveries: Deliveries, rule: Rule) -> Topic:
    state, topic = State(), Topic()
    for order, number in deliveries:
        state, sends = observe(state, Version(order, content(number)), code_of(number), rule)
        topic.take(sends)
    return topic


@st.composite
def deliveries_of_exports(draw: st.DrawFn) -> Deliveries:
    """Contents by export, delivered in any order, some of them again."""
    exports = draw(st.dictionaries(st.integers(1, 12), st.integers(0, 3), min_size=1, max_size=9))
    again = draw(st.lists(st.sampled_from(sorted(exports.items())), max_size=6))
    return draw(st.permutations([*exports.items(), *again]))


def check_final_state(topic: Topic, deliveries: Deliveries) -> None:
    greatest = max(deliveries, key=lambda d: (d[0], content(d[1])))
    assert topic.winner.version.hash == content(greatest[1])
    assert topic.winner.code == code_of(greatest[1])
    for code in topic.sends:
        last = topic.last(code)
        if code == topic.winner.code:
            assert last.direction != "left"
        else:
            assert last.direction == "left"
            assert last.version == topic.winner.version
            assert last.counterpart == topic.winner.code


@given(deliveries_of_exports())
@example([(1, 0), (9, 0), (5, 1)])
def test_the_content_of_the_greatest_export_stands_in_every_order_of_delivery(
    deliveries: Deliveries,
) -> None:
    check_final_state(deliver(deliveries, Rule.EXPORT_SEQUENCE), deliveries)


@given(deliveries_of_exports())
def test_the_latest_update_stands_in_every_order_of_delivery(deliveries: Deliveries) -> None:
    check_final_state(deliver(deliveries, Rule.UPDATE_TIME), deliveries)


@given(deliveries_of_exports(), st.sampled_from(STATED))
def test_a_second_delivery_of_everything_sends_nothing(deliveries: Deliveries, rule: Rule) -> None:
    once = deliver(deliveries, rule)
    twice = deliver([*deliveries, *deliveries], rule)
    assert twice.sends == once.sends


@settings(max_examples=200)
@given(deliveries_of_exports(), st.sampled_from(STATED), st.data())
def test_a_kill_between_send_and_checkpoint_loses_nothing(
    deliveries: Deliveries, rule: Rule, data: st.DataObject
) -> None:
    """Killed after some sends of a step: the state is the old one and what the topic holds."""
    killed_at = data.draw(st.integers(0, len(deliveries) - 1))
    state, topic = State(), Topic()
    for position, (order, number) in enumerate(deliveries):
        version = Version(order, content(number))
        if position == killed_at:
            _, sends = observe(state, version, code_of(number), rule)
            got_out = sends[: data.draw(st.integers(0, len(sends)))]
            topic.take(got_out)
            for send in got_out:
                state = restore(state, send)
        state, sends = observe(state, version, code_of(number), rule)
        topic.take(sends)
    check_final_state(topic, deliveries)


@given(deliveries_of_exports(), st.sampled_from(STATED), st.data())
def test_lost_state_is_rebuilt_from_the_topic_and_a_second_read_of_the_source(
    deliveries: Deliveries, rule: Rule, data: st.DataObject
) -> None:
    read_before = data.draw(st.integers(0, len(deliveries)))
    topic, state = deliver(deliveries[:read_before], rule), State()
    for sends in topic.sends.values():
        for send in sends:
            state = restore(state, send)
    for order, number in deliveries:
        state, sent = observe(state, Version(order, content(number)), code_of(number), rule)
        topic.take(sent)
    check_final_state(topic, deliveries)


def test_killed_between_a_late_export_and_what_it_splits_the_later_content_is_still_sent() -> None:
    """Seen in 1 and 3; 2 says something else and goes out; killed before 3 is sent as a change."""
    state, topic = State(), Topic()
    for order in (1, 3):
        version = Version(order, content(0))
        state, sends = observe(state, version, code_of(0), Rule.EXPORT_SEQUENCE)
        topic.take(sends)
    late = Version(2, content(1))
    _, sends = observe(state, late, code_of(1), Rule.EXPORT_SEQUENCE)
    topic.take(sends[:1])
    state, sends = observe(restore(state, sends[0]), late, code_of(1), Rule.EXPORT_SEQUENCE)
    topic.take(sends)
    check_final_state(topic, [(1, 0), (3, 0), (2, 1)])


def test_unchanged_content_in_a_later_export_is_not_sent() -> None:
    topic = deliver([(1, 0), (2, 0), (7, 0)], Rule.EXPORT_SEQUENCE)
    assert [send.version.order for send in topic.sends[A]] == [1]


def test_a_late_export_between_two_sightings_sends_the_later_content_again() -> None:
    """Seen in 1 and 9, taken for unchanged; then 5 says something else: 9 is a change now."""
    topic = deliver([(1, 0), (6, 0), (9, 0), (5, 2)], Rule.EXPORT_SEQUENCE)
    assert [(s.version.order, s.version.hash) for s in topic.sends[A]] == [
        (1, content(0)),
        (5, content(2)),
        (6, content(0)),
    ]


def test_a_superseded_run_is_not_sent_again() -> None:
    topic = deliver([(1, 0), (6, 0), (9, 2), (5, 2)], Rule.EXPORT_SEQUENCE)
    assert [send.version.order for send in topic.sends[A]] == [1, 9, 5]


def test_a_record_that_changes_code_arrives_at_the_new_and_leaves_the_old() -> None:
    topic = deliver([(1, 0), (2, 1)], Rule.UPDATE_TIME)
    moved = Version(2, content(1))
    assert topic.sends[B] == [Send(moved, B, "arrived", A)]
    assert topic.last(A) == Send(moved, A, "left", B)


def test_a_late_version_at_another_code_is_sent_and_leaves_at_once() -> None:
    topic = deliver([(5, 1), (2, 0)], Rule.UPDATE_TIME)
    assert topic.sends[A] == [
        Send(Version(2, content(0)), A),
        Send(Version(5, content(1)), A, "left", B),
    ]


def test_a_record_that_returns_arrives_where_it_had_left() -> None:
    topic = deliver([(1, 0), (2, 1), (3, 0)], Rule.UPDATE_TIME)
    assert topic.last(A) == Send(Version(3, content(0)), A, "arrived", B)
    assert topic.last(B) == Send(Version(3, content(0)), B, "left", A)


def test_the_old_code_hears_of_each_later_version_too() -> None:
    """Whoever reads only the old code's partition never finds it behind the move."""
    topic = deliver([(1, 0), (2, 1), (3, 3)], Rule.UPDATE_TIME)
    assert topic.last(A) == Send(Version(3, content(3)), A, "left", B)


def test_a_move_that_was_cut_off_is_completed_when_the_row_is_read_again() -> None:
    state, sends = observe(State(), Version(1, content(0)), A, Rule.UPDATE_TIME)
    _, moved = observe(state, Version(2, content(1)), B, Rule.UPDATE_TIME)
    cut_off = restore(state, moved[0])
    assert missing_lefts(cut_off) == moved[1:]
    assert observe(cut_off, Version(2, content(1)), B, Rule.UPDATE_TIME)[1] == moved[1:]
    assert sends[0].direction is None
