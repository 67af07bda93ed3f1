"""People with names, resident ids, phones and homes; none of them exists."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, islice

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
SPARSE = 60_000  # people: until then no name is given twice, and every possible one is far


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
    rng: random.Random,
    count: int,
    home: Callable[[random.Random], Spot],
    avoid: frozenset[str],
    divisions: Sequence[str] = DIVISIONS,
) -> tuple[Person, ...]:
    """`count` people; no id or phone stands twice, no name is one of the words to `avoid`.

    No name is given twice either, as long as there are enough.
    """
    names = chain(islice(_different(_name, rng), SPARSE), _always(_name, rng))
    ids, phones = _different(_resident_id(divisions), rng), _different(phone, rng)
    words = "\n".join(sorted(avoid))
    spoken = (name for name in names if name not in words)
    return tuple(Person(next(spoken), next(ids), next(phones), home(rng)) for _ in range(count))


def child_name(rng: random.Random, parent: str, avoid: frozenset[str]) -> str:
    """A name with the surname of a parent."""
    words = "\n".join(sorted(avoid))
    while (name := parent[0] + "".join(rng.sample(GIVEN, 2))) in words:
        pass
    return name


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


def _always(make: Callable[[random.Random], str], rng: random.Random) -> Iterator[str]:
    while True:
        yield make(rng)


def _name(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, 2))


def _resident_id(divisions: Sequence[str]) -> Callable[[random.Random], str]:
    def make(rng: random.Random) -> str:
        born = OLDEST + timedelta(days=rng.randrange((YOUNGEST - OLDEST).days))
        first17 = f"{rng.choice(divisions)}{born:%Y%m%d}{rng.randrange(1000):03d}"
        return first17 + check_digit(first17)

    return make


def phone(rng: random.Random) -> str:
    """A mobile number; different ones are not looked for."""
    return rng.choice(("133", "138", "150", "159", "177", "186")) + f"{rng.randrange(10**8):08d}"
