"""Ranked guesses for a record whose place is not sure: similar names, nearness, district.

A score is an integer from 0 to 100: up to 70 for the name, up to 20 for the distance between
the stated point and the estate, 10 where the point lies in the estate's district.
"""

from functools import cached_property
from math import cos, hypot, radians
from typing import TypedDict

import msgspec
from rapidfuzz import fuzz, process
from shapely import Point as Shape
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from adapters.kit.addresses import Parsed
from adapters.kit.coordinates import SCALE, Point
from adapters.kit.names import below
from schemas.gazetteer import EstateRow, Gazetteer, Unit

NAME, NEAR, DISTRICT = 70, 20, 10
LEAST_SIMILAR = 60
"""Similarity, of 100, under which two names have nothing to do with each other."""
MOST = 5
FAR_METRES = 2_000
METRES_PER_DEGREE = 111_320


class Candidate(TypedDict):
    """One possible place, as `shequ.Candidate` has it."""

    community: str
    unit: str
    score: int


class Guesses:
    """Ranks estates and communities of the gazetteer for an unlocated record."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Collect the names to compare with."""
        self._gazetteer = gazetteer
        self._estates = [estate.name for estate in gazetteer.estates]
        self._communities = [unit for unit in gazetteer.communities if not unit.virtual]

    def rank(
        self,
        words: str,
        parsed: Parsed,
        desk: str,
        codes: tuple[str, ...],
        point: Point | None,
    ) -> tuple[Candidate, ...]:
        """The likeliest places under the desk, best first; none where nothing is alike."""
        district = self.district_of(point) if point else None
        found = [
            self._estate(estate, similarity, parsed, point, district)
            for estate, similarity in self._similar_estates(words)
            if below(estate.community, desk)
        ]
        found += [self._community(unit, district) for unit in self._named(codes, desk)]
        best = {(c["community"], c["unit"]): c for c in sorted(found, key=lambda c: c["score"])}
        return tuple(sorted(best.values(), key=_rank)[:MOST])

    def district_of(self, point: Point) -> str | None:
        """The district that the point lies in: a hint only, the borders are coarse."""
        place = Shape(point[0] / SCALE, point[1] / SCALE)
        return next((code for code, border in self._borders if border.covers(place)), None)

    @cached_property
    def _borders(self) -> list[tuple[str, BaseGeometry]]:
        features = msgspec.json.decode(self._gazetteer.borders)["features"]
        return [(f["id"].ljust(12, "0"), shape(f["geometry"])) for f in features]

    def _similar_estates(self, words: str) -> list[tuple[EstateRow, int]]:
        if not words:
            return []
        hits = process.extract(
            words, self._estates, scorer=fuzz.ratio, limit=2 * MOST, score_cutoff=LEAST_SIMILAR
        )
        inside = [(i, 100) for i, name in enumerate(self._estates) if name in words]
        similar = {index: round(score) for _, score, index in hits} | dict(inside)
        return [(self._gazetteer.estates[index], score) for index, score in similar.items()]

    def _named(self, codes: tuple[str, ...], desk: str) -> list[Unit]:
        """Communities that bear the name that the address states, where several do."""
        return [u for u in self._communities if u.code in codes and below(u.code, desk)]

    def _estate(
        self,
        estate: EstateRow,
        similarity: int,
        parsed: Parsed,
        point: Point | None,
        district: str | None,
    ) -> Candidate:
        score = NAME * similarity // 100 + (nearness(estate, point) if point else 0)
        score += DISTRICT if district and below(estate.community, district) else 0
        unit = parsed.unit_id(estate.estate_id)
        return Candidate(community=estate.community, unit=unit, score=score)

    def _community(self, unit: Unit, district: str | None) -> Candidate:
        bonus = DISTRICT if district and below(unit.code, district) else 0
        return Candidate(community=unit.code, unit="", score=NAME + bonus)


def nearness(estate: EstateRow, point: Point) -> int:
    """20 at the estate's own point, falling to 0 at two kilometres."""
    north = (point[1] / SCALE - estate.lat) * METRES_PER_DEGREE
    east = (point[0] / SCALE - estate.lon) * METRES_PER_DEGREE * cos(radians(estate.lat))
    return max(0, round(NEAR * (1 - hypot(north, east) / FAR_METRES)))


def _rank(candidate: Candidate) -> tuple[int, str, str]:
    return -candidate["score"], candidate["community"], candidate["unit"]
