"""What the API answers with. All times are ms since 1970 UTC; codes have 12 digits."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Level = Literal["city", "district", "street", "community"]
Ms = Annotated[int, Meta(description="Ms since 1970 UTC")]
Code12 = Annotated[str, Meta(description="12-digit code; a desk above a community ends in zeros")]


class Counts(Struct):
    """Counts of a unit. Totals never fall; open counts are as of now."""

    incidents_total: Annotated[int, Meta(description="Police incidents 警情 ever filed")] = 0
    incidents_open: Annotated[int, Meta(description="Police incidents open now")] = 0
    cases_total: Annotated[int, Meta(description="City-management cases 城管案件 ever filed")] = 0
    cases_open: Annotated[int, Meta(description="City-management cases open now")] = 0
    tasks_total: Annotated[int, Meta(description="Tasks 任务 ever made")] = 0
    tasks_open: Annotated[int, Meta(description="Tasks in a state that is no end")] = 0
    requests_total: Annotated[int, Meta(description="Requests 诉求 that are part of a task")] = 0
    joined_total: Annotated[
        int, Meta(description="Requests that joined a task which another had made (合并)")
    ] = 0
    stale_total: Annotated[int, Meta(description="Events older than the version in force")] = 0
    late_total: Annotated[int, Meta(description="Events beyond the retirement horizon")] = 0


class UnitName(Struct):
    """A unit of the city 行政单元."""

    code: Code12
    name: str
    level: Level


class Unit(Struct):
    """A unit with its counts."""

    code: Code12
    name: str
    level: Level
    parent: Annotated[str | None, Meta(description="Unit above it in the tree asked for")]
    virtual: Annotated[bool, Meta(description="Placeholder without residents or tasks 虚拟社区")]
    counts: Annotated[Counts, Meta(description="Of the unit and all below it")]
    own: Annotated[
        Counts, Meta(description="Filed under this very code: above a community its desk, 待定位")
    ]


class UnitPage(Struct):
    """One page of units."""

    items: list[Unit]
    total: int
    page: int
    size: int


class SourceCount(Struct):
    """What a source has brought to a unit."""

    source: Annotated[str, Meta(description="City and system")]
    events: Annotated[int, Meta(description="Events folded")]
    last_at: Annotated[int, Meta(description="Time of the last step that folded one, ms")]


class UnitDetail(Struct):
    """One unit, with what its sources brought."""

    unit: Unit
    path: Annotated[list[UnitName], Meta(description="Units above it, the city first")]
    below: Annotated[int, Meta(description="How many units stand right below it")]
    sources: Annotated[list[SourceCount], Meta(description="Of the unit and all below it")]
    task_states: Annotated[dict[str, int], Meta(description="Tasks now, by state")]


class Source(Struct):
    """An adapter 适配器 and how fresh what it brings is."""

    adapter: Annotated[str, Meta(description="Name, for example police_incidents")]
    source: Annotated[str, Meta(description="City and system; empty before its first heartbeat")]
    topic: Annotated[str, Meta(description="Topic it writes")]
    verdict: Annotated[
        Literal["live", "silent", "dead"],
        Meta(
            description="live 正常; silent 静默: its adapter lives, but nothing was appended for "
            "long; dead 失联: no heartbeat, or the adapter says that it stands"
        ),
    ]
    state: Annotated[
        str, Meta(description="running, retrying, halted, stopping; unseen: no heartbeat ever")
    ]
    detail: Annotated[str, Meta(description="What it waits for, or what is wrong")]
    heartbeat_at: Annotated[int | None, Meta(description="Broker's time of its heartbeat, ms")]
    heartbeat_age_ms: Annotated[int | None, Meta(description="How old that is now")]
    last_read_at: Annotated[int | None, Meta(description="Last time the source answered, ms")]
    last_append_at: Annotated[
        int | None, Meta(description="Broker's time of the newest record of its topic, ms")
    ]
    events: Annotated[int, Meta(description="Events sent since its first start")]
    letters: Annotated[int, Meta(description="Dead letters since its first start")]
    skipped: Annotated[int, Meta(description="Unchanged records not sent again")]


class Sources(Struct):
    """All adapters, with the thresholds that the verdicts use."""

    items: list[Source]
    total: int
    at: Ms
    silent_after_ms: int
    dead_after_ms: int


class Unlocated(Struct):
    """Records that wait at a desk for a place 待定位."""

    incidents_open: int
    cases_open: int
    tasks_open: int
    desks: Annotated[list[Unit], Meta(description="Desks with anything open, fullest first")]


class City(Struct):
    """The city at a glance."""

    code: Code12
    name: str
    at: Ms
    gazetteer: Annotated[str, Meta(description="Version of the gazetteer 地名库")]
    totals: Counts
    task_states: Annotated[dict[str, int], Meta(description="Tasks now, by state")]
    districts: list[Unit]
    sources: list[Source]
    unlocated: Unlocated


class LetterGroup(Struct):
    """Dead letters 死信 of one topic that broke one rule."""

    topic: Annotated[str, Meta(description="Topic the records were meant for")]
    rule: Annotated[str, Meta(description="Rule they broke")]
    count: int
    advice: Annotated[str, Meta(description="What to do")]
    first_at: Ms
    last_at: Ms


class Letters(Struct):
    """All groups, the fullest first."""

    items: list[LetterGroup]
    total: Annotated[int, Meta(description="Number of groups")]
    letters: Annotated[int, Meta(description="Number of letters")]


class Kind(Struct):
    """A code of a source's list, and the hub's kind for it."""

    list: Annotated[str, Meta(description="List that defines the code")]
    version: Annotated[str, Meta(description="Edition of the list")]
    value: Annotated[str, Meta(description="The code as stated")]
    kind_id: Annotated[str, Meta(description="The hub's kind")]
    zh: str
    en: str


class HubKind(Struct):
    """A kind of the hub's own; kinds of several lists may be the same one."""

    kind_id: str
    zh: str
    en: str
    identity: Annotated[str, Meta(description="What makes two requests one matter")]
    work_class: str
    dispose_hours: Annotated[int, Meta(description="Natural hours until disposal is due")]


class Kinds(Struct):
    """Names of kinds."""

    items: Annotated[list[Kind], Meta(description="Codes as sources state them")]
    total: int
    hub: Annotated[list[HubKind], Meta(description="The hub's own kinds")]


class GeoFeature(Struct):
    """A district's border."""

    type: Literal["Feature"]
    id: Code12
    properties: Annotated[
        dict[str, object], Meta(description="code, name, cp (label point: lon, lat)")
    ]
    geometry: Annotated[dict[str, object], Meta(description="GeoJSON geometry")]


class GeoMap(Struct):
    """GeoJSON of the districts. For drawing only: the datum is not stated by its source."""

    type: Literal["FeatureCollection"]
    features: list[GeoFeature]
