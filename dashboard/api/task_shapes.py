"""What the API says of tasks. Field names are columns of the read model."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from dashboard.api.shapes import Code12, Ms, Paged


class Hop(Struct):
    """One handover of a task."""

    at: Ms
    from_unit: str
    to_unit: str
    action: Annotated[str, Meta(description="dispatch, return, transfer, designate, place")]
    reason: str


class Clock(Struct):
    """One clock of a task 时限."""

    name: Annotated[str, Meta(description="respond, dispose")]
    due_at: Ms
    state: Annotated[str, Meta(description="running, paused, met or missed")]
    calendar: Annotated[str, Meta(description="natural 自然日 or working 工作日")]
    reason: str


class Task(Struct):
    """One piece of work of a community 任务."""

    task_id: str
    code: Code12
    state: Annotated[
        str,
        Meta(
            description="pending dispatched accepted paused suspended disposed; "
            "ended: closed refused withdrawn void merged"
        ),
    ]
    version: int
    origin_source: Annotated[str, Meta(description="System of the first request")]
    origin_department: Annotated[str, Meta(description="Issuing department")]
    origin_document: str | None
    kind_list: str
    kind_version: str
    kind: Annotated[str, Meta(description="Kind of the first request, as stated")]
    kind_id: Annotated[str, Meta(description="The hub's kind, or empty")]
    work_class: Annotated[
        str,
        Meta(
            description="community_affairs 社区事务, self_governance 自治事务, entrusted 委托事务"
        ),
    ]
    asset: str | None
    unit: Annotated[str | None, Meta(description="Address unit")]
    place_text: Annotated[str, Meta(description="Redacted address")]
    summary: Annotated[str, Meta(description="Redacted text of the first request")]
    owner: Annotated[str | None, Meta(description="Unit that must act now")]
    first_owner: Annotated[str | None, Meta(description="首任: never changes once set")]
    lead: str | None
    co_handlers: list[str]
    assignee: Annotated[str | None, Meta(description="Account it is assigned to")]
    hops: list[Hop]
    clocks: list[Clock]
    due_at: Annotated[int | None, Meta(description="First running clock to run out, ms")]
    requests: Annotated[int, Meta(description="Requests in it now")]
    requests_open: Annotated[int, Meta(description="Of these, still open at their source")]
    rule: Annotated[str, Meta(description="Rule that made it")]
    list_version: str
    links: Annotated[str | None, Meta(description="Task that this one reopens")]
    opened_at: Ms
    created_at: Ms
    updated_at: Ms
    closed_at: int | None


class TaskPage(Paged):
    """One page of tasks."""

    items: list[Task]


class Behind(Struct):
    """The record behind a request, as it stands now."""

    table: Annotated[Literal["incidents", "cases", "permits"], Meta(description="What it is")]
    row_key: Annotated[str, Meta(description="Key of the row: code/row id")]
    occurred_at: Ms
    kind_list: Annotated[str, Meta(description="List that defines the kind")]
    kind_version: str
    kind: Annotated[str, Meta(description="Kind as stated; of a permit its item")]
    kind_id: Annotated[str, Meta(description="The hub's kind, or empty")]
    status: Annotated[str, Meta(description="open, closed, void or left (moved away)")]
    place_text: Annotated[str, Meta(description="Redacted address")]
    summary: Annotated[str, Meta(description="Redacted text")]
    updated_at: Ms
    closed_at: Annotated[int | None, Meta(description="When the source closed it, ms")] = None
    stage: Annotated[str | None, Meta(description="Of a case or a permit")] = None
    asset: Annotated[str | None, Meta(description="Of a case: asset id 部件编码")] = None
    filed: Annotated[bool | None, Meta(description="Of an incident: 立案")] = None
    channel: Annotated[str | None, Meta(description="Of a permit: where it came in")] = None
    act: Annotated[str | None, Meta(description="Of a permit: what the community must do")] = None
    proof_list: Annotated[str | None, Meta(description="List that defines the proof")] = None
    proof_version: str | None = None
    proof: Annotated[str | None, Meta(description="Of a permit: the proof asked for")] = None
    decision: Annotated[str | None, Meta(description="Of a permit: granted or refused")] = None
    transit_direction: Annotated[str | None, Meta(description="In transit: left, arrived")] = None
    transit_counterpart: Annotated[str | None, Meta(description="Where the other half is")] = None
    transit_since: Annotated[int | None, Meta(description="In transit since then, ms")] = None


class Request(Struct):
    """One request 诉求 of a task."""

    request_id: str
    task_id: str
    code: Code12
    source: Annotated[str, Meta(description="City and system")]
    source_zh: Annotated[str, Meta(description="What people call the source, in Chinese")]
    source_en: Annotated[str, Meta(description="What people call the source, in English")]
    record_id: str
    department: Annotated[str, Meta(description="Department that asks")]
    document: str | None
    occurred_at: Ms
    status: Annotated[str, Meta(description="open, closed or void at its source")]
    rule: Annotated[str, Meta(description="Why it is in this task: first, asset, unit")]
    list_version: str
    evidence: Annotated[str, Meta(description="What matched")]
    joined_at: Ms
    record: Annotated[
        Behind | None,
        Meta(description="The record behind it; null once it is retired from the views"),
    ] = None


class TaskEvent(Struct):
    """One thing that happened to a task."""

    event_id: str
    task_id: str
    code: Code12
    version: Annotated[int, Meta(description="Version the task has after it")]
    what: str
    state: Annotated[str, Meta(description="State after it")]
    at: Ms
    actor: str
    role: str
    reason: str
    rule: str
    list: str
    list_version: str
    request_id: str | None


class TaskDetail(Struct):
    """A task with its requests and its history."""

    task: Task
    requests: Annotated[
        list[Request], Meta(description="First come first; none that left; at most 1000")
    ]
    history: Annotated[
        list[TaskEvent], Meta(description="Oldest first, at every code it had; the last 1000")
    ]
