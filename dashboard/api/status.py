"""What the API says of itself: alive, ready, what changed, what is wrong."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from dashboard.api.shapes import Ms


class Health(Struct):
    """The process answers."""

    status: Literal["ok"]
    version: str


class Position(Struct):
    """Where the projector stands in one partition."""

    topic: str
    partition: int
    next_offset: int
    end_offset: int
    behind: Annotated[int, Meta(description="Offsets still to read, markers among them")]


class Ready(Struct):
    """Whether what is shown is complete and current; status 503 where not."""

    ready: bool
    reasons: Annotated[list[str], Meta(description="Why not, and what to do")]
    state: Annotated[
        str, Meta(description="live; rebuilding until every topic was read to its end once")
    ]
    lineage: str
    cluster: str
    generation: Annotated[str, Meta(description="Changes when the read model is rebuilt")]
    seen_at: Annotated[
        int,
        Meta(
            description="When the projector last read the ends (ms): what was appended before is "
            "counted in `behind`"
        ),
    ]
    behind: Annotated[int, Meta(description="Sum over the partitions")]
    positions: list[Position]


class Changed(Struct):
    """Data of the event `changed` of /api/stream."""

    codes: Annotated[list[str], Meta(description="Codes whose rows changed")]
    tasks: Annotated[list[str], Meta(description="Tasks that changed; at most 500")]
    adapters: Annotated[list[str], Meta(description="Adapters heard from")]
    more: Annotated[bool, Meta(description="True where more tasks changed than are named")]
    at: Ms


class Problem(Struct):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: Annotated[str, Meta(description="What is wrong and what to do")]
    instance: Annotated[str, Meta(description="Path that was asked for")]
    allowed: Annotated[list[str], Meta(description="Allowed values, where there are few")] = []
