"""The rows of the registers: residents, households, permits. As in `rows`."""

from streams.community.rows import Code, Moved, Row, Transit, Version


class Resident(Row, frozen=True, kw_only=True):
    """View row of a person's household registration 户籍登记."""

    source: str
    record_id: str
    version: Version
    occurred_at: int
    code: str
    change: str
    status: str
    cancelled_because: Code | None
    closed_at: int | None
    household: str | None
    relation: Code | None
    sex: Code | None
    unit: str | None
    place_text: str
    person: str | None
    moved: Moved | None
    transit: Transit | None = None
    updated_at: int


class Household(Row, frozen=True, kw_only=True):
    """View row of a household 户 at one code."""

    code: str
    household: str
    members: int
    head: str | None
    unit: str | None
    place_text: str
    updated_at: int


class Refusal(Row, frozen=True, kw_only=True):
    """Why what was asked of a community is no work of its own."""

    rule: str
    list: str
    list_version: str
    value: str
    evidence: str


class Permit(Row, frozen=True, kw_only=True):
    """View row of an application for a permit or another service item 政务服务事项."""

    source: str
    record_id: str
    version: Version
    occurred_at: int
    code: str
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
    refusal: Refusal | None
    unit: str | None
    place_text: str
    summary: str
    task_id: str | None
    moved: Moved | None
    transit: Transit | None = None
    updated_at: int
