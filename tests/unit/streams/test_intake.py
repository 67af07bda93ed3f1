"""In which order and at which time records are folded: it is recorded, so it must be decided."""

import pytest

from streams.lane.errors import ChainBrokenError
from streams.lane.intake import BUFFERED_BYTES, BUFFERED_RECORDS, SLICE_MS, Intake
from streams.lane.port import Fetched, Record, Slice

CLOCK = 1_000_000_000
TOPICS = ("lists", "a", "b")


def _intake(now: int = CLOCK, ahead: tuple[str, ...] = ()) -> Intake:
    return Intake(TOPICS, dict.fromkeys(TOPICS, 0), now, ahead)


def _feed(
    intake: Intake, topic: str, *stamps: int, start: int = 0, at_end: bool = True, size: int = 1
) -> None:
    """Records with these append times, and the positions of a log without gaps."""
    records = [Record(start + n, stamp, b"k", b"v" * size) for n, stamp in enumerate(stamps)]
    following = start + len(records)
    intake.feed(topic, Fetched(topic, 0, start, records, following, at_end=at_end))


def _all_at_end(intake: Intake, *topics: str) -> None:
    for topic in topics:
        _feed(intake, topic)


def _seen(slices: list[Slice]) -> list[tuple[int, str, int]]:
    return [(piece.now, piece.topic, len(piece.records)) for piece in slices]


def test_caught_up_the_time_is_the_clock() -> None:
    """A record that comes now is folded now."""
    intake = _intake()
    _all_at_end(intake, "lists", "b")
    _feed(intake, "a", CLOCK - 3)
    assert _seen(intake.take(CLOCK, 100)) == [(CLOCK, "a", 1)]
    assert intake.caught_up


def test_behind_time_moves_with_the_log_in_slices_of_a_second() -> None:
    """Ten hours of backlog are ten hours, not one moment: deadlines fire in between."""
    intake = _intake(now=0)
    _all_at_end(intake, "lists", "b")
    hour = 3_600_000
    _feed(intake, "a", 5, 900, 1_000, hour)
    assert _seen(intake.take(CLOCK, 100)) == [
        (SLICE_MS, "a", 2),
        (2 * SLICE_MS, "a", 1),
        (hour + SLICE_MS, "a", 1),
    ]


def test_time_never_goes_back() -> None:
    """A clock that was set back, a broker that stamps an earlier time: `now` waits for them."""
    intake = _intake(now=CLOCK)
    _all_at_end(intake, "lists", "b")
    _feed(intake, "a", CLOCK - 90_000)
    assert _seen(intake.take(CLOCK - 50_000, 100)) == [(CLOCK, "a", 1)]
    assert intake.tick(CLOCK - 10).now == CLOCK
    assert intake.tick(CLOCK + 10).now == CLOCK + 10
    assert intake.tick(CLOCK).now == CLOCK + 10


def test_time_is_never_ahead_of_the_clock() -> None:
    """The slice of a second that is not over yet is folded at the clock."""
    intake = _intake(now=0)
    _all_at_end(intake, "lists", "b")
    _feed(intake, "a", 10_000_100)
    assert _seen(intake.take(10_000_150, 100)) == [(10_000_150, "a", 1)]


def test_within_a_second_topics_come_in_the_apps_order() -> None:
    """Whatever the order in which they were fetched."""
    intake = _intake(now=0)
    _feed(intake, "b", 100)
    _feed(intake, "a", 900, 1_100)
    _feed(intake, "lists", 950)
    assert [(t, n) for _, t, n in _seen(intake.take(CLOCK, 100))] == [
        ("lists", 1),
        ("a", 1),
        ("b", 1),
        ("a", 1),
    ]


def test_a_topic_that_is_behind_holds_the_others_back() -> None:
    """What b still has may be older than what a has."""
    intake = _intake(now=0)
    _all_at_end(intake, "lists")
    _feed(intake, "a", 1_000, 5_000, 9_000)
    _feed(intake, "b", 6_000, at_end=False)
    assert [(t, n) for _, t, n in _seen(intake.take(CLOCK, 100))] == [("a", 1), ("a", 1), ("b", 1)]
    assert intake.take(CLOCK, 100) == []
    _feed(intake, "b", start=1)
    assert [(t, n) for _, t, n in _seen(intake.take(CLOCK, 100))] == [("a", 1)]


def test_a_topic_of_which_nothing_is_known_holds_everything_back() -> None:
    """It was not fetched yet."""
    intake = _intake(now=0)
    _all_at_end(intake, "lists")
    _feed(intake, "a", 1_000)
    assert intake.take(CLOCK, 100) == []
    assert not intake.caught_up
    assert intake.waiting


def test_a_unit_takes_no_more_than_its_limit() -> None:
    """The rest comes with the next one, in order."""
    intake = _intake(now=0)
    _all_at_end(intake, "lists", "b")
    _feed(intake, "a", 1, 2, 3, 4, 5)
    assert [piece.records[0].offset for piece in intake.take(CLOCK, 2)] == [0]
    assert [record.offset for record in intake.take(CLOCK, 2)[0].records] == [2, 3]
    assert intake.waiting


def test_what_goes_ahead_is_folded_to_its_end_before_time_moves() -> None:
    """A new partition has its lists before its first event, though they were published later."""
    intake = _intake(now=0, ahead=("lists",))
    _feed(intake, "a", 1_000)
    _all_at_end(intake, "b")
    _feed(intake, "lists", 500_000, 600_000, at_end=False)
    assert _seen(intake.take(CLOCK, 100)) == [(0, "lists", 2)]
    assert intake.take(CLOCK, 100) == []
    _feed(intake, "lists", 700_000, start=2)
    assert _seen(intake.take(CLOCK, 100)) == [(0, "lists", 1), (2 * SLICE_MS, "a", 1)]


def test_what_goes_ahead_and_is_empty_holds_nothing_back() -> None:
    """Nobody has published a list yet."""
    intake = _intake(now=0, ahead=("lists",))
    _all_at_end(intake, *TOPICS)
    _feed(intake, "a", 1_000)
    assert _seen(intake.take(CLOCK, 100)) == [(2 * SLICE_MS, "a", 1)]


def test_a_fetch_that_is_not_the_next_one_is_refused() -> None:
    """Records were fetched and dropped, or the reader was moved: going on would lose them."""
    intake = _intake()
    _feed(intake, "a", 1, 2)
    with pytest.raises(ChainBrokenError, match="was to go on at 2, the fetch began at 3"):
        _feed(intake, "a", 9, start=3)
    with pytest.raises(ChainBrokenError, match="was to go on at 2, the fetch began at 0"):
        _feed(intake, "a", 1, 2)


def test_a_gap_that_the_reader_has_walked_over_is_legitimate() -> None:
    """Transaction markers take offsets, and bring no record."""
    intake = _intake()
    intake.feed("a", Fetched("a", 0, 0, [Record(4, 1, b"k", b"v")], 9, at_end=False))
    intake.feed("a", Fetched("a", 0, 9, [Record(12, 1, b"k", b"v")], 13, at_end=True))
    _all_at_end(intake, "lists", "b")
    assert [record.offset for record in intake.take(CLOCK, 9)[0].records] == [4, 12]


def test_a_full_buffer_wants_no_more_until_it_is_folded() -> None:
    """By records, and by bytes: a megabyte each is soon too much."""
    many, heavy = _intake(), _intake()
    _feed(many, "a", *([CLOCK] * BUFFERED_RECORDS))
    _feed(heavy, "a", *([CLOCK] * 33), size=BUFFERED_BYTES // 32)
    for intake in (many, heavy):
        assert not intake.wants("a")
        assert intake.wants("b")
        _all_at_end(intake, "lists", "b")
        while intake.take(CLOCK, 500):
            pass
        assert intake.wants("a")


def test_a_log_whose_time_was_set_back_is_folded_on() -> None:
    """The broker's clock was an hour ahead, its buffer is full, and its end is far away."""
    intake, hour = _intake(now=0), 3_600_000
    _all_at_end(intake, "lists", "b")
    _feed(intake, "a", 2 * hour, *[hour] * BUFFERED_RECORDS, at_end=False)
    assert not intake.wants("a")
    assert _seen(intake.take(CLOCK, 2)) == [(2 * hour + SLICE_MS, "a", 2)]
    assert len(intake.take(CLOCK, BUFFERED_RECORDS)[0].records) == BUFFERED_RECORDS - 1
    assert intake.wants("a")
