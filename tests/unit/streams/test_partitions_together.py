"""Four partitions that tell each other: how each is cut into batches changes nothing in any."""

import os
import subprocess
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sayings import START
from stories import Told, lists_told, story

from schemas.naming import Names
from streams.community.core import KEYED
from streams.community_fold import CommunityFold
from streams.lane.partition import AnyPartition, Partition
from streams.lane.port import Record, Slice, Unit
from streams.lane.topic_map import TopicMap, partition_of

PARTITIONS = 4
DIGESTS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_partitions_together import Together
from streams.community_fold import CommunityFold
for seed in range(3):
    together = Together(CommunityFold.open(Path(sys.argv[1])), seed, 150)
    for number, partition in together.partitions.items():
        print(number, partition.digest().hex(), partition.outs.hex())
"""


class Together:
    """A story folded record by record; what one partition tells another comes right after.

    `slices`: what each partition folded, in its order: enough to fold it again by itself.
    """

    def __init__(self, fold: CommunityFold, seed: int, length: int) -> None:
        self.partitions: Mapping[int, AnyPartition] = {
            number: Partition(number, fold) for number in range(PARTITIONS)
        }
        self.slices: dict[int, list[Slice]] = {number: [] for number in range(PARTITIONS)}
        self.crossings = 0
        self._topics = TopicMap(fold, Names())
        self._offsets: dict[tuple[str, int], int] = {}
        now = START
        for told in [*lists_told(), *story(seed, length, START)]:
            now += told.after
            here = partition_of(told.key, PARTITIONS)
            for number in (here,) if told.topic in KEYED else range(PARTITIONS):
                self._feed(number, now, told)

    def _feed(self, number: int, now: int, told: Told) -> None:
        offset = self._offsets.get((told.topic, number), 0)
        self._offsets[told.topic, number] = offset + 1
        piece = Slice(now, told.topic, [Record(offset, now, told.key, told.value)])
        self.slices[number].append(piece)
        partition = self.partitions[number]
        partition.fold_unit(Unit(number, 0, [piece], caught_up=False))
        frozen = partition.freeze()
        writes = [] if frozen is None else frozen.writes
        for write in self._topics.addressed(writes, PARTITIONS):
            if write.partition is not None:
                self.crossings += 1
                crossing = Told(0, "crossings", write.key or b"", write.value or b"")
                self._feed(write.partition, now, crossing)


@pytest.fixture(scope="module")
def fold(tmp_path_factory: pytest.TempPathFactory) -> CommunityFold:
    """The core as the lane sees it."""
    return CommunityFold.open(tmp_path_factory.mktemp("home"))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), data=st.data())
def test_each_partition_alone_gives_the_same_from_its_own_log(
    fold: CommunityFold, seed: int, data: st.DataObject
) -> None:
    """fold(a + b) is fold(a), then fold(b), with the crossings as they were recorded."""
    together = Together(fold, seed, 80)
    for number, lived in together.partitions.items():
        slices = together.slices[number]
        cuts = data.draw(st.lists(st.integers(1, max(1, len(slices))), max_size=8))
        again: AnyPartition = Partition(number, fold)
        for begin, end in pairwise([0, *sorted({*cuts} - {len(slices)}), len(slices)]):
            again.fold_unit(Unit(number, 0, slices[begin:end], caught_up=False))
        assert again.digest() == lived.digest()
        assert again.outs == lived.outs


def test_the_seed_of_hashes_does_not_matter(tmp_path: Path) -> None:
    """Two processes that hash text differently tell each other the same."""
    answers = [
        subprocess.run(
            [sys.executable, "-c", DIGESTS, str(tmp_path), str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True, text=True, check=True, timeout=60,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert answers[0] == answers[1]
    assert len(set(answers[0].split("\n"))) == 3 * PARTITIONS + 1


def test_a_story_makes_them_tell_each_other_much(fold: CommunityFold) -> None:
    """Otherwise the properties above would say little."""
    together = Together(fold, 1, 600)
    assert together.crossings > 60
    busy = [number for number, slices in together.slices.items() if len(slices) > 100]
    assert len(busy) >= 3
