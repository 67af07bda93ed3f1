"""What an adapter must not forget."""

import os
import sqlite3
from pathlib import Path

import pytest

from adapters.kit.checkpoint import Changes, Checkpoint, Record
from adapters.kit.errors import HaltError
from adapters.kit.versions import Rule, State, Version, observe

CODE = "420704001013"


def record(order: int) -> Record:
    state, _ = observe(State(), Version(order, b"h" * 16), CODE, Rule.UPDATE_TIME)
    return Record(state, b"event")


def changes(order: int) -> Changes:
    return Changes(
        records={"J1": record(order), "J2": record(order)},
        marks={"watermark": str(order)},
        letters=[f"letter {order}"],
        offsets={("city.cases", 0): order},
        counters={"events": 2},
    )


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    checkpoint.write(changes(1))
    checkpoint.write(changes(2))
    checkpoint.close()
    checkpoint = Checkpoint(tmp_path)
    assert checkpoint.records(["J1", "J3"]) == {"J1": record(2)}
    assert checkpoint.marks() == {"watermark": "2"}
    assert checkpoint.offsets() == {("city.cases", 0): 2}
    assert checkpoint.counters() == {"events": 4}
    assert checkpoint.known_letters(["letter 1", "letter 3"]) == {"letter 1"}
    checkpoint.close()


def test_a_write_is_whole_or_not_at_all(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    checkpoint.write(changes(1))
    broken = changes(2)
    broken.counters = {"events": object()}  # type: ignore[dict-item]
    with pytest.raises(HaltError, match="cannot be read or written"):
        checkpoint.write(broken)
    assert checkpoint.marks() == {"watermark": "1"}
    assert checkpoint.records(["J1"]) == {"J1": record(1)}
    checkpoint.close()


def test_it_is_on_the_disk_when_write_returns(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    checkpoint.write(changes(1))
    other = sqlite3.connect(tmp_path / "checkpoint.sqlite")
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert other.execute("SELECT count(*) FROM records").fetchone() == (2,)
    other.close()
    assert checkpoint._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    checkpoint.close()


def test_a_mark_without_a_value_is_forgotten(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    checkpoint.write(Changes(marks={"backfill": "first load"}))
    checkpoint.write(Changes(marks={"backfill": ""}))
    assert checkpoint.marks() == {}
    checkpoint.close()


def test_one_process_holds_it_at_a_time(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    with pytest.raises(HaltError, match="Another process runs this adapter"):
        Checkpoint(tmp_path)
    checkpoint.close()
    Checkpoint(tmp_path).close()


def test_more_records_than_one_query_takes_are_all_found(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    many = {f"J{number}": record(1) for number in range(1200)}
    checkpoint.write(Changes(records=many))
    assert checkpoint.records(many) == many
    checkpoint.close()


@pytest.mark.parametrize("at", [0, 4096])
def test_a_damaged_one_says_what_to_do(tmp_path: Path, at: int) -> None:
    """Its head, or a page within: no traceback, and the way to build it anew."""
    folder = tmp_path / "city_cases"
    checkpoint = Checkpoint(folder)
    checkpoint.write(Changes(records={f"J{number}": record(1) for number in range(500)}))
    checkpoint.close()
    with (folder / "checkpoint.sqlite").open("r+b") as file:
        file.seek(at)
        file.write(os.urandom(64 * 1024))
    with pytest.raises(HaltError, match=r"checkpoint\.unwritable.*rebuilt once"):
        Checkpoint(folder).records(["J1"])


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "adapters").touch()
    with pytest.raises(HaltError, match=r"checkpoint\.unwritable"):
        Checkpoint(tmp_path / "adapters" / "city_cases")
