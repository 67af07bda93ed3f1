"""Says whether the process lives, and whether what it shows is complete and current."""

from importlib.metadata import version

from litestar import Response, Router, get
from litestar.openapi import ResponseSpec
from sqlalchemy import select

from dashboard.api.context import Context, Given
from dashboard.api.status import Health, Position, Ready
from dashboard.model import reads, tables
from dashboard.model.meta import Meta


@get("/health", summary="Liveness 存活")
async def health() -> Health:
    """The process answers; says nothing of what it shows."""
    return Health(status="ok", version=version("shequ"))


@get(
    "/ready",
    summary="Readiness 就绪",
    responses={503: ResponseSpec(Ready, description="Not ready", generate_examples=False)},
)
async def ready(context: Given) -> Response[Ready]:
    """The read model is open and its projector is at work; where it stands in every partition."""
    async with context.model() as (connection, meta):
        stored = await reads.rows(
            connection,
            select(tables.positions).order_by(
                tables.positions.c.topic, tables.positions.c.partition
            ),
        )
    positions = [Position(**row, behind=row["end_offset"] - row["next_offset"]) for row in stored]
    reasons = list(_reasons(context, meta))
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


def _reasons(context: Context, meta: Meta) -> list[str]:
    reasons = []
    age = (context.now() - meta.seen_at) / 1000
    if age > context.settings.projector_dead_after_seconds:
        reasons.append(f"The projector was last seen {age:.0f} s ago: start `shequ projector`.")
    if meta.error:
        reasons.append(f"The projector waits: {meta.error}")
    if meta.state != "live":
        reasons.append("The read model is being rebuilt: wait until every topic is read.")
    return reasons


ROUTER = Router("/", route_handlers=[health, ready], tags=["health"])
