"""What the API says of single records. Field names are columns of the read model."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from dashboard.api.shapes import Code12, Ms, Paged

Moving = Literal["residents", "permits", "incidents", "cases"]
"""Records that may move from one code to another."""


class Filed(Struct):
    """What all records have in common."""

    row_key: Annotated[str, Meta(description="Key of the row: code/row id")]
    code: Code12
    source: Annotated[str, Meta(description="City and system")]
    record_id: Annotated[str, Meta(description="Number in the source system")]
    version_order: Annotated[int, Meta(description="Order of the version in force")]
    occurred_at: Ms
    unit: Annotated[str | None, Meta(description="Address unit: estate/building/unit")]
    place_text: Annotated[str, Meta(description="Redacted address")]
    closed_at: Annotated[int | None, Meta(description="When the source closed it, ms")]
    moved_direction: Annotated[str | None, Meta(description="left or arrived, where it moved")]
    moved_counterpart: Annotated[str | None, Meta(description="The other code")]
    transit_direction: Annotated[
        str | None,
        Meta(description="left or arrived: in transit 在途, the other half was not seen yet"),
    ]
    transit_counterpart: Annotated[str | None, Meta(description="Where the other half is due")]
    transit_since: Annotated[int | None, Meta(description="In transit since then, ms")]
    transit_overdue: Annotated[
        bool | None, Meta(description="In transit for longer than the list `transit` allows")
    ]
    updated_at: Ms


class Record(Filed):
    """What incidents and cases have in common."""

    kind_list: Annotated[str, Meta(description="List that defines the kind")]
    kind_version: str
    kind: Annotated[str, Meta(description="Kind as stated")]
    kind_id: Annotated[str, Meta(description="The hub's kind, or empty")]
    status: Annotated[str, Meta(description="open, closed, void or left (moved away)")]
    summary: Annotated[str, Meta(description="Redacted text")]
    task_id: Annotated[str | None, Meta(description="Task it is a request of")]


class Incident(Record):
    """A police incident 警情 as it stands."""

    filed: Annotated[bool, Meta(description="立案")]
    referred: Annotated[bool, Meta(description="Referred to the community 转社区")]


class Case(Record):
    """A city-management case 城管案件 as it stands."""

    category: Annotated[str, Meta(description="component 部件 or event 事件")]
    asset: Annotated[str | None, Meta(description="Asset id 部件编码")]
    stage: Annotated[str, Meta(description="Stage as stated: 受理 派遣 处置 核查 结案 作废")]
    department: Annotated[str, Meta(description="Dispatching unit 派遣部门")]


class IncidentPage(Paged):
    """One page of incidents."""

    items: list[Incident]


class CasePage(Paged):
    """One page of cases."""

    items: list[Case]


class Transit(Struct):
    """A record in transit 在途: one half of its move was seen, the other one not yet."""

    table: Annotated[Moving, Meta(description="What it is")]
    row_key: Annotated[str, Meta(description="Key of the row: code/row id")]
    source: Annotated[str, Meta(description="City and system")]
    record_id: Annotated[str, Meta(description="Number in the source system")]
    version_order: Annotated[int, Meta(description="Order of the version in force")]
    code: Annotated[str, Meta(description="Code that has seen its half")]
    status: Annotated[str, Meta(description="As it stands there")]
    direction: Annotated[str, Meta(description="left or arrived, at `code`")]
    counterpart: Annotated[str, Meta(description="Code where the other half is due")]
    since: Ms
    overdue: Annotated[bool, Meta(description="For longer than the list `transit` allows")]


class TransitPage(Paged):
    """One page of records in transit."""

    items: list[Transit]
