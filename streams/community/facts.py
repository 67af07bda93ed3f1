"""What a record says about the request it makes, whatever its source."""

from dataclasses import dataclass

from streams.community.rows import Code, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What a source record says about the request it makes, whatever the source."""

    request_id: str
    code: str
    source: str
    record_id: str
    version: Version
    occurred_at: int
    wanted: bool
    """Whether the record asks for anything (a referred incident, a case), and still here."""
    status: str
    closed_at: int | None
    kind: Code
    kind_id: str
    asset: str | None
    unit: str | None
    department: str
    document: str | None
    place_text: str
    summary: str
    backfill: bool
