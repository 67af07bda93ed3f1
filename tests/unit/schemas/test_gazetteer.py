"""The gazetteer's data and what is asked of it."""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import msgspec
import pytest

from schemas import gazetteer_data
from schemas.gazetteer import PLACES, Gazetteer, GazetteerError

TODAY = date(2026, 11, 20)
HEADER = "estate_id,name,community,buildings,units,lon,lat\n"


@pytest.fixture(scope="module")
def ezhou() -> Gazetteer:
    return Gazetteer.load()


def test_ezhou_has_three_districts_28_streets_and_358_communities(ezhou: Gazetteer) -> None:
    assert (len(ezhou.districts), len(ezhou.streets), len(ezhou.communities)) == (3, 28, 358)
    assert len(ezhou.units) == 1 + 3 + 28 + 358


def test_the_kinds_of_community_are_counted_as_the_city_counts_them(ezhou: Gazetteer) -> None:
    kinds = Counter(unit.kind for unit in ezhou.communities)
    assert kinds == {"社区": 43, "居委会": 32, "村委会": 282, "生活区": 1}


def test_every_unit_stands_below_the_unit_that_its_code_begins_with(ezhou: Gazetteer) -> None:
    for unit in ezhou.units.values():
        assert unit.code.isdigit()
        assert len(unit.code) == 12
        if unit.parent is not None:
            assert unit.code.startswith(unit.parent.rstrip("0"))
            assert unit in ezhou.children(unit.parent)


def test_units_stand_in_the_order_of_their_codes_within_each_level(ezhou: Gazetteer) -> None:
    for level in (ezhou.districts, ezhou.streets, ezhou.communities):
        codes = [unit.code for unit in level]
        assert codes == sorted(codes)


def test_two_units_are_virtual_and_no_community_of_their_own(ezhou: Gazetteer) -> None:
    virtual = [unit.code for unit in ezhou.communities if unit.virtual]
    assert virtual == ["420703400498", "420704401498"]
    assert [ezhou.desk_for(code) for code in virtual] == ["420703400000", "420704401000"]
    assert [ezhou.filing_code(code) for code in virtual] == ["420703400000", "420704401000"]


@pytest.mark.parametrize(
    ("stated", "filed"),
    [
        ("420704001013", "420704001013"),
        ("420704001999", "420704001000"),
        ("420704001000", "420704001000"),
        ("420704999001", "420704000000"),
        ("420799999999", "420700000000"),
        ("310000000000", "420700000000"),
        ("42070", "420700000000"),
        ("", "420700000000"),
    ],
)
def test_what_states_no_known_community_waits_at_the_nearest_desk_that_is_known(
    ezhou: Gazetteer, stated: str, filed: str
) -> None:
    assert ezhou.filing_code(stated) == filed


def test_the_desk_of_a_real_community_is_its_street(ezhou: Gazetteer) -> None:
    assert ezhou.desk_for("420704001013") == "420704001000"


def test_a_name_is_no_key(ezhou: Gazetteer) -> None:
    assert sum(unit.name == "东沟村委会" for unit in ezhou.communities) == 2


def test_other_writings_follow_from_the_name(ezhou: Gazetteer) -> None:
    assert "江城居委会" in ezhou.units["420704001013"].aliases
    assert "大湾社区" in ezhou.units["420703101006"].aliases
    assert "四份村" in ezhou.units["420703103216"].aliases
    assert "长阳社区" in ezhou.units["420704103208"].aliases
    assert ezhou.city.aliases == ("鄂州",)


def test_a_writing_never_means_two_units_under_one_parent(ezhou: Gazetteer) -> None:
    writings = Counter(
        (unit.parent, writing)
        for unit in ezhou.units.values()
        for writing in {unit.name, *unit.aliases}
    )
    assert [key for key, times in writings.items() if times > 1] == []
    assert ezhou.units["420704105001"].name == "燕矶居委会"
    assert "燕矶社区" not in ezhou.units["420704105001"].aliases


def test_the_city_is_run_as_five_districts(ezhou: Gazetteer) -> None:
    names = {unit.name for unit in ezhou.management_districts(TODAY)}
    assert names == {"梁子湖区", "华容区", "鄂城区", "葛店开发区", "临空经济区"}


@pytest.mark.parametrize(
    ("code", "district"),
    [
        ("420704105202", "420704401000"),
        ("420704106000", "420704401000"),
        ("420704001013", "420704000000"),
        ("420703400498", "420703400000"),
        ("420702000000", "420702000000"),
        ("420700000000", None),
    ],
)
def test_the_management_tree_differs_from_the_codes_where_the_overlay_says_so(
    ezhou: Gazetteer, code: str, district: str | None
) -> None:
    assert ezhou.management_district(code, TODAY) == district


def test_a_management_row_holds_from_its_start_until_the_day_before_its_end(
    ezhou: Gazetteer,
) -> None:
    row = msgspec.structs.replace(
        next(row for row in ezhou.management if row.unit == "420704105000"),
        start=date(2020, 1, 1),
        to=date(2022, 1, 1),
    )
    dated = msgspec.structs.replace(ezhou, management=(row,))
    parents = [
        dated.management_parent("420704105000", date(year, 1, 1)) for year in (2019, 2020, 2022)
    ]
    assert parents == ["420704000000", "420704401000", "420704000000"]


def test_every_management_row_says_where_it_is_stated(ezhou: Gazetteer) -> None:
    assert all(row.source and row.note and row.stated for row in ezhou.management)
    assert all(ezhou.units[row.unit].name == row.name for row in ezhou.management)


def test_the_borders_are_those_of_the_three_districts(ezhou: Gazetteer) -> None:
    features = json.loads(ezhou.borders)["features"]
    assert [feature["id"] + "000000" for feature in features] == [u.code for u in ezhou.districts]


def test_what_was_carried_over_has_its_source_and_licence_beside_it() -> None:
    for folder in ("divisions", "borders"):
        assert (PLACES / "ezhou" / folder / "SOURCE.txt").stat().st_size > 100
        assert (PLACES / "ezhou" / folder / "LICENSE").stat().st_size > 100


def test_the_version_follows_the_content(tmp_path: Path, ezhou: Gazetteer) -> None:
    estates = tmp_path / "estates.csv"
    estates.write_text(HEADER + "420704001013-E01,滨湖花园,420704001013,5,3,114.88,30.39\n")
    with_estates = Gazetteer.load(estates=estates)
    assert Gazetteer.load().version == ezhou.version
    assert with_estates.version != ezhou.version
    assert [row.name for row in with_estates.estates_of("420704001013")] == ["滨湖花园"]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("420704001013-E01,滨湖花园,420704001013,five,3,114.8,30.3", "buildings"),
        ("420704001013-E01,滨湖花园,420704001999,5,3,114.8,30.3", "420704001999"),
        ("420703400498-E01,滨湖花园,420703400498,5,3,114.8,30.3", "420703400498"),
        ("420704001013-E01,滨湖花园,420704001013,5,3,114.8", "lat"),
        ("420704001013-E01,滨湖花园,420704001013,5,3,114.8,30.3,9", "Columns"),
    ],
)
def test_a_wrong_estate_is_named_with_file_row_and_field(
    tmp_path: Path, row: str, complaint: str
) -> None:
    estates = tmp_path / "estates.csv"
    estates.write_text(HEADER + row + "\n")
    with pytest.raises(GazetteerError, match=rf"estates\.csv row 2: .*{complaint}"):
        Gazetteer.load(estates=estates)


def test_an_estate_name_stands_once_in_a_community(tmp_path: Path) -> None:
    estates = tmp_path / "estates.csv"
    same = "{},滨湖花园,420704001013,5,3,114.8,30.3\n"
    estates.write_text(HEADER + same.format("420704001013-E01") + same.format("420704001013-E02"))
    with pytest.raises(GazetteerError, match="row 3: 420704001013-E02 滨湖花园 stands twice"):
        Gazetteer.load(estates=estates)


def test_a_city_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(GazetteerError, match="Known here: ezhou"):
        Gazetteer.load("atlantis")


def test_an_overlay_that_names_an_unknown_field_is_refused(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("city: {code: '420700000000', name: 鄂州市, mayor: x}\n")
    with pytest.raises(GazetteerError, match=r"overlay\.yaml: .*mayor"):
        gazetteer_data.read_overlay(overlay)


def test_a_division_code_of_the_wrong_width_is_refused_with_its_row(tmp_path: Path) -> None:
    (tmp_path / "streets.csv").write_text("code,name\n42070400,凤凰街道\n")
    with pytest.raises(GazetteerError, match="row 2: code is '42070400'; needed: 9 digits"):
        list(gazetteer_data.read_divisions(tmp_path, "street"))


def test_a_unit_of_the_management_tree_must_be_known(ezhou: Gazetteer) -> None:
    with pytest.raises(GazetteerError, match="420704001999 is no unit"):
        ezhou.management_parent("420704001999", TODAY)
