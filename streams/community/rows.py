"""The rows of the views and the tasks: frozen, named after their schemas.

Times are ms since 1970 UTC. Field meanings: the .avsc of the same name.
"""

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row: a change is a new row."""


class Code(Row, frozen=True, kw_only=True):
    """A code with the list and the edition that define it."""

    list: str
    version: str
    value: str


class Version(Row, frozen=True, kw_only=True, order=True):
    """Orders the versions of a record: the greater order wins, then the greater hash."""

    order: int
    hash: bytes


class Moved(Row, frozen=True, kw_only=True):
    """One half of a record's move between codes."""

    direction: str
    counterpart: str


class Transit(Row, frozen=True, kw_only=True):
    """One half of a move whose other half has not been seen yet 在途."""

    direction: str
    counterpart: str
    version: Version
    since: int
    overdue: bool


class Incident(Row, frozen=True, kw_only=True):
    """View row of a police incident 警情."""

    source: str
    record_id: str
    version: Version
    occurred_at: int
    code: str
    kind: Code
    kind_id: str
    status: str
    closed_at: int | None
    filed: bool
    referred: bool
    unit: str | None
    place_text: str
    summary: str
    task_id: str | None
    moved: Moved | None
    transit: Transit | None = None
    updated_at: int


class Case(Row, frozen=True, kw_only=True):
    """View row of a city-management case 城管案件."""

    source: str
    record_id: str
    version: Version
    occurred_at: int
    code: str
    category: str
    kind: Code
    kind_id: str
    asset: str | None
    stage: str
    status: str
    closed_at: int | None
    department: str
    unit: str | None
    place_text: str
    summary: str
    task_id: str | None
    moved: Moved | None
    transit: Transit | None = None
    updated_at: int


class Request(Row, frozen=True, kw_only=True):
    """One request of a task; it names its task, so that a split is exact."""

    request_id: str
    task_id: str
    code: str
    source: str
    record_id: str
    department: str
    document: str | None
    occurred_at: int
    version: Version
    status: str
    rule: str
    list_version: str
    evidence: str
    joined_at: int


class SourceCount(Row, frozen=True, kw_only=True):
    """What one source has brought to a code."""

    source: str
    events: int
    last_at: int


class Summary(Row, frozen=True, kw_only=True):
    """Counts of one code."""

    code: str
    incidents_total: int = 0
    incidents_open: int = 0
    cases_total: int = 0
    cases_open: int = 0
    tasks_total: int = 0
    tasks_open: int = 0
    requests_total: int = 0
    joined_total: int = 0
    stale_total: int = 0
    late_total: int = 0
    sources: tuple[SourceCount, ...] = ()
    residents_total: int = 0
    residents_leaving: int = 0
    residents_arriving: int = 0
    households_total: int = 0
    permits_total: int = 0
    permits_open: int = 0
    acts_total: int = 0
    acts_refused: int = 0
    transit_open: int = 0
    transit_overdue: int = 0


class Hop(Row, frozen=True, kw_only=True):
    """One handover of a task."""

    at: int
    from_unit: str
    to_unit: str
    action: str
    reason: str


class Clock(Row, frozen=True, kw_only=True):
    """One clock of a task."""

    name: str
    due_at: int
    state: str
    calendar: str
    reason: str
    paused_at: int | None


class Task(Row, frozen=True, kw_only=True):
    """One piece of work of a community."""

    task_id: str
    code: str
    state: str
    version: int
    origin_source: str
    origin_department: str
    origin_document: str | None
    kind: Code
    kind_id: str
    work_class: str
    asset: str | None
    unit: str | None
    place_text: str
    summary: str
    owner: str | None
    first_owner: str | None
    lead: str | None
    co_handlers: tuple[str, ...]
    assignee: str | None
    hops: tuple[Hop, ...]
    clocks: tuple[Clock, ...]
    requests: int
    requests_open: int
    requests_void: int
    paused_until: int | None
    rule: str
    list_version: str
    links: str | None
    opened_at: int
    created_at: int
    updated_at: int
    closed_at: int | None


class TaskEvent(Row, frozen=True, kw_only=True):
    """One thing that happened to a task; append-only, for people."""

    event_id: str
    task_id: str
    code: str
    version: int
    what: str
    state: str
    at: int
    actor: str
    role: str
    reason: str
    rule: str
    list: str
    list_version: str
    request_id: str | None
    command_id: str | None
