"""The rows of the reference lists that the core reads: a list that does not fit is refused whole.

Fields beyond these are for people, and pass.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Literal

import msgspec

from streams.community.ports import BadRecordError

Bodies = tuple[bytes, ...]
"""A list as it came: the JSON body of each part, in order."""


class Kind(msgspec.Struct, frozen=True):
    """A kind of matter. `identity`: what makes two requests the same matter.

    unit: the same address unit (or the same asset); asset: the same asset; none: nothing does.
    """

    kind_id: str
    identity: Literal["unit", "asset", "none"] = "none"
    work_class: str = "entrusted"
    dispose_hours: Annotated[int, msgspec.Meta(ge=1)] = 168


UNKNOWN_KIND = Kind("")
"""What holds for a code that the crosswalk does not have."""


class Crossing(msgspec.Struct, frozen=True):
    """Which kind of the hub's a source's code means."""

    list: str
    version: str
    value: str
    kind_id: str


class Transition(msgspec.Struct, frozen=True):
    """What a command does to a task in a state, who may give it, and whether it needs a reason."""

    state: str
    command: str
    to: str
    roles: tuple[str, ...]
    reason: bool


class PermitItem(msgspec.Struct, frozen=True):
    """What a service item asks of the community before it can be decided; empty for nothing."""

    list: str
    version: str
    value: str
    act: Literal["opinion", "site_check", "proof", ""]


class ProhibitedProof(msgspec.Struct, frozen=True):
    """A proof that communities must not issue, who issues it instead, and by which law."""

    list: str
    version: str
    value: str
    zh: str
    issuer: str = ""
    basis: str = ""


class Waiting(msgspec.Struct, frozen=True):
    """How long one half of a move may wait for the other before it is told."""

    alarm_hours: Annotated[int, msgspec.Meta(ge=1, le=87_600)]


class Retention(msgspec.Struct, frozen=True):
    """How long an ended row stays in the views."""

    days: Annotated[int, msgspec.Meta(ge=1, le=3650)]


class Unit(msgspec.Struct, frozen=True):
    """A unit of the register, by its code."""

    code: str


SHAPES: Mapping[str, type[msgspec.Struct]] = {
    "crosswalk": Crossing,
    "kinds": Kind,
    "permit_items": PermitItem,
    "prohibited_proofs": ProhibitedProof,
    "retention": Retention,
    "task_transitions": Transition,
    "transit": Waiting,
    "virtual_units": Unit,
}

SINGLE: Mapping[str, str] = {
    "retention": "how long rows stay",
    "transit": "how long one half of a move may wait for the other",
}
"""Lists of one row, and what it says."""


def check(name: str, bodies: Bodies) -> None:
    """Raise BadRecordError where a list is not what the core reads: a bad one stops every event."""
    shape: object = SHAPES.get(name, dict[str, object])
    try:
        count = sum(len(_decode(body, shape)) for body in bodies)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadRecordError("list.body", "body", f"{error}: mend the list {name}") from error
    if name in SINGLE and count != 1:
        raise BadRecordError("list.body", "body", f"one row is needed: {SINGLE[name]}")


def _decode(body: bytes, shape: object) -> list[object]:
    rows: list[object] = msgspec.json.decode(body, type=list[shape])  # type: ignore[valid-type] # a type made at run time
    return rows


@lru_cache(maxsize=64)
def crosswalk(bodies: Bodies) -> dict[tuple[str, str, str], str]:
    """Kind by list, version and value of a source's code."""
    rows = [row for body in bodies for row in msgspec.json.decode(body, type=list[Crossing])]
    return {(row.list, row.version, row.value): row.kind_id for row in rows}


@lru_cache(maxsize=64)
def kinds(bodies: Bodies) -> dict[str, Kind]:
    """Kinds by id."""
    rows = [row for body in bodies for row in msgspec.json.decode(body, type=list[Kind])]
    return {row.kind_id: row for row in rows}


@lru_cache(maxsize=64)
def transitions(bodies: Bodies) -> dict[tuple[str, str], Transition]:
    """Transitions by state and command."""
    rows = [row for body in bodies for row in msgspec.json.decode(body, type=list[Transition])]
    return {(row.state, row.command): row for row in rows}


@lru_cache(maxsize=64)
def permit_acts(bodies: Bodies) -> dict[tuple[str, str, str], str]:
    """What a service item asks of the community, by list, version and value of its code."""
    rows = [row for body in bodies for row in msgspec.json.decode(body, type=list[PermitItem])]
    return {(row.list, row.version, row.value): row.act for row in rows}


@lru_cache(maxsize=64)
def prohibited_proofs(bodies: Bodies) -> dict[tuple[str, str, str], ProhibitedProof]:
    """Proofs that communities must not issue, by list, version and value of their code."""
    rows = [row for body in bodies for row in msgspec.json.decode(body, type=list[ProhibitedProof])]
    return {(row.list, row.version, row.value): row for row in rows}


@lru_cache(maxsize=64)
def alarm_hours(bodies: Bodies) -> int:
    """Hours that one half of a move may wait for the other."""
    return msgspec.json.decode(bodies[0], type=list[Waiting])[0].alarm_hours


@lru_cache(maxsize=64)
def retention_days(bodies: Bodies) -> int:
    """Days that an ended row stays."""
    return msgspec.json.decode(bodies[0], type=list[Retention])[0].days


@lru_cache(maxsize=64)
def codes(bodies: Bodies) -> frozenset[str]:
    """Codes of the units."""
    rows = [row for body in bodies for row in msgspec.json.decode(body, type=list[Unit])]
    return frozenset(row.code for row in rows)
