"""A batch is only speed, and nothing but the records decides: properties over random stories."""

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stories import lists_told, story
from town import COMMUNITY, NEXT, START, UNIT, Town

from streams.community.tables import CROSSED, HEADS, HOUSEHOLDS, PERMITS, RESIDENTS
from streams.community_fold import CommunityFold
from streams.lane.partition import AnyPartition, Partition
from streams.lane.port import Record, Slice, Unit

DIGESTS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_fold_properties import fold_story
from streams.community_fold import CommunityFold
fold = CommunityFold.open(Path(sys.argv[1]))
for seed in range(4):
    partition = fold_story(fold, seed, 150, cuts=[40, 90])
    print(partition.digest().hex(), partition.outs.hex(), len(partition.rows))
"""


@pytest.fixture(scope="module")
def fold(tmp_path_factory: pytest.TempPathFactory) -> CommunityFold:
    """The core as the lane sees it."""
    return CommunityFold.open(tmp_path_factory.mktemp("home"))


def fold_story(fold: CommunityFold, seed: int, length: int, cuts: list[int]) -> AnyPartition:
    """A story folded in batches that end at the cuts."""
    partition: AnyPartition = Partition(0, fold)
    for unit in _units(seed, length, cuts):
        partition.fold_unit(unit)
    return partition


def _units(seed: int, length: int, cuts: list[int]) -> Iterator[Unit]:
    slices = list(_slices(seed, length))
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(slices)}), len(slices)]
    for begin, end in pairwise(edges):
        yield Unit(0, 0, slices[begin:end], caught_up=False)


def _slices(seed: int, length: int) -> Iterator[Slice]:
    offsets: dict[str, int] = {}
    now = START
    for told in [*lists_told(), *story(seed, length, START)]:
        now += told.after
        offset = offsets.get(told.topic, 0)
        offsets[told.topic] = offset + 1
        yield Slice(now, told.topic, [Record(offset, now, told.key, told.value)])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), data=st.data())
def test_how_a_story_is_cut_into_batches_changes_nothing(
    fold: CommunityFold, seed: int, data: st.DataObject
) -> None:
    """fold(a + b) is fold(a), then fold(b): rows, outputs and dead letters."""
    whole = fold_story(fold, seed, 80, cuts=[])
    cuts = data.draw(st.lists(st.integers(1, 90), max_size=12))
    cut = fold_story(fold, seed, 80, cuts)
    assert cut.digest() == whole.digest()
    assert cut.outs == whole.outs
    assert cut.now == whole.now


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_what_is_read_back_from_bytes_folds_on_as_what_stayed_in_memory(
    fold: CommunityFold, seed: int
) -> None:
    """A worker that restores its rows goes on exactly like one that kept them."""
    units = list(_units(seed, 80, cuts=[45]))
    kept: AnyPartition = Partition(0, fold)
    restored: AnyPartition = Partition(0, fold)
    kept.fold_unit(units[0])
    for table in fold.tables:
        for key, data in kept.rows.items(table.name):
            restored.rows.set(table.name, key, data)
    restored.offsets, restored.outs = dict(kept.offsets), kept.outs
    for partition in (kept, restored):
        partition.fold_unit(units[1])
    assert restored.digest() == kept.digest()
    assert restored.outs == kept.outs


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_row_is_the_same_after_its_way_through_bytes(fold: CommunityFold, seed: int) -> None:
    """Decoded and encoded again, no bit differs."""
    partition = fold_story(fold, seed, 80, cuts=[])
    for table in fold.tables:
        for key, data in partition.rows.items(table.name):
            row = fold.decode_row(table, data)
            assert type(row) is table.row
            assert fold.encode_row(table, row) == data, key


def test_the_seed_of_hashes_does_not_matter(tmp_path: Path) -> None:
    """Two processes that hash text differently give the same digests."""
    answers = [
        subprocess.run(
            [sys.executable, "-c", DIGESTS, str(tmp_path), str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True, text=True, check=True, timeout=60,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert answers[0] == answers[1]
    assert len(set(answers[0].split("\n"))) == 5


def test_the_key_of_every_private_row_says_its_table(fold: CommunityFold) -> None:
    """They share a topic: whoever restores them knows by the key where they belong."""
    partition = fold_story(fold, 2, 300, cuts=[])
    for table in fold.tables:
        for key, _ in partition.rows.items(table.name):
            assert table.public or key.split("/", 2)[1] == table.name, key


VERSION = st.tuples(
    st.sampled_from([UNIT, f"{COMMUNITY}-E02/9/1", None]),
    st.sampled_from(["derived", "another text"]),
    st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(
    versions=st.lists(VERSION, min_size=1, max_size=4),
    closed=st.integers(1, 5),
)
def test_in_which_order_the_versions_of_a_record_come_changes_no_row_and_no_count(
    versions: list[tuple[str | None, str, bool]], closed: int
) -> None:
    """It opens, changes, is closed once; which task it was between is history, and may differ."""
    told = [
        {"order": order, "unit": unit, "summary": summary, "referred": referred,
         "status": "closed" if order >= closed else "open"}
        for order, (unit, summary, referred) in enumerate(versions, 1)
    ]  # fmt: skip
    outcomes = {_tell(told, order) for order in permutations(range(len(told)))}
    assert len(outcomes) == 1


def _tell(told: list[dict[str, Any]], order: tuple[int, ...]) -> tuple[object, ...]:
    town = Town()
    for at in order:
        town.incident("J1", **told[at])
    summary = msgspec.structs.replace(town.summary(), stale_total=0)
    row = town.incident_row()
    assert row is not None
    open_tasks = [(t.unit, t.summary) for t in town.tasks() if t.state == "dispatched"]
    return summary, msgspec.structs.replace(row, task_id=None), tuple(open_tasks)


def test_a_move_may_come_in_any_order_with_what_comes_before_and_after() -> None:
    """Left, arrived, and the versions around them: each code ends up the same."""
    told: list[dict[str, Any]] = [
        {"order": 1},
        {"order": 2, "left": NEXT},
        {"order": 2, "community": NEXT, "arrived": COMMUNITY},
        {"order": 3, "community": NEXT, "status": "closed"},
    ]
    outcomes = set()
    for order in permutations(told):
        town = Town()
        for stated in order:
            town.case("A1", **stated)
        counts = [msgspec.structs.replace(town.summary(code), stale_total=0, sources=())
                  for code in (COMMUNITY, NEXT)]  # fmt: skip
        outcomes.add((*counts, town.task(NEXT).state, town.requests(NEXT)[0].status))
    assert len(outcomes) == 1


def test_a_story_tells_of_everything(fold: CommunityFold) -> None:
    """Otherwise the properties above would say little."""
    partition = fold_story(fold, 1, 1500, cuts=[])
    frozen = partition.freeze()
    assert frozen is not None
    for table in (RESIDENTS, HOUSEHOLDS, PERMITS, HEADS, CROSSED):
        assert list(partition.rows.items(table.name)), table.name
    permits = [fold.decode_row(PERMITS, data) for _, data in partition.rows.items(PERMITS.name)]
    assert {getattr(row, "refusal", None) is None for row in permits} == {True, False}
    letters = {write.topic for write in frozen.writes if write.topic.startswith("dlq.")}
    assert len(letters) >= 4
    told = {
        fold.decode("shequ.tasks.Event", write.value or b"")["what"]
        for write in frozen.writes
        if write.topic == "task.events"
    }
    assert {"created", "joined", "changed", "closed", "void", "reopened", "withdrawn", "accepted",
            "command_refused", "clock_missed", "retired", "request_left"} <= told  # fmt: skip
