"""How addresses are taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.addresses import compact, han_number, parse

DIGITS = "零一二三四五六七八九"


def in_han(number: int) -> str:
    """12 -> 十二, 25 -> 二十五."""
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else DIGITS[tens]) + "十" if tens else ""
    return head + (DIGITS[ones] if ones or not tens else "")


@pytest.mark.parametrize(
    "building", ["3栋", "3号楼", "三栋", "3#楼", "3幢", "３栋", "03栋", "3 栋"]
)
@pytest.mark.parametrize("unit", ["2单元", "二单元", " 2 单元", "２单元"])
def test_every_writing_of_a_unit_is_the_same_unit(building: str, unit: str) -> None:
    parsed = parse(f"滨湖花园{building}{unit}501室")
    assert parsed.unit_id("E02") == "E02/3/2"
    assert parsed.head == "滨湖花园"


@pytest.mark.parametrize(
    ("address", "unit_id"),
    [
        ("滨湖花园3-2-501", "E/3/2"),
        ("滨湖花园B3栋", "E/B3"),
        ("滨湖花园a座", "E/A"),
        ("滨湖花园3栋501室", "E/3"),
        ("滨湖花园门口", "E"),
        ("鲁磨路207号", "E"),
        ("软件园5楼", "E"),
    ],
)
def test_the_unit_id_goes_as_far_as_the_text(address: str, unit_id: str) -> None:
    assert parse(address).unit_id("E") == unit_id


@given(st.integers(1, 99))
def test_numbers_in_chinese_are_read(number: int) -> None:
    assert han_number(in_han(number)) == number
    assert parse(f"花园{in_han(number)}栋").building == str(number)


@given(st.text(alphabet="滨湖花园三3０栋幢#号楼单元-— 室一十百A", max_size=20))
def test_what_is_shown_is_the_beginning_of_what_was_stated(text: str) -> None:
    parsed = parse(text)
    assert compact(text).startswith(parsed.shown)
    assert parsed.shown.startswith(parsed.head)


def test_the_room_is_never_in_what_is_shown() -> None:
    assert parse("滨湖花园3栋2单元501室").shown == "滨湖花园3栋2单元"
    assert parse("滨湖花园3-2-501").shown == "滨湖花园3-2"
