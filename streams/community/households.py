"""View: households, as the registrations of their members make them."""

import msgspec

from streams.community import summary
from streams.community.ports import Rows, find
from streams.community.register_rows import Household, Resident
from streams.community.state_rows import Heads
from streams.community.tables import HEADS, HOUSEHOLDS, RESIDENTS

HEAD, ONESELF = "02", "01"
"""Relations to the head of a household, GB/T 4761: 户主, 本人. The first goes before the second."""

MOST_HEADS = 100
"""Who else claims to be the head is kept until one of them leaves; a collective household 集体户,
where thousands may, has none: of those beyond this number nothing is kept."""


def follow(now: int, identity: str, old: Resident | None, new: Resident, rows: Rows) -> None:
    """A registration changed, its row is `new` by now: its households follow.

    A household has the members registered here, and stands where its head is registered. It
    begins with its first member and is gone with its last, so that the order in which members
    come and go changes nothing.
    """
    before, after = _household_of(old), _household_of(new)
    if before and before != after:
        _settle(now, new.code, before, -1, _without(identity, before, new.code, rows), rows)
    if after:
        heads = _without(identity, after, new.code, rows)
        if _rank(new) is not None:
            heads = (*heads, identity)
        _settle(now, new.code, after, int(before != after), heads, rows)


def _household_of(row: Resident | None) -> str:
    """The household that a row is a member of, or empty."""
    return row.household or "" if row is not None and row.status == "registered" else ""


def _rank(row: Resident | None) -> int | None:
    """How strong a claim to be the head is, the least is the strongest; None: no claim."""
    value = None if row is None or row.relation is None else row.relation.value
    return {HEAD: 0, ONESELF: 1}.get(value or "")


def _heads_key(code: str, household: str) -> str:
    return f"{code}/heads/{household}"


def _without(identity: str, household: str, code: str, rows: Rows) -> tuple[str, ...]:
    """Who claims to be the head, besides one."""
    key = f"{code}/{household}"
    row = find(rows, HOUSEHOLDS, key, Household)
    if row is None or row.head is None:
        return ()
    others = find(rows, HEADS, _heads_key(code, household), Heads)
    claims = (row.head, *(() if others is None else others.others))
    return tuple(claim for claim in claims if claim != identity)


def _settle(
    now: int, code: str, household: str, delta: int, heads: tuple[str, ...], rows: Rows
) -> None:
    """Write the row, or remove it with its last member."""
    key = f"{code}/{household}"
    old = find(rows, HOUSEHOLDS, key, Household)
    members = (0 if old is None else old.members) + delta
    summary.add(rows, code, households_total=int(members > 0) - int(old is not None))
    head, others = _ranked(code, heads, rows)
    _keep_others(_heads_key(code, household), others, rows)
    if members <= 0:
        rows.delete(HOUSEHOLDS, key)
        return
    row = _row(now, code, household, members, head, rows)
    if old is None or row != msgspec.structs.replace(old, updated_at=now):
        rows.put(HOUSEHOLDS, key, row)


def _ranked(code: str, heads: tuple[str, ...], rows: Rows) -> tuple[str | None, tuple[str, ...]]:
    """The head, and who else claims to be it: by relation, then by id."""
    if len(heads) <= 1:
        return (heads[0] if heads else None), ()
    ranks = {claim: _rank(find(rows, RESIDENTS, f"{code}/{claim}", Resident)) for claim in heads}
    first, *others = sorted(heads, key=lambda claim: (ranks[claim] or 0, claim))
    return first, tuple(others[: MOST_HEADS - 1])


def _keep_others(key: str, others: tuple[str, ...], rows: Rows) -> None:
    if others:
        rows.put(HEADS, key, Heads(others=others))
    elif find(rows, HEADS, key, Heads) is not None:
        rows.delete(HEADS, key)


def _row(
    now: int, code: str, household: str, members: int, head: str | None, rows: Rows
) -> Household:
    """It stands where its head does; without one nobody says where."""
    place = None if head is None else find(rows, RESIDENTS, f"{code}/{head}", Resident)
    return Household(
        code=code,
        household=household,
        members=members,
        head=head,
        unit=None if place is None else place.unit,
        place_text="" if place is None else place.place_text,
        updated_at=now,
    )
