"""How people write where something is: in full, in part, loosely; and so that nobody can tell."""

import random
from collections.abc import Iterator

from ops.simulator.places import Estate, Places, Spot
from schemas.gazetteer import Unit

HAN = "零一二三四五六七八九十"
WIDE = {ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}
TELLING_NOTHING = ("", "不详", "路边", "公交站附近")


def han(number: int) -> str:
    """1-19 in Chinese digits."""
    return HAN[number] if number <= len(HAN) - 1 else "十" + HAN[number - 10]


class Writer:
    """Writes addresses of one city; `loose` is the share that is not written in the full form."""

    def __init__(self, places: Places, loose: float) -> None:
        self.places, self.loose = places, loose
        self.units = places.gazetteer.units
        self._names: dict[str, list[Estate]] = {}
        for estate in places.all_estates():
            self._names.setdefault(estate.name, []).append(estate)

    def line(self, rng: random.Random, spot: Spot) -> str:
        """The address of a spot whose community the row states as well."""
        if rng.random() >= self.loose:
            return self._above(spot.community) + self._below(spot)
        skipped = rng.randrange(5)  # from the left: city, district, street, community
        if spot.estate is None:
            skipped = min(skipped, 3)
        below = self._below(spot, rng)
        text = self._above(spot.community, skipped, rng) + below
        return self._spaced(rng, text, below)

    def telling(self, rng: random.Random, spot: Spot) -> str | None:
        """An address that alone tells the community; None where none can be relied on."""
        above = [u.name for u in self._path(spot.community)]
        texts = [self._above(spot.community, rng.randrange(2)) + self._below(spot, rng)]
        if spot.estate is not None:
            same = self._names[spot.estate.name]
            street = spot.community[:9]
            if sum(e.community.startswith(street) for e in same) == 1:
                texts.append("".join(above[1:3]) + self._below(spot, rng))
            if len(same) == 1:
                texts.append(self._below(spot, rng))
        text = rng.choice(texts)
        return text if self._communities_in(text) <= {spot.community} else None

    def vague(self, rng: random.Random, desk: str) -> str:
        """An address that tells no more than the desk's own unit."""
        path = [unit.name for unit in self._path(desk)]
        text = "".join(path) + rng.choice(("附近", "路段")) if len(path) > 1 else ""
        return text or rng.choice(TELLING_NOTHING)

    def doubtful(self, rng: random.Random) -> str:
        """An estate's name that stands in several districts, and a building; nothing else."""
        shared = [
            n for n, es in sorted(self._names.items()) if len({e.community[:6] for e in es}) > 1
        ]
        return f"{rng.choice(shared)}{rng.randint(1, 3)}栋"

    def _path(self, code: str) -> list[Unit]:
        """City, district, street, community, as far as the code goes."""
        path, unit = [], self.units.get(code)
        while unit is not None:
            path.append(unit)
            unit = self.units.get(unit.parent or "")
        return path[::-1]

    def _above(self, community: str, skipped: int = 0, rng: random.Random | None = None) -> str:
        path = self._path(community)
        names = [unit.name for unit in path]
        if rng is not None:
            names[-1] = rng.choice((names[-1], *_spoken(path[-1])))
        return "".join(names[skipped:])

    def _below(self, spot: Spot, rng: random.Random | None = None) -> str:
        loose = rng is not None and rng.random() < self.loose
        parts = list(_parts(spot, rng if loose else None))
        text = "".join(parts) or "附近"
        return text.translate(WIDE) if loose and rng and rng.random() < 1 / 4 else text

    def _spaced(self, rng: random.Random, text: str, below: str) -> str:
        if not below or rng.random() >= 1 / 4:
            return text
        return f"{text.removesuffix(below)} {below}".strip()

    def _communities_in(self, text: str) -> set[str]:
        return {
            unit.code
            for unit in self.places.communities
            if any(name in text for name in (unit.name, *unit.aliases))
        }


def _spoken(unit: Unit) -> tuple[str, ...]:
    """Of a community's other writings those that people use: 江城社区, 百洪村."""
    return tuple(alias for alias in unit.aliases if alias.endswith(("社区", "村", "居委会")))


def _parts(spot: Spot, rng: random.Random | None) -> Iterator[str]:
    if spot.estate is not None:
        yield spot.estate.name
    if spot.building is not None:
        number, word = str(spot.building), "栋"
        if rng is not None:
            word = rng.choice(("栋", "号楼", "#楼", "幢"))
            number = han(spot.building) if word == "栋" and rng.random() < 1 / 2 else number
        yield number + word
    if spot.unit is not None:
        yield (
            han(spot.unit) if rng is not None and rng.random() < 1 / 2 else str(spot.unit)
        ) + "单元"
    if spot.room:
        yield spot.room + "室"
