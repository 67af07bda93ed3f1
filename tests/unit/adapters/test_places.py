"""Where a row is filed, which address unit it names, and what is guessed where nothing is sure."""

import tracemalloc

import pytest

from adapters.kit.places import LONGEST_ADDRESS, Places
from schemas.gazetteer import Gazetteer

ESTATES = """estate_id,name,community,buildings,units,lon,lat
420704001013-E01,滨湖花园,420704001013,12,3,114.8900,30.3950
420704001013-E02,江城小区,420704001013,8,2,114.8910,30.3960
420704002001-E01,阳光小区,420704002001,6,2,114.8850,30.3990
420703100001-E01,阳光小区,420703100001,6,2,114.7300,30.5300
"""
JIANGCHENG = "420704001013"  # 江城社区, 凤凰街道, 鄂城区
GUANLIU = "420704002001"  # 官柳社区, 古楼街道, 鄂城区


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """Ezhou, with four estates, two of them of one name."""
    table = tmp_path_factory.mktemp("city") / "estates.csv"
    table.write_text(ESTATES, "utf-8")
    return Places(Gazetteer.load("ezhou", table))


@pytest.mark.parametrize(
    ("stated", "address", "code", "unit"),
    [
        (JIANGCHENG, "滨湖花园3栋2单元501室", JIANGCHENG, "420704001013-E01/3/2"),
        (
            "",
            "湖北省鄂州市鄂城区凤凰街道江城社区滨湖花园3号楼二单元501",
            JIANGCHENG,
            "420704001013-E01/3/2",
        ),
        ("", "鄂城区凤凰街道江城社区居委会滨湖花园三栋", JIANGCHENG, "420704001013-E01/3"),
        ("", "凤凰街道办 江城社区 滨湖花园 ３＃楼２单元", JIANGCHENG, "420704001013-E01/3/2"),
        ("", "滨湖花园3幢2单元", JIANGCHENG, "420704001013-E01/3/2"),
        ("", "滨湖花园", JIANGCHENG, "420704001013-E01"),
        ("", "江城社区古城路12号江城小区十二栋", JIANGCHENG, "420704001013-E02/12"),
        ("", "古楼街道阳光小区2栋1单元", GUANLIU, "420704002001-E01/2/1"),
        (GUANLIU, "阳光小区2栋1单元", GUANLIU, "420704002001-E01/2/1"),
        ("", "古楼街道官柳社区门口", GUANLIU, None),
        (JIANGCHENG, "", JIANGCHENG, None),
    ],
)
def test_a_sure_place_is_filed_under_its_community(
    places: Places, stated: str, address: str, code: str, unit: str | None
) -> None:
    found = places.locate(stated, address, None)
    assert (found.code, found.unit) == (code, unit)
    assert found.candidates == ()


@pytest.mark.parametrize(
    ("stated", "address", "desk"),
    [
        ("420704001999", "", "420704001000"),
        ("420704999999", "", "420704000000"),
        ("999999999999", "", "420700000000"),
        ("", "", "420700000000"),
        ("", "鄂城区某处", "420704000000"),
        ("", "鄂城区凤凰街道某处", "420704001000"),
        ("420704999999", "凤凰街道某处", "420704001000"),
        ("420703400498", "", "420703400000"),
        ("420704401498", "", "420704401000"),
        ("420704001000", "", "420704001000"),
    ],
)
def test_what_has_no_sure_community_waits_at_the_lowest_desk_that_is_known(
    places: Places, stated: str, address: str, desk: str
) -> None:
    found = places.locate(stated, address, None)
    assert (found.code, found.unit) == (desk, None)


def test_a_real_code_in_the_row_wins_over_the_address(places: Places) -> None:
    assert places.locate(GUANLIU, "凤凰街道江城社区", None).code == GUANLIU


def test_an_unknown_code_gives_way_to_an_address_that_decides(places: Places) -> None:
    assert places.locate("420704999999", "滨湖花园3栋", None).code == JIANGCHENG


def test_an_estate_whose_name_stands_twice_is_guessed_never_decided(places: Places) -> None:
    found = places.locate("", "阳光小区2栋1单元", None)
    assert found.code == "420700000000"
    assert found.candidates == (
        {"community": "420703100001", "unit": "420703100001-E01/2/1", "score": 70},
        {"community": "420704002001", "unit": "420704002001-E01/2/1", "score": 70},
    )


def test_a_point_ranks_the_guesses_but_does_not_decide(places: Places) -> None:
    near_guanliu = (1148850000, 303990000)
    found = places.locate("", "阳光小区2栋1单元", near_guanliu)
    assert found.code == "420700000000"
    assert [(c["community"], c["score"]) for c in found.candidates] == [
        (GUANLIU, 100),
        ("420703100001", 70),
    ]


def test_a_misspelt_estate_is_a_guess(places: Places) -> None:
    found = places.locate("", "凤凰街道滨湖花圆3栋", None)
    assert found.code == "420704001000"
    assert found.candidates[0] == {
        "community": JIANGCHENG,
        "unit": "420704001013-E01/3",
        "score": 52,
    }


def test_a_village_name_that_stands_twice_needs_its_town(places: Places) -> None:
    """东沟村委会 stands in two towns: alone it is no place, with its town it is."""
    name = "东沟村委会"
    codes = [unit.code for unit in places.gazetteer.communities if unit.name == name]
    assert len(codes) == 2
    alone = places.locate("", name, None)
    assert not places.gazetteer.is_real(alone.code)
    assert {guess["community"] for guess in alone.candidates} == set(codes)
    for code in codes:
        town = places.gazetteer.units[code[:9] + "000"].name
        assert places.locate("", town + name, None).code == code


def test_the_address_shown_ends_above_the_room(places: Places) -> None:
    found = places.locate("", "滨湖花园3栋2单元501室（王先生家）", None)
    assert found.shown == "滨湖花园3栋2单元"


def test_every_unit_is_found_by_its_full_address(places: Places) -> None:
    gazetteer = places.gazetteer
    for unit in gazetteer.communities:
        street = gazetteer.units[unit.code[:9] + "000"]
        district = gazetteer.units[unit.code[:6] + "000000"]
        found = places.locate("", f"鄂州市{district.name}{street.name}{unit.name}", None)
        assert found.code == gazetteer.filing_code(unit.code)


@pytest.mark.parametrize("words", ["长", "1", "鄂州市", "滨湖花园"])
def test_an_address_as_long_as_a_book_costs_no_more_than_a_long_one(
    places: Places, words: str
) -> None:
    """It once took all the memory there was: a department's one record must not end the hub."""
    book = (words * 20_000)[:20_000]
    tracemalloc.start()
    try:
        found = places.locate("", book, None)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found.shown) <= LONGEST_ADDRESS
    assert most < 10_000_000


def test_half_a_phone_at_the_end_of_what_is_read_is_not_shown(places: Places) -> None:
    found = places.locate("", "路" * (LONGEST_ADDRESS - 9) + "１３８１２３４５６７８", None)
    assert not any(character.isdigit() for character in found.shown)
