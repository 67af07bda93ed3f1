"""Coordinates on entry: degrees as a source states them -> integers of 1e-7 degree in CGCS2000.

CGCS2000 and WGS-84 agree far below what a map point is worth (the same axis 6,378,137 m; their
flattenings, 1/298.257222101 and 1/298.257223563, differ by less than a millimetre on the ground):
no conversion is done between them.
GCJ-02 is the shifted system of Chinese web maps; its published shift (the formula known as
"transform" of the EvilTransform project, Krasovsky 1940 ellipsoid) is taken off by iteration.
"""

from enum import StrEnum
from math import cos, pi, sin, sqrt

SCALE = 10_000_000
"""Integers per degree: 1e-7 degree is about a centimetre."""

AXIS, ECCENTRICITY = 6_378_245.0, 0.006_693_421_622_965_943
"""Krasovsky 1940: semi-major axis in m, first eccentricity squared."""

CHINA = (73.0, 135.5, 3.5, 54.0)
"""West, east, south, north in degrees: what lies outside is no place of ours."""

Point = tuple[int, int]


class Datum(StrEnum):
    """The system that a source states its coordinates in."""

    WGS84 = "WGS-84"
    GCJ02 = "GCJ-02"


def stored(longitude: str, latitude: str, datum: Datum) -> Point | None:
    """(lon, lat) in 1e-7 degree CGCS2000; None where nothing usable is stated.

    Zeros, swapped values and places outside China are nothing usable: coordinates only help to
    guess, so a wrong one is no reason to set the record aside.
    """
    try:
        lon, lat = float(longitude), float(latitude)
    except ValueError:
        return None
    west, east, south, north = CHINA
    if not (west <= lon <= east and south <= lat <= north):
        return None
    if datum is Datum.GCJ02:
        lon, lat = from_gcj02(lon, lat)
    return round(lon * SCALE), round(lat * SCALE)


def from_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """GCJ-02 -> WGS-84 in degrees, to less than a centimetre."""
    guess = lon, lat
    for _ in range(3):  # the shift changes by some 1e-5 of the way: each round adds five digits
        shifted = to_gcj02(*guess)
        guess = guess[0] + lon - shifted[0], guess[1] + lat - shifted[1]
    return guess


def to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """WGS-84 -> GCJ-02 in degrees."""
    east, north = _shift(lon - 105.0, lat - 35.0)
    radians = lat * pi / 180
    bend = 1 - ECCENTRICITY * sin(radians) ** 2
    metres_north = AXIS * (1 - ECCENTRICITY) / (bend * sqrt(bend)) * pi / 180
    metres_east = AXIS / sqrt(bend) * cos(radians) * pi / 180
    return lon + east / metres_east, lat + north / metres_north


def _shift(x: float, y: float) -> tuple[float, float]:
    """Shift in m to the east and to the north, at degrees from 105 E, 35 N."""
    wave = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + wave
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + wave
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    return east, north
