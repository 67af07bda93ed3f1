"""An id stands for one text for ever, and a change may not break who reads old records."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas import codec, locking
from schemas.catalogue import HERE, Catalogue, Definition, Locked, catalogue, load
from schemas.codec import Codec
from schemas.contract import faults
from schemas.errors import CatalogueError

CLOCK = "shequ.tasks.Clock"


def test_the_lock_says_what_the_definitions_say() -> None:
    """A change without `shequ schemas lock` fails here."""
    assert locking.changed(catalogue()) == {}
    assert locking.lock(catalogue()) == catalogue().locked


def test_the_lock_on_disk_is_as_it_is_written(tmp_path: Path) -> None:
    """One schema a line, so that a diff shows what came."""
    copy = tmp_path / "lock.json"
    locking.write(copy, catalogue().locked)
    assert copy.read_text("utf-8") == (HERE / "lock.json").read_text("utf-8")


def test_an_id_and_a_version_are_given_once() -> None:
    """Ids count 1, 2, 3 ...; versions of a subject, too."""
    locked = catalogue().locked
    assert [entry.id for entry in locked] == list(range(1, len(locked) + 1))
    for entry in locked:
        earlier = [e.version for e in locked[: entry.id] if e.subject == entry.subject]
        assert earlier == list(range(1, entry.version + 1))


def test_a_field_with_a_default_gets_a_new_id_and_reads_old_records() -> None:
    """The old id stays, beside the new one."""
    grown = _changed(CLOCK, lambda fields: [*fields, _field("colour", default="")])
    entries = locking.lock(grown)
    added = entries[len(catalogue().locked) :]
    assert [(e.subject, e.version) for e in added] == [(CLOCK, 2)]
    assert entries[: len(catalogue().locked)] == catalogue().locked


def test_a_field_without_a_default_is_refused_by_name() -> None:
    """Records that are there already have no such field."""
    grown = _changed(CLOCK, lambda fields: [*fields, _field("colour")])
    with pytest.raises(CatalogueError, match=rf"{CLOCK} cannot read version 1.*colour"):
        locking.lock(grown)


def test_every_earlier_version_must_be_readable_not_only_the_last() -> None:
    """BACKWARD_TRANSITIVE: a topic holds records of every version within its retention."""
    first = catalogue().definition(CLOCK)
    second = _text(first, lambda fields: [*fields, _field("colour", default="")])
    third = _text(first, lambda fields: [*fields, _field("colour")])
    known = _known(CLOCK, third, (Locked(1, CLOCK, 1, first), Locked(2, CLOCK, 2, second)))
    with pytest.raises(CatalogueError, match="cannot read version 1"):
        locking.lock(known)
    assert locking.lock(_known(CLOCK, third, (Locked(1, CLOCK, 1, second),)))


def test_an_unlocked_change_is_a_fault_of_the_contract() -> None:
    """`shequ schemas check` says what to do."""
    grown = _changed(CLOCK, lambda fields: [*fields, _field("colour", default="")])
    assert f"{CLOCK} is not what lock.json says: run `shequ schemas lock`" in faults(grown)


def test_a_record_of_an_earlier_version_is_read_as_the_newest(two_versions: Codec) -> None:
    """What came later has its default, and new records get the new id."""
    framed = b"\x00" + (1).to_bytes(4, "big") + two_versions.encode(CLOCK, _clock("red"))[5:-4]
    assert two_versions.decode(framed) == (CLOCK, _clock("none"))
    assert two_versions.encode(CLOCK, _clock("red"))[:5] == b"\x00" + (2).to_bytes(4, "big")


@pytest.fixture
def two_versions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Codec]:
    """A codec that knows a clock without a colour, id 1, and one with it, id 2."""
    first = catalogue().definition(CLOCK)
    second = _text(first, lambda fields: [*fields, _field("colour", default="none")])
    known = _known(CLOCK, second, (Locked(1, CLOCK, 1, first), Locked(2, CLOCK, 2, second)))
    monkeypatch.setattr(codec, "catalogue", lambda: known)
    codec._writers.cache_clear()
    codec._reader.cache_clear()
    yield Codec()
    monkeypatch.undo()
    codec._writers.cache_clear()
    codec._reader.cache_clear()


def _clock(colour: str) -> dict[str, object]:
    return {"name": "dispose", "due_at": 1, "state": "running", "calendar": "natural",
            "reason": "", "paused_at": None, "colour": colour}  # fmt: skip


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("avro/tasks.Clock.avsc", "{", "not JSON"),
        ("avro/tasks.Clock.avsc", "[]", "holds no object"),
        ("topics/tasks.yaml", "topic: tasks\n", "see another topic file"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, file: str, text: str, complaint: str) -> None:
    """The message says which file, what is wrong, and where to look."""
    for folder in ("avro", "topics"):
        (tmp_path / folder).mkdir()
        for path in (HERE / folder).iterdir():
            (tmp_path / folder / path.name).write_bytes(path.read_bytes())
    (tmp_path / file).write_text(text, "utf-8")
    with pytest.raises(CatalogueError, match=complaint) as caught:
        load(tmp_path)
    assert Path(file).name in str(caught.value)


def _field(name: str, **more: object) -> Definition:
    return {"name": name, "type": "string", "doc": "test", **more}


def _text(definition: Definition, change: object) -> Definition:
    copy: Definition = json.loads(json.dumps(definition))
    assert callable(change)
    copy["fields"] = change(copy["fields"])
    return copy


def _changed(name: str, change: object) -> Catalogue:
    return _known(name, _text(catalogue().definition(name), change), catalogue().locked)


def _known(name: str, text: Definition, locked: tuple[Locked, ...]) -> Catalogue:
    rest = {} if len(locked) < 3 else catalogue().definitions
    return Catalogue(catalogue().topics, {**rest, name: text}, locked)
