"""The fold is one fold, whatever reads its records."""

from pathlib import Path

import pytest

from schemas import examples
from streams.community.tables import TABLES
from streams.community_fold import CommunityFold


@pytest.fixture(scope="module")
def folds(tmp_path_factory: pytest.TempPathFactory) -> tuple[CommunityFold, CommunityFold]:
    """Both on one data folder."""
    home: Path = tmp_path_factory.mktemp("home")
    return CommunityFold.open(home), CommunityFold.open(home, compiled=True)


def test_a_journal_is_of_the_same_code(folds: tuple[CommunityFold, CommunityFold]) -> None:
    """A worker may be started with the other setting, and a replay is held to be equal."""
    plain, compiled = folds
    assert plain.engine == "fastavro"
    assert compiled.engine != plain.engine
    assert plain.code == compiled.code


def test_rows_are_the_same_bytes_and_the_same_rows(
    folds: tuple[CommunityFold, CommunityFold],
) -> None:
    plain, compiled = folds
    seen = 0
    for table in TABLES:
        for example in (one for one in examples.accepted() if one.schema == table.schema):
            data = plain.encode(table.schema, example.record)
            row = plain.decode_row(table, data)
            for _ in range(2):  # the second is read and written by what is compiled
                assert compiled.decode_row(table, data) == row
                assert compiled.encode_row(table, row) == plain.encode_row(table, row) == data
            seen += 1
    assert seen > 5
