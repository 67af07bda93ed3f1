"""What the copy of a free text no longer says."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.redaction import LONGEST, READ, redact, redact_address


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("我叫张伟，楼下吵闹", "我叫【姓名】，楼下吵闹"),
        ("联系人：王小明 138-1234-5678", "联系人：【姓名】 【电话】"),
        ("联系人王小明，手机１３８１２３４５６７８", "联系人【姓名】，手机【电话】"),
        ("+86 13812345678", "【电话】"),
        ("座机0711-3355667", "座机【电话】"),
        ("电话：3355667", "电话：【电话】"),
        ("身份证42070419900101123X", "身份证【证件】"),
        ("老证420704900101123报案", "老证【证件】报案"),
        ("车牌鄂G12345和鄂A·D12345", "车牌【车牌】和【车牌】"),
        ("王先生称有人抛物", "【姓名】先生称有人抛物"),
        ("欧阳女士家漏水", "【姓名】女士家漏水"),
        ("报警人陈刚(13900001111)称", "报警人【姓名】(【电话】)称"),
        ("李娜 13900001111 求助", "【姓名】 【电话】 求助"),
        ("3栋2单元501室漏水", "3栋2单元漏水"),
        ("三栋二单元五零一室漏水", "三栋二单元漏水"),
        ("3栋1202户吵闹", "3栋吵闹"),
        ("3-2-501漏水", "3-2漏水"),
        ("微信：abc_12345联系", "微信：【账号】联系"),
        ("写信到a.b@example.com", "写信到【账号】"),
    ],
)
def test_what_names_a_person_or_a_room_is_cut(text: str, copy: str) -> None:
    assert redact(text) == copy


@pytest.mark.parametrize(
    "text",
    [
        "业主高空抛物，砸坏车辆",
        "3栋门口有人打架",
        "案号JQ420704202611200001已办结",
        "2026-11-20 08:31:05 接报",
        "施工噪声扰民，时间为22:00",
        "井盖破损约50厘米",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    assert redact(text) == text


def test_the_rows_own_names_go_out_wherever_they_stand() -> None:
    assert redact("吴用说，楼上找吴用吵架", ["吴用", ""]) == "【姓名】说，楼上找【姓名】吵架"


def test_an_address_is_shown_down_to_the_unit() -> None:
    assert redact_address("滨湖花园 3栋2单元501室(王先生家)") == "滨湖花园3栋2单元"
    assert redact_address("古城路5号501室") == "古城路5号"


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text("，。称 有人在楼下", max_size=10))
def test_no_mobile_number_survives(phone: str, words: str) -> None:
    assert phone not in redact(f"{words}{phone}{words}")


@given(st.text(max_size=800))
def test_a_copy_is_no_longer_than_a_summary(text: str) -> None:
    assert len(redact(text)) <= LONGEST


@pytest.mark.parametrize("text", ["1" * 900_000, "1-" * 450_000, "张三" * 450_000])
def test_a_giant_text_costs_no_minutes(text: str) -> None:
    """One row of it would silence its adapter: everything waits for the copy."""
    began = time.process_time()
    assert len(redact(text)) <= LONGEST
    assert time.process_time() - began < 5


def test_what_reading_cuts_in_two_is_not_shown() -> None:
    """Half a number is matched by no pattern."""
    rooms = "501室" * (READ // 4)
    assert redact(f"{rooms[:-6]}13812345678{rooms}") == ""
