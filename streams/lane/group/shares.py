"""Who gets which partition numbers: even shares, and as few moves as evenness allows.

Pure: every worker computes the same from the same claims.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple


class Claim(NamedTuple):
    """What a member says that it owns, and since which round of sharing."""

    round: int = 0
    numbers: Collection[int] = ()


def share(numbers: Iterable[int], claims: Mapping[str, Claim]) -> dict[str, list[int]]:
    """Numbers by member: each once, counts differ by one at most, owners keep what they can.

    A number that several claim is the newest claim's; of claims of one round, the first
    member's by name. No other even sharing leaves more numbers where they were.
    """
    wanted = sorted(set(numbers))
    if not claims:
        return {}
    owned = _owned(wanted, claims)
    rooms = _rooms(len(wanted), owned)
    shares = {member: owned[member][: rooms[member]] for member in sorted(claims)}
    kept = {number for mine in shares.values() for number in mine}
    free = iter([number for number in wanted if number not in kept])
    for member, mine in shares.items():
        mine += [next(free) for _ in range(rooms[member] - len(mine))]
        mine.sort()
    return shares


def _owned(wanted: list[int], claims: Mapping[str, Claim]) -> dict[str, list[int]]:
    """Numbers by the one who owns them, ascending; a stale claim owns nothing."""
    owners: dict[int, str] = {}
    for member in sorted(claims, key=lambda name: (-claims[name].round, name)):
        for number in claims[member].numbers:
            owners.setdefault(number, member)
    owned: dict[str, list[int]] = {member: [] for member in claims}
    for number in wanted:
        if number in owners:
            owned[owners[number]].append(number)
    return owned


def _rooms(count: int, owned: Mapping[str, Collection[int]]) -> dict[str, int]:
    """How many each gets; where it does not divide, who owns most gets one more."""
    least, more = divmod(count, len(owned))
    ranked = sorted(owned, key=lambda member: (-len(owned[member]), member))
    return {member: least + (place < more) for place, member in enumerate(ranked)}
