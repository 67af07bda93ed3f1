"""What else lies in a folder, or in a file: it stops nobody, and nothing of it is lost."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.city_cases import ADAPTER
from adapters.city_cases.mapping import COLUMNS
from adapters.city_cases.settings import CityCasesSettings
from adapters.kit.adapter import Batch

FIRST, SECOND = "案件导出_20261120_000001.csv", "案件导出_20261120_000002.csv"
HEADER = ",".join(COLUMNS)
ROW = ",".join("x" for _ in COLUMNS)


def read(folder: Path) -> list[Batch]:
    """All batches of the folder; files settle at once."""
    settings = CityCasesSettings(inbox=folder, settle_seconds=0, give_up_seconds=60)
    source = ADAPTER.open_source(settings, {})

    async def batches() -> list[Batch]:
        found = []
        while (batch := await source.read()) is not None:
            found.append(batch)
        return found

    return asyncio.run(asyncio.wait_for(batches(), 20))


STRANGE: dict[str, Callable[[Path], object]] = {
    "a folder": lambda path: path.mkdir(),
    "a pipe": os.mkfifo,
    "a link to itself": lambda path: path.symlink_to(path),
    "a link to nowhere": lambda path: path.symlink_to(path.with_name("nowhere")),
}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("kind", STRANGE)
def test_what_is_no_file_holds_up_no_file(tmp_path: Path, kind: str, suffix: str) -> None:
    STRANGE[kind]((tmp_path / FIRST).with_suffix(suffix))
    (tmp_path / SECOND).write_text(f"{HEADER}\n{ROW}\n", "utf-8")
    began = time.monotonic()
    (batch,) = read(tmp_path)
    assert len(batch.rows) == 1
    assert time.monotonic() - began < 5


def test_a_name_in_gb18030_is_read(tmp_path: Path) -> None:
    """So are names that come in an archive made on Windows."""
    path = os.fsencode(tmp_path) + b"/" + FIRST.encode("gb18030")
    with Path(os.fsdecode(path)).open("w", encoding="utf-8") as file:
        file.write(f"{HEADER}\n{ROW}\n")
    (batch,) = read(tmp_path)
    assert batch.rows[0].place == f"{FIRST}:2"
    assert [name.encode() for name in batch.marks]


def test_a_line_that_cannot_be_taken_apart_is_kept_as_it_stands(tmp_path: Path) -> None:
    """Two such lines in two files are two letters, though they stand at the same place."""
    for name, word in ((FIRST, "one"), (SECOND, "two")):
        (tmp_path / name).write_text(f'{HEADER}\n"a"{word},b\n{ROW}\n', "utf-8")
    rejected = [one.original for batch in read(tmp_path) for one in batch.rejected]
    assert rejected == [b'"a"one,b\n', b'"a"two,b\n']
