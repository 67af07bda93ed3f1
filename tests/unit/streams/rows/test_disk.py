"""Rows on disk, one thing at a time: what goes into a transaction, and what does not yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from toy import ToyFold

from streams.lane.rows.digest import digest_of, number
from streams.lane.rows.disk import DiskRows
from streams.lane.rows.folder import Room, RowsFolder
from streams.lane.rows.store import AnyRows

DUE = [f"-/timers/{due:013d}/a/t" for due in range(20)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where they are."""
    return tmp_path / "rows" / "0"


@pytest.fixture
def rows(folder: Path) -> Iterator[AnyRows]:
    """A store that looks at three timers at a time."""
    made = _open(folder)
    yield made
    made.close()


def _open(folder: Path) -> AnyRows:
    return DiskRows(ToyFold(), RowsFolder(folder, Room(), lock_seconds=0), window=3)


def _keep(rows: AnyRows) -> None:
    rows.freeze()
    rows.keep({}, 1)


def test_what_is_set_while_a_transaction_is_in_flight_is_not_kept_with_it(folder: Path) -> None:
    """Rows, their number and their digest are those of the transaction."""
    rows = _open(folder)
    rows.set("counts", "x/a", b"1")
    rows.freeze()
    rows.set("counts", "x/a", b"2")
    rows.set("counts", "x/b", b"1")
    rows.keep({"log": 7}, 99)
    assert dict(rows.items("counts")) == {"x/a": b"2", "x/b": b"1"}
    rows.close()
    again = _open(folder)
    assert dict(again.items("counts")) == {"x/a": b"1"}
    assert (len(again), again.state) == (1, number(digest_of("counts")("x/a", b"1")))
    assert (dict(again.reached), again.kept_at) == ({"log": 7}, 99)
    again.close()


@pytest.mark.parametrize("frozen", [True, False])
def test_timers_that_no_file_has_yet_come_in_their_place(rows: AnyRows, *, frozen: bool) -> None:
    """Among those on disk, of which three are in memory."""
    for key in DUE[::2]:
        rows.set("timers", key, b'"t"')
    _keep(rows)
    assert rows.first_due() == 0
    assert len(rows.timers) == 3
    for key in DUE[1::2]:
        rows.set("timers", key, b'"t"')
    if frozen:
        rows.freeze()
    fired = [rows.timers.pop(100) for _ in DUE]
    assert fired == DUE
    assert rows.timers.pop(100) is None


def test_a_timer_that_went_is_not_the_next_one_any_more(rows: AnyRows) -> None:
    """Though it was when one asked last."""
    for key in DUE[3:5]:
        rows.set("timers", key, b'"t"')
    assert rows.first_due() == 3
    rows.set("timers", DUE[3], None)
    assert rows.first_due() == 4


def test_timers_that_were_set_by_the_thousand_leave_memory_when_they_are_kept(
    rows: AnyRows,
) -> None:
    """And come all the same; one that was entered twice may come twice, and has fired then."""
    for key in DUE:
        rows.timers.push(key)
        rows.set("timers", key, b'"t"')
    _keep(rows)
    assert len(rows.timers) == 3
    fired = dict.fromkeys(iter(lambda: rows.timers.pop(100), None))
    assert list(fired) == DUE
