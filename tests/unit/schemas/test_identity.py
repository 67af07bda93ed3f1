"""Ids come out the same every time, everywhere: that is what makes sending twice harmless."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import identity
from schemas.identifiers import resident_id_check, valid_resident_id
from schemas.keystore import KeyStore
from schemas.naming import Lineage, Names

HASH = bytes(range(16))
TEXT = st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]), max_size=8)


def test_ids_never_change() -> None:
    """Recorded events, rows, tasks and letters carry them."""
    assert identity.event_id("s", "r", 1, HASH) == "c93c0ced-11b9-5c15-b32e-a2d7cc78a912"
    assert identity.row_id("s", "r") == "3d6f6cc3-94c4-5c0f-a499-28e422f61766"
    assert identity.task_id("s", "r", "c") == "d712f82b-2fbf-5c74-8a3b-7a61af3b841e"
    assert identity.letter_id("s", "rule", HASH) == "c6ca8e98-9c15-5c4e-9cbb-2584fe9048e0"
    assert identity.moved_event_id("e", "c", "left") == "b12e7af6-f4e0-5726-95cb-80416fd0c606"


@given(TEXT, TEXT, TEXT, TEXT)
def test_two_records_never_share_an_id(a: str, b: str, c: str, d: str) -> None:
    """The pair (ab, c) is not (a, bc): what stands in no number is between the parts."""
    if (a, b) != (c, d):
        assert identity.row_id(a, b) != identity.row_id(c, d)


def test_each_kind_of_thing_has_ids_of_its_own() -> None:
    """A task and the row of its first request are never mistaken for one another."""
    found = {
        identity.row_id("a", "b"),
        identity.task_id("a", "b", "c"),
        identity.derived_id("x", "a", "b"),
        identity.moved_event_id("a", "b", "c"),
    }
    assert len(found) == 4


def test_the_hash_of_a_content_does_not_depend_on_the_order_of_its_fields(tmp_path: Path) -> None:
    """A source that writes its fields otherwise has said nothing new."""
    keys = KeyStore.open(tmp_path)
    one = identity.content_hash(keys, {"a": "1", "b": "名"})
    assert one == identity.content_hash(keys, {"b": "名", "a": "1"})
    assert one != identity.content_hash(keys, {"a": "1", "b": "名 "})
    assert len(one) == 16


def test_without_the_key_nobody_can_try_out_a_phone_number(tmp_path: Path) -> None:
    """The hash is public; another hub gives another one."""
    raw = {"phone": "13800000000"}
    one = identity.content_hash(KeyStore.open(tmp_path / "one"), raw)
    assert one != identity.content_hash(KeyStore.open(tmp_path / "two"), raw)


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("11010519491231002X", True),  # the standard's own example
        ("11010519491231002x", True),
        (" 11010519491231002X ", True),
        ("110105194912310021", False),
        ("11010519491331002X", False),
        ("110105194902290022", False),  # 1949 had no 29 February
        ("1101051949123100", False),
        ("", False),
        ("一1010519491231002X", False),
    ],
)
def test_a_citizens_number_carries_its_check(number: str, valid: bool) -> None:  # noqa: FBT001 -- the expected answer
    """GB 11643: 17 digits with a real date, and the character they give."""
    assert valid_resident_id(number) is valid


@given(st.dates(), st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(day: object, tail: int, at: int, by: int) -> None:
    """MOD 11-2 finds every single error."""
    first = f"420704{str(day).replace('-', '')}{tail:03d}"
    wrong = first[:at] + str((int(first[at]) + by) % 10) + first[at + 1 :]
    assert not valid_resident_id(wrong + resident_id_check(first))


def test_a_lineages_topics_carry_its_name_and_the_others_do_not() -> None:
    """Two lineages side by side share the sources, and nothing that they write."""
    one, two = Names(Lineage("community", 1)), Names(Lineage("community", 2))
    assert one.physical("views.cases") == "views.cases.v1"
    assert one.physical("state") == "state.community-v1"
    assert one.physical("journal") == "journal.community-v1"
    assert one.physical("city.cases") == two.physical("city.cases") == "city.cases"
    assert one.dead_letters("city.cases") == "dlq.city.cases"
    assert one.transactional_id(3) == "community-v1-3"
    assert two.physical("views.cases") == "views.cases.v2"


def test_a_prefix_keeps_installations_on_one_cluster_apart() -> None:
    """Topics, and the fence: two hubs must not fence each other."""
    names = Names(Lineage("community", 1), "east.")
    assert names.physical("state") == "east.state.community-v1"
    assert names.dead_letters("city.cases") == "east.dlq.city.cases"
    assert names.transactional_id(3) == "east.community-v1-3"
