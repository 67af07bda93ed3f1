"""Kill -9 while rows are written to disk: what is there is what was there at some time."""

import asyncio
import os
import random
import sys
from itertools import islice
from pathlib import Path

import pytest
from rows_writer import batches
from toy import ToyFold

from streams.lane.rows.digest import MASK, digest_of, number
from streams.lane.rows.disk import DiskRows
from streams.lane.rows.folder import Room, RowsFolder
from streams.lane.rows.store import AnyRows

SUPPORT = Path(__file__).parents[3] / "support"


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
async def test_a_store_that_was_killed_is_whole_and_says_how_far_it_is(
    tmp_path: Path, seed: int
) -> None:
    """Killed six times, each time somewhere: in a batch, in a flush, between two files."""
    chance, folder = random.Random(seed), tmp_path / "0"
    reached = [0]
    for _ in range(6):
        written = await _write_until_killed(folder, seed, chance)
        rows: AnyRows = DiskRows(ToyFold(), RowsFolder(folder, Room(), lock_seconds=5))
        reached.append(rows.reached.get("log", 0))
        assert reached[-2] <= reached[-1] <= written + 1
        _require_as_it_was(rows, seed, reached[-1])
        rows.close()
    assert reached[-1] > 0, "nothing was ever written to a file"


async def test_a_disk_that_is_full_ends_it_with_what_to_do_and_harms_nothing(
    tmp_path: Path,
) -> None:
    """No file may be larger than a megabyte; then there is room again."""
    folder = tmp_path / "0"
    process = await _start(folder, 1, "1000000")
    said, errors = await asyncio.wait_for(process.communicate(), 120)
    last = errors.decode().strip().splitlines()[-1]
    assert "RowsFolderError" in last
    assert "make room on the disk" in last
    assert str(folder) in last
    assert len(said.split()) > 5, "it had begun"
    rows: AnyRows = DiskRows(ToyFold(), RowsFolder(folder, Room(), lock_seconds=5))
    _require_as_it_was(rows, 1, rows.reached.get("log", 0))
    rows.close()


async def _start(folder: Path, *words: object) -> asyncio.subprocess.Process:
    paths = os.pathsep.join((str(SUPPORT), *sys.path))
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "rows_writer", str(folder), *map(str, words),
        stdout=pipe, stderr=pipe, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip


async def _write_until_killed(folder: Path, seed: int, chance: random.Random) -> int:
    """Gives the last batch of which it said that it was kept."""
    process = await _start(folder, seed)
    assert process.stdout is not None
    last = 0
    for _ in range(chance.randint(1, 60)):
        last = int(await process.stdout.readline())
    await asyncio.sleep(chance.random() * 0.01)  # somewhere within a batch, not at its end
    process.kill()
    rest = (await process.communicate())[0].split()
    return int(rest[-1]) if rest else last


def _require_as_it_was(rows: AnyRows, seed: int, count: int) -> None:
    model: dict[str, bytes] = {}
    for changes in islice(batches(seed), count):
        for key, data in changes:
            model.pop(key, None)
            if data is not None:
                model[key] = data
    assert dict(rows.items("counts")) == model
    digest = digest_of("counts")
    assert rows.state == sum(number(digest(key, data)) for key, data in model.items()) & MASK
    assert len(rows) == len(model)
