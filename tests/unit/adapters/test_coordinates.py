"""From what a source states to what the hub stores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.coordinates import Datum, from_gcj02, stored, to_gcj02


def test_wgs84_is_stored_as_it_is() -> None:
    assert stored("114.8951234", "30.3912345", Datum.WGS84) == (1148951234, 303912345)


def test_gcj02_is_brought_back() -> None:
    """The shift known for Beijing: WGS-84 116.404, 39.915 is GCJ-02 116.41024, 39.91640."""
    lon, lat = to_gcj02(116.404, 39.915)
    assert (round(lon, 5), round(lat, 5)) == (116.41024, 39.91640)
    point = stored(f"{lon:.9f}", f"{lat:.9f}", Datum.GCJ02)
    assert point is not None
    assert abs(point[0] - 1164040000) <= 1
    assert abs(point[1] - 399150000) <= 1


@given(st.floats(114.3, 115.1), st.floats(30.0, 30.7))
def test_in_the_city_the_way_back_is_good_to_a_centimetre(lon: float, lat: float) -> None:
    back = from_gcj02(*to_gcj02(lon, lat))
    assert back == pytest.approx((lon, lat), abs=1e-7)


@pytest.mark.parametrize(
    ("lon", "lat"), [("", ""), ("0", "0"), ("30.39", "114.89"), ("无", "30.39"), ("nan", "30.39")]
)
def test_what_is_no_point_in_china_is_no_point(lon: str, lat: str) -> None:
    assert stored(lon, lat, Datum.WGS84) is None
