"""Points: inside a district's border, and in the datum that Chinese web maps use."""

import json
import math
import random
from typing import cast

Point = tuple[float, float]  # longitude, latitude; degrees
Ring = list[Point]

_A, _EE = 6378245.0, 0.00669342162296594323  # Krasovsky 1940, as GCJ-02 uses it


def rings(borders: bytes) -> dict[str, Ring]:
    """District code (12 digits) -> outer ring, of the gazetteer's GeoJSON."""
    features = json.loads(borders)["features"]
    return {f["id"].ljust(12, "0"): cast("Ring", f["geometry"]["coordinates"][0]) for f in features}


def inside(point: Point, ring: Ring) -> bool:
    """Whether a ray from the point crosses the ring an odd number of times."""
    x, y = point
    odd = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            odd = not odd
    return odd


def point_in(rng: random.Random, ring: Ring) -> Point:
    """A point inside the ring, to 1e-7 degree."""
    xs, ys = [p[0] for p in ring], [p[1] for p in ring]
    while True:
        point = (rng.uniform(min(xs), max(xs)), rng.uniform(min(ys), max(ys)))
        if inside(point, ring):
            return round(point[0], 7), round(point[1], 7)


def point_near(rng: random.Random, centre: Point, spread: float, ring: Ring) -> Point:
    """A point at most `spread` degrees away in either direction, inside the ring if possible."""
    for _ in range(20):
        point = (
            round(centre[0] + rng.uniform(-spread, spread), 7),
            round(centre[1] + rng.uniform(-spread, spread), 7),
        )
        if inside(point, ring):
            return point
    return centre


def gcj02(point: Point) -> Point:
    """WGS-84 (CGCS2000 to a decimetre) as GCJ-02, the publicly known approximation; degrees."""
    lon, lat = point
    x, y = lon - 105.0, lat - 35.0
    radians = lat / 180.0 * math.pi
    magic = 1 - _EE * math.sin(radians) ** 2
    north = (
        _latitude_shift(x, y) * 180.0 / ((_A * (1 - _EE)) / (magic * math.sqrt(magic)) * math.pi)
    )
    east = _longitude_shift(x, y) * 180.0 / (_A / math.sqrt(magic) * math.cos(radians) * math.pi)
    return lon + east, lat + north


def _waves(value: float, parts: tuple[tuple[float, float], ...]) -> float:
    return sum(scale * math.sin(value * math.pi / span) for scale, span in parts) * 2.0 / 3.0


def _latitude_shift(x: float, y: float) -> float:
    shift = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    shift += _waves(x, ((20.0, 1 / 6), (20.0, 1 / 2)))
    return shift + _waves(y, ((20.0, 1.0), (40.0, 3.0), (160.0, 12.0), (320.0, 30.0)))


def _longitude_shift(x: float, y: float) -> float:
    shift = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    shift += _waves(x, ((20.0, 1 / 6), (20.0, 1 / 2)))
    return shift + _waves(x, ((20.0, 1.0), (40.0, 3.0), (150.0, 12.0), (300.0, 30.0)))
