"""How a record's number may be written, and what is said of one that is written otherwise."""

import pytest

from adapters import registry
from adapters.kit import fields
from adapters.kit.adapter import Row
from adapters.kit.conformance import fixtures_of
from adapters.kit.errors import DeadLetterError


@pytest.mark.parametrize(
    ("number", "flaw"),
    [
        ("CG-2026/0001 甲", ""),
        ("x" * 100, ""),
        ("x" * 120, "A number has at most 100 characters, this one has 120."),
        ("CG\x071", "A number has printable characters only: its character 3 is U+0007."),
        ("\u200bCG", "A number has printable characters only: its character 1 is U+200B."),
    ],
)
def test_what_is_wrong_with_a_number_is_named(number: str, flaw: str) -> None:
    assert fields.flaw_of_number(number) == flaw


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("household_registration", "人员编号"),
        ("kafka_intake", "record_id"),
        ("kafka_intake_moves", "record_id"),
        ("permits", "sbbh"),
    ],
)
def test_every_adapter_says_which_limit_a_number_breaks(name: str, column: str) -> None:
    adapter = registry.find(name)
    row = {**fixtures_of(adapter)[0].row, column: "x" * 101}
    with pytest.raises(DeadLetterError, match="at most 100 characters, this one has 101"):
        adapter.identify(Row(row, "place"))
