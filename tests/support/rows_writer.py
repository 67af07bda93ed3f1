"""A process that keeps rows on disk until it is killed: `python -m rows_writer FOLDER SEED [ROOM]`.

ROOM: bytes that a file may have, as on a disk that is full beyond that.
Prints the number of each batch that it has kept. `batches` says what each of them changes.
"""

import random
import resource
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from toy import ToyFold

from streams.lane.rows.disk import DiskRows
from streams.lane.rows.folder import Room, RowsFolder

KEYS = 3_000
CHANGES = 200
Change = tuple[str, bytes | None]


def batches(seed: int) -> Iterator[list[Change]]:
    """Rows of a table that come, change and go: two kB each, so that files are written often."""
    chance = random.Random(seed)
    while True:
        yield [
            (f"x/{chance.randrange(KEYS)}", None if chance.random() < 0.2 else _row(chance))
            for _ in range(CHANGES)
        ]


def _row(chance: random.Random) -> bytes:
    return b'"' + chance.randbytes(1_000).hex().encode() + b'"'


def main(folder: Path, seed: int) -> None:
    """Go on where the folder says that it is."""
    rows = DiskRows(ToyFold(), RowsFolder(folder, Room()))
    done = rows.reached.get("log", 0)
    for number, changes in enumerate(islice(batches(seed), done, None), done + 1):
        for key, data in changes:
            rows.set("counts", key, data)
        rows.freeze()
        rows.keep({"log": number}, number)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[3:]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
    main(Path(sys.argv[1]), int(sys.argv[2]))
