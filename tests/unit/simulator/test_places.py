"""Estates everywhere, and how their addresses are written."""

import random
from pathlib import Path

import pytest

from ops.simulator import coordinates
from ops.simulator.addresses import Writer, han
from ops.simulator.places import Places, Spot
from schemas.gazetteer import Gazetteer


@pytest.fixture(scope="module")
def places() -> Places:
    return Places(Gazetteer.load(), random.Random(1))


def test_every_community_with_residents_has_estates_and_no_other_has(places: Places) -> None:
    assert len(places.communities) == 356
    assert set(places.estates) == {unit.code for unit in places.communities}
    assert all(places.estates.values())


def test_an_estates_name_stands_once_in_a_community_and_often_in_the_city(places: Places) -> None:
    names = [estate.name for estate in places.all_estates()]
    assert len(set(names)) < len(names)
    for estates in places.estates.values():
        assert len({estate.name for estate in estates}) == len(estates)


def test_no_estate_is_named_like_a_unit_of_the_city(places: Places) -> None:
    for estate in places.all_estates():
        assert not [word for word in places.words if word in estate.name]


def test_every_estate_lies_in_its_district(places: Places) -> None:
    rings = coordinates.rings(places.gazetteer.borders)
    for estate in places.all_estates():
        assert coordinates.inside(estate.point, rings[estate.community[:6] + "000000"])


def test_the_estate_offices_table_is_one_that_the_gazetteer_reads(
    places: Places, tmp_path: Path
) -> None:
    table = tmp_path / "estates.csv"
    table.write_bytes(places.table())
    read = Gazetteer.load(estates=table)
    assert [(e.estate_id, e.name, e.buildings) for e in read.estates] == [
        (e.id, e.name, e.buildings) for e in places.all_estates()
    ]


def test_wgs84_becomes_gcj02_as_published() -> None:
    lon, lat = coordinates.gcj02((116.404, 39.915))
    assert (round(lon, 6), round(lat, 6)) == (116.410244, 39.916404)


def test_the_full_form_names_everything_from_the_city_to_the_room(places: Places) -> None:
    estate = places.estates["420704001013"][0]
    spot = Spot("420704001013", estate, 3, 2, "501")
    text = Writer(places, loose=0).line(random.Random(1), spot)
    assert text == f"鄂州市鄂城区凤凰街道江城社区{estate.name}3栋2单元501室"
    assert spot.unit_id == f"{estate.id}/3/2"


def test_people_write_the_same_unit_in_many_ways(places: Places) -> None:
    estate = places.estates["420704001013"][0]
    spot = Spot("420704001013", estate, 3, 2, "501")
    writer, rng = Writer(places, loose=1), random.Random(1)
    texts = {writer.line(rng, spot) for _ in range(400)}
    for part in ("三栋", "3号楼", "3#楼", "3幢", "二单元", "３", " ", "江城居委会"):
        assert any(part in text for text in texts), part
    assert any(text.startswith(estate.name) for text in texts)


def test_an_address_that_tells_names_the_community_or_an_estate_that_only_it_has(
    places: Places,
) -> None:
    writer, rng = Writer(places, loose=0.5), random.Random(2)
    owners: dict[str, set[str]] = {}
    for estate in places.all_estates():
        owners.setdefault(estate.name, set()).add(estate.community)
    for _ in range(500):
        spot = places.spot(rng, places.community(rng).code)
        text = writer.telling(rng, spot)
        unit = places.gazetteer.units[spot.community]
        if text is None or any(name in text for name in (unit.name, *unit.aliases)):
            continue
        assert spot.estate is not None
        street = places.gazetteer.units[unit.parent or ""].name
        rivals = owners[spot.estate.name]
        if street in text:
            rivals = {code for code in rivals if code.startswith(spot.community[:9])}
        assert rivals == {spot.community}


@pytest.mark.parametrize("desk", ["420704001000", "420704000000", "420700000000"])
def test_a_vague_address_names_no_community_and_no_estate(places: Places, desk: str) -> None:
    writer, rng = Writer(places, loose=0.5), random.Random(3)
    names = {estate.name for estate in places.all_estates()}
    names |= {name for unit in places.communities for name in (unit.name, *unit.aliases)}
    for _ in range(50):
        text = writer.vague(rng, desk)
        assert not [name for name in names if name in text]


def test_a_doubtful_address_names_an_estate_that_several_districts_have(places: Places) -> None:
    writer, rng = Writer(places, loose=0.5), random.Random(4)
    for _ in range(50):
        text = writer.doubtful(rng)
        districts = {e.community[:6] for e in places.all_estates() if e.name in text}
        assert len(districts) > 1


def test_numbers_are_written_in_chinese_to_nineteen() -> None:
    assert [han(n) for n in (1, 9, 10, 12)] == ["一", "九", "十", "十二"]
