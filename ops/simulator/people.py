"""People with names, resident ids, phones and homes; none of them exists."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ops.simulator.places import Spot

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国玉兰志梅红鹏飞晓燕婷雪琴慧颖嘉怡欣悦"
    "浩宇轩梓涵俊豪思佳雨桐子睿诗语泽凯博瑞宏毅振东立新春生"
)
DIVISIONS = ("420702", "420703", "420704")  # GB/T 2260 codes of Ezhou
OLDEST, YOUNGEST = date(1940, 1, 1), date(2008, 1, 1)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643
CHECKS = "10X98765432"


@dataclass(frozen=True, slots=True)
class Person:
    """One inhabitant."""

    name: str
    resident_id: str
    phone: str
    home: Spot


def check_digit(first17: str) -> str:
    """The 18th character of a resident id (GB 11643: weighted sum modulo 11)."""
    return CHECKS[sum(int(d) * w for d, w in zip(first17, WEIGHTS, strict=True)) % 11]


def people(
    rng: random.Random, count: int, home: Callable[[random.Random], Spot], avoid: frozenset[str]
) -> tuple[Person, ...]:
    """`count` people; no id or phone stands twice, no name is one of the words to `avoid`."""
    names = _different(_name, rng)
    ids, phones = _different(_resident_id, rng), _different(_phone, rng)
    words = "\n".join(sorted(avoid))
    spoken = (name for name in names if name not in words)
    return tuple(Person(next(spoken), next(ids), next(phones), home(rng)) for _ in range(count))


def plate(rng: random.Random) -> str:
    """A car's number plate of Ezhou (GA 36), without the letters I and O."""
    return (
        "鄂G"
        + "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", k=4))
        + str(rng.randrange(10))
    )


def _different(make: Callable[[random.Random], str], rng: random.Random) -> Iterator[str]:
    seen = set[str]()
    while True:
        made = make(rng)
        if made not in seen:
            seen.add(made)
            yield made


def _name(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, 2))


def _resident_id(rng: random.Random) -> str:
    born = OLDEST + timedelta(days=rng.randrange((YOUNGEST - OLDEST).days))
    first17 = f"{rng.choice(DIVISIONS)}{born:%Y%m%d}{rng.randrange(1000):03d}"
    return first17 + check_digit(first17)


def _phone(rng: random.Random) -> str:
    return rng.choice(("133", "138", "150", "159", "177", "186")) + f"{rng.randrange(10**8):08d}"
