"""Says whether the process lives, and whether what it shows is complete and current."""

from collections.abc import Iterator
from importlib.metadata import version

from litestar import Response, Router, get
from litestar.openapi import ResponseSpec
from sqlalchemy import select

from dashboard.api.context import Context, Given
from dashboard.api.problems import AnyRequest, language_of
from dashboard.api.status import Health, Position, Ready
from dashboard.model import reads, tables
from dashboard.model.meta import Meta
from dashboard.said import Said


@get("/health", summary="Liveness 存活")
async def health() -> Health:
    """The process answers; says nothing of what it shows."""
    return Health(status="ok", version=version("shequ"))


@get(
    "/ready",
    summary="Readiness 就绪",
    responses={503: ResponseSpec(Ready, description="Not ready", generate_examples=False)},
)
async def ready(context: Given, request: AnyRequest) -> Response[Ready]:
    """The read model is open and its projector is at work; where it stands in every partition."""
    async with context.model() as (connection, meta):
        stored = await reads.rows(
            connection,
            select(tables.positions).order_by(
                tables.positions.c.topic, tables.positions.c.partition
            ),
        )
    positions = [Position(**row, behind=row["end_offset"] - row["next_offset"]) for row in stored]
    language = language_of(request)
    reasons = [reason.to(language) for reason in _reasons(context, meta)]
    body = Ready(
        ready=not reasons,
        reasons=reasons,
        state=meta.state,
        lineage=meta.lineage,
        cluster=meta.cluster,
        generation=meta.generation,
        seen_at=meta.seen_at,
        behind=sum(position.behind for position in positions),
        positions=positions,
    )
    return Response(body, status_code=503 if reasons else 200)


def _reasons(context: Context, meta: Meta) -> Iterator[Said]:
    age = (context.now() - meta.seen_at) / 1000
    if age > context.settings.projector_dead_after_seconds:
        yield Said(
            f"投影程序 {age:.0f} 秒没有动静:请启动 `shequ projector`。",
            f"The projector was last seen {age:.0f} s ago: start `shequ projector`.",
        )
    if meta.error:
        yield Said(f"投影程序在等待:{meta.error}", f"The projector waits: {meta.error}")
    if meta.state != "live":
        yield Said(
            "数据正在重建:请等所有主题读完。",
            "The read model is being rebuilt: wait until every topic is read.",
        )


ROUTER = Router("/", route_handlers=[health, ready], tags=["health"])
