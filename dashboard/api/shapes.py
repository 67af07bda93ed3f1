"""What the API answers with. All times are ms since 1970 UTC; codes have 12 digits."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Level = Literal["city", "district", "street", "community"]
Ms = Annotated[int, Meta(description="Ms since 1970 UTC")]
Code12 = Annotated[str, Meta(description="12-digit code; a desk above a community ends in zeros")]


class Paged(Struct, kw_only=True):
    """What pages of lists have in common."""

    total: Annotated[int, Meta(description="Rows on all pages")]
    page: Annotated[int, Meta(description="This page, from 1")]
    size: Annotated[int, Meta(description="Rows on a page")]


class Counts(Struct):
    """Counts of a unit. Totals of work never fall; other counts are as of now."""

    residents: Annotated[
        int,
        Meta(
            description="Persons 户籍人口, each once, also while one half of a move is missing: "
            "residents_total + residents_leaving - residents_arriving"
        ),
    ] = 0
    residents_total: Annotated[int, Meta(description="Persons registered here now")] = 0
    residents_leaving: Annotated[
        int, Meta(description="Registered persons who left, the other half not seen yet")
    ] = 0
    residents_arriving: Annotated[
        int, Meta(description="Registered persons who arrived, the other half not seen yet")
    ] = 0
    households_total: Annotated[int, Meta(description="Households 户 with a person here")] = 0
    permits_total: Annotated[int, Meta(description="Applications 政务服务事项 ever filed")] = 0
    permits_open: Annotated[int, Meta(description="Applications open now")] = 0
    acts_total: Annotated[
        int, Meta(description="Applications that need an act of the community 社区协办")
    ] = 0
    acts_refused: Annotated[
        int, Meta(description="Of those: refused, because communities must not do it")
    ] = 0
    transit_open: Annotated[
        int, Meta(description="Halves of moves whose other half was not seen yet 在途")
    ] = 0
    transit_overdue: Annotated[
        int, Meta(description="Of those: for longer than the list `transit` allows")
    ] = 0

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


class UnitPage(Paged):
    """One page of units."""

    items: list[Unit]


class InTransit(Struct):
    """Records in transit 在途, by what they are; halves of one move count at both codes."""

    residents: int
    permits: int
    incidents: int
    cases: int
    overdue: Annotated[int, Meta(description="Of all these: for longer than allowed")]


class SourceCount(Struct):
    """What a source has brought to a unit."""

    source: Annotated[str, Meta(description="City and system")]
    zh: Annotated[str, Meta(description="What people call it, in Chinese")]
    en: Annotated[str, Meta(description="What people call it, in English")]
    events: Annotated[int, Meta(description="Events folded")]
    last_at: Annotated[int, Meta(description="Time of the last step that folded one, ms")]


class UnitDetail(Struct):
    """One unit, with what its sources brought."""

    unit: Unit
    path: Annotated[list[UnitName], Meta(description="Units above it, the city first")]
    below: Annotated[int, Meta(description="How many units stand right below it")]
    sources: Annotated[list[SourceCount], Meta(description="Of the unit and all below it")]
    task_states: Annotated[dict[str, int], Meta(description="Tasks now, by state")]
    in_transit: Annotated[InTransit, Meta(description="Of the unit and all below it")]


class Source(Struct):
    """An adapter 适配器 and how fresh what it brings is."""

    adapter: Annotated[str, Meta(description="Name, for example police_incidents")]
    zh: Annotated[str, Meta(description="What people call it, in Chinese")]
    en: Annotated[str, Meta(description="What people call it, in English")]
    systems: Annotated[
        list[str], Meta(description="Systems it feeds: household, police, city_cases, permits")
    ]
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
    permits_open: int
    residents_total: int
    tasks_open: int
    desks: Annotated[list[Unit], Meta(description="Desks where anything waits, fullest first")]


class City(Struct):
    """The city at a glance."""

    code: Code12
    name: str
    at: Ms
    gazetteer: Annotated[str, Meta(description="Version of the gazetteer 地名库")]
    totals: Counts
    task_states: Annotated[dict[str, int], Meta(description="Tasks now, by state")]
    in_transit: InTransit
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
