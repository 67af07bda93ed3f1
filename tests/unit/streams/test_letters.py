"""Dead letters of the lane: whatever a record holds, its letter fits, and tells nothing of it."""

import pytest

from schemas.codec import Codec
from streams.community.ports import BadRecordError
from streams.community_fold import LETTER_SCHEMA, CommunityFold
from streams.lane.port import Record, Write

COMMUNITY = b"420704001013"
LETTER_BYTES = 200_000
"""Around its original; the topic of letters takes twice what a source topic does."""


@pytest.fixture(scope="module")
def fold(tmp_path_factory: pytest.TempPathFactory) -> CommunityFold:
    return CommunityFold.open(tmp_path_factory.mktemp("home"))


def letter_of(fold: CommunityFold, key: bytes | None, error: Exception) -> Write:
    return fold.letter("police.incidents", 3, Record(17, 0, key, b"garbage"), error, 1)


def told(write: Write) -> dict[str, object]:
    return dict(Codec().decode(write.value or b"", LETTER_SCHEMA)[1])


@pytest.mark.parametrize("key", [b"\xff" * 1_000_000, b"a" * 1_000_000, b"4" * 12 + b"\n"])
def test_a_key_that_is_no_code_is_not_told(fold: CommunityFold, key: bytes) -> None:
    """A giant one would never fit the topic, and stop the worker for good; or it is a name."""
    letter = letter_of(fold, key, ValueError())
    assert len(letter.value or b"") < LETTER_BYTES
    assert told(letter)["place"] == f"police.incidents-3 offset 17, a key of {len(key)} bytes"


def test_a_code_is_told(fold: CommunityFold) -> None:
    place = told(letter_of(fold, COMMUNITY, ValueError()))["place"]
    assert place == "police.incidents-3 offset 17, key 420704001013"


def test_a_record_without_a_key_has_a_place(fold: CommunityFold) -> None:
    place = told(letter_of(fold, None, ValueError()))["place"]
    assert place == "police.incidents-3 offset 17, a key of 0 bytes"


def test_advice_that_quotes_a_giant_is_cut(fold: CommunityFold) -> None:
    """A crossing names its kind, a list its name: both come from the record."""
    error = BadRecordError("crossing.kind", "kind", "x" * 1_000_000)
    letter = letter_of(fold, COMMUNITY, error)
    assert len(letter.value or b"") < LETTER_BYTES


def test_the_same_garbage_on_two_topics_is_two_letters(fold: CommunityFold) -> None:
    """A tombstone on each: with one id, readers would count the last of them alone."""
    tombstone = Record(17, 0, COMMUNITY, None)
    letters = [
        told(fold.letter(topic, 0, tombstone, ValueError(), 1))["letter_id"]
        for topic in ("police.incidents", "city.cases")
    ]
    assert letters[0] != letters[1]
