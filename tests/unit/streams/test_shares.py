"""Shares are even, whole, the same for everybody, and move as little as they can."""

import random
from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.lane.group.shares import Claim, share

NAMES = st.text("abcdefgh", min_size=1, max_size=3)
COUNTS = st.integers(0, 64)
CLAIMS = st.dictionaries(
    NAMES,
    st.builds(Claim, st.integers(0, 5), st.lists(st.integers(-3, 70), max_size=20)),
    min_size=1,
    max_size=9,
)


def claimed(shares: dict[str, list[int]], at: int = 1) -> dict[str, Claim]:
    """What members say after a round of sharing."""
    return {member: Claim(at, numbers) for member, numbers in shares.items()}


def fresh(*members: str) -> dict[str, Claim]:
    """Members that own nothing yet."""
    return {member: Claim() for member in members}


def kept(before: dict[str, list[int]], after: dict[str, list[int]]) -> int:
    """How many numbers stayed with their owner."""
    return sum(len(set(before.get(member, [])) & set(mine)) for member, mine in after.items())


@given(COUNTS, CLAIMS)
def test_whatever_is_claimed_every_number_is_given_once_and_evenly(
    count: int, claims: dict[str, Claim]
) -> None:
    """Stale, doubled, made-up claims included."""
    shares = share(range(count), claims)
    assert set(shares) == set(claims)
    assert sorted(number for mine in shares.values() for number in mine) == list(range(count))
    sizes = [len(mine) for mine in shares.values()]
    assert max(sizes) - min(sizes) <= 1


@given(COUNTS, CLAIMS, st.randoms(use_true_random=False))
def test_everybody_computes_the_same_whatever_the_order(
    count: int, claims: dict[str, Claim], chance: random.Random
) -> None:
    """The leader may be any of them."""
    told = list(claims.items())
    chance.shuffle(told)
    numbers = list(range(count))
    chance.shuffle(numbers)
    assert share(numbers, dict(told)) == share(range(count), claims)


@given(COUNTS, st.sets(NAMES, min_size=1, max_size=9))
def test_where_nobody_comes_or_goes_nothing_moves(count: int, members: set[str]) -> None:
    """A rebalance for another reason restores nothing."""
    before = share(range(count), fresh(*members))
    assert share(range(count), claimed(before)) == before


@given(COUNTS, st.sets(NAMES, min_size=2, max_size=9))
def test_who_joins_takes_only_its_own_share(count: int, members: set[str]) -> None:
    """Nobody else gets a number that it had not."""
    new, *old = sorted(members)
    before = share(range(count), fresh(*old))
    after = share(range(count), {**claimed(before), new: Claim()})
    assert all(set(after[member]) <= set(before[member]) for member in old)


@given(COUNTS, st.sets(NAMES, min_size=2, max_size=9))
def test_who_stays_keeps_everything_when_one_leaves(count: int, members: set[str]) -> None:
    """Only what the one that left had moves."""
    _, *rest = sorted(members)
    before = share(range(count), fresh(*members))
    after = share(range(count), {member: Claim(1, before[member]) for member in rest})
    assert all(set(before[member]) <= set(after[member]) for member in rest)


@given(
    st.integers(0, 5),
    st.dictionaries(st.sampled_from("abc"), st.frozensets(st.integers(0, 4)), min_size=1),
)
def test_no_even_sharing_moves_less(count: int, owned: dict[str, frozenset[int]]) -> None:
    """Against every even sharing there is, of few numbers among few members."""
    taken = Counter(number for mine in owned.values() for number in mine)
    before = {m: [n for n in mine if taken[n] == 1 and n < count] for m, mine in owned.items()}
    best = max(kept(before, other) for other in every_even_sharing(count, sorted(before)))
    assert kept(before, share(range(count), claimed(before))) == best


def every_even_sharing(count: int, members: list[str]) -> list[dict[str, list[int]]]:
    """All of them, some more than once: every order of numbers, dealt to every order of members."""
    return [
        {member: list(order[place :: len(members)]) for place, member in enumerate(ranked)}
        for ranked in permutations(members)
        for order in permutations(range(count))
    ]


def test_a_stale_claim_loses_against_a_newer_one() -> None:
    """A worker that slept through a rebalance claims what another has owned since."""
    claims = {"awake": Claim(7, [0, 1]), "zombie": Claim(6, [0, 1, 2, 3])}
    assert share(range(4), claims) == {"awake": [0, 1], "zombie": [2, 3]}


def test_two_claims_of_one_round_are_told_apart_the_same_way_by_everybody() -> None:
    """It cannot be; were it so, the number still goes to one of them."""
    claims = {"b": Claim(3, [0, 1]), "a": Claim(3, [0, 1])}
    assert share(range(2), claims) in ({"a": [0], "b": [1]}, {"a": [1], "b": [0]})
    assert share(range(2), claims) == share(range(2), dict(reversed(claims.items())))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_with_more_members_than_numbers_the_rest_wait(count: int) -> None:
    """They take over when one goes."""
    shares = share(range(count), fresh(*"abcd"))
    assert sorted(len(mine) for mine in shares.values()) == [0] * (4 - count) + [1] * count


def test_nobody_gets_nothing() -> None:
    """A group without members shares with nobody."""
    assert share(range(4), {}) == {}
