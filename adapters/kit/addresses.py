"""Reads Chinese addresses: the part before the building, building, unit. Pure text, no gazetteer.

Writings differ: 3栋2单元, 3号楼二单元, 三栋, 3#楼, 3幢, 3-2-501, full-width digits, spaces.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

DIGITS = {character: number for number, character in enumerate("零一二三四五六七八九")}
DIGITS |= {"〇": 0, "两": 2}
_HAN = "[零〇一二两三四五六七八九十百]"
_NUMBER = rf"(?:[A-Za-z]?\d{{1,3}}|[A-Za-z]|{_HAN}{{1,5}})"
_UNIT_NUMBER = rf"(?:\d{{1,2}}|{_HAN}{{1,3}}|[A-Za-z])"
_BUILDING = re.compile(
    rf"(?P<building>{_NUMBER})(?:号楼|#楼?|栋楼?|幢楼?|座)"
    rf"(?:[-—,，]?(?P<unit>{_UNIT_NUMBER})(?:单元|#单元|号单元))?"
)
_HYPHENS = re.compile(r"(?P<building>\d{1,3})[-—](?P<unit>\d{1,2})[-—]\d{3,4}(?!\d)")
_HALF_WIDTH = {0xFF01 + n: 0x21 + n for n in range(94)}  # ！ to ～ stand 0xFEE0 above ! to ~
_KEPT_WIDE = {ord(character) for character in "，。！？：；（）"}
_NARROW = str.maketrans({k: v for k, v in _HALF_WIDTH.items() if k not in _KEPT_WIDE})
_SPACE = re.compile(r"[\s\u3000\u200b\ufeff]+")


@dataclass(frozen=True, slots=True)
class Parsed:
    """An address in parts: `head` ends where the building begins; `shown` where the unit ends."""

    head: str
    building: str | None
    unit: str | None
    shown: str

    def unit_id(self, estate_id: str) -> str:
        """`<estate>/<building>/<unit>`, as far as the text goes."""
        parts = [part for part in (estate_id, self.building, self.unit) if part is not None]
        return "/".join(parts)


def narrowed(text: str) -> str:
    """The text with half-width letters and digits; Chinese punctuation stays."""
    return text.translate(_NARROW)


def compact(text: str) -> str:
    """The text with half-width letters and digits, and without any space."""
    return _SPACE.sub("", narrowed(text))


@lru_cache(maxsize=65_536)
def parse(address: str) -> Parsed:
    """Take an address apart; what does not stand in it is None."""
    text = compact(address)
    found = _BUILDING.search(text) or _HYPHENS.search(text)
    if found is None:
        return Parsed(text, None, None, text)
    unit = found["unit"]
    end = found.end("unit") if found.re is _HYPHENS else found.end()
    building = _number(found["building"])
    return Parsed(text[: found.start()], building, unit and _number(unit), text[:end])


def _number(text: str) -> str:
    """三 -> 3, 十二 -> 12, 03 -> 3, b2 -> B2."""
    if text.isdigit():
        return str(int(text))
    if text[0] in DIGITS or text[0] in "十百":
        return str(han_number(text))
    letter, digits = text[0].upper(), text[1:]
    return letter + (str(int(digits)) if digits else "")


def han_number(text: str) -> int:
    """The number that Chinese digits stand for: 十二 -> 12, 一百零三 -> 103, 五零一 -> 501."""
    if not any(character in "十百" for character in text):
        return int("".join(str(DIGITS[character]) for character in text))
    total, digit = 0, 0
    for character in text:
        if character in DIGITS:
            digit = DIGITS[character]
        else:
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
    return total + digit
