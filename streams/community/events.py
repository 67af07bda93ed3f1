"""Events as the core sees them: personal data stay sealed and are not even decoded."""

import msgspec

from streams.community.rows import Code, Moved, Row, Version


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What every source event states."""

    event_id: str
    source: str
    record_id: str
    version: Version
    occurred_at: int
    community: str
    backfill: bool
    moved: Moved | None


class Place(msgspec.Struct, frozen=True):
    """Where it happened; candidates and coordinates are for people."""

    unit: str | None
    text: str


class Incident(Event, frozen=True, kw_only=True):
    """A police incident 警情."""

    kind: Code
    status: str
    closed_at: int | None
    filed: bool
    referred: bool
    document: str | None
    place: Place
    summary: str


class Case(Event, frozen=True, kw_only=True):
    """A city-management case 城管案件."""

    category: str
    kind: Code
    asset: str | None
    stage: str
    status: str
    closed_at: int | None
    department: str
    place: Place
    summary: str


class Move(Event, frozen=True, kw_only=True):
    """A person's household registration 户籍登记 after a change."""

    change: str
    status: str
    cancelled_because: Code | None
    closed_at: int | None
    household: str | None
    relation: Code | None
    sex: Code | None
    place: Place
    person: str | None


class Application(Event, frozen=True, kw_only=True):
    """An application for a permit or another service item 政务服务事项."""

    item: Code
    item_type: Code
    channel: str
    stage: str
    status: str
    decision: str | None
    accepted_at: int | None
    closed_at: int | None
    department: str
    document: str | None
    act: str | None
    proof: Code | None
    place: Place
    summary: str


class ListPart(msgspec.Struct, frozen=True):
    """One part of a reference list."""

    list: str
    version: str
    part: int
    parts: int
    body: bytes


class Control(msgspec.Struct, frozen=True):
    """A decision of the operators."""

    control_id: str
    kind: str
    lineage: str


class Crossing(Row, frozen=True, kw_only=True):
    """What one code tells another: written by the core, and read by it."""

    crossing_id: str
    from_code: str
    to_code: str
    kind: str
    body: bytes


class Command(msgspec.Struct, frozen=True):
    """A wish to change a task."""

    command_id: str
    task_id: str
    request_id: str | None
    code: str
    expected_version: int
    command: str
    actor: str
    role: str
    reason: str
    target: str | None
    at: int
