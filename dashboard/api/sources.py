"""Sources and their freshness, and dead letters."""

from collections import Counter

from litestar import Router, get
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dashboard import verdicts
from dashboard.api.context import Context, Given
from dashboard.api.problems import documented
from dashboard.api.shapes import LetterGroup, Letters, Source, Sources
from dashboard.model import reads, tables
from schemas.catalogue import catalogue

PREFIX = "adapters."


@get("/sources", summary="Sources and their freshness 数据来源", responses=documented())
async def sources(context: Given) -> Sources:
    """Every adapter heard from, and those of the catalogue never heard."""
    async with context.reading() as connection:
        found = await all_sources(context, connection)
    return Sources(
        items=found,
        total=len(found),
        at=context.now(),
        silent_after_ms=context.silent_after_ms,
        dead_after_ms=context.dead_after_ms,
    )


async def all_sources(context: Context, connection: AsyncConnection) -> list[Source]:
    """By adapter name."""
    beats = await reads.rows(connection, select(tables.heartbeats))
    appends = await reads.newest_appends(connection)
    for beat in beats:
        beat["topic"] = beat["topic"].removeprefix(context.settings.topic_prefix)
    heard = {beat["adapter"]: beat["topic"] for beat in beats}
    writers = Counter(heard.values())
    found = [
        verdicts.source(
            beat,
            verdicts.last_append(beat, appends.get(beat["topic"]), writers[beat["topic"]]),
            now=context.now(),
            silent_after=context.silent_after_ms,
            dead_after=context.dead_after_ms,
        )
        for beat in beats
    ]
    for adapter, topic in expected_adapters().items():
        if adapter not in heard:
            others = topic in writers
            found.append(verdicts.unseen(adapter, topic, None if others else appends.get(topic)))
    return sorted(found, key=lambda source: source.adapter)


def expected_adapters() -> dict[str, str]:
    """Adapters that the catalogue names as producers of a source topic: name -> topic.

    One that forwards what departments produce themselves runs only where a department does: it is
    shown once it was heard.
    """
    topics = catalogue().topics.values()
    wished = {name for topic in topics if not topic.source for name in topic.consumers}
    return {
        producer.removeprefix(PREFIX): topic.name
        for topic in topics
        if topic.source
        for producer in topic.producers
        if producer.startswith(PREFIX) and producer not in wished
    }


@get("/letters", summary="Dead letters, grouped 死信", responses=documented())
async def letters(context: Given) -> Letters:
    """By topic and rule, the fullest group first; never an original or a value."""
    stored = tables.letters.c
    statement = (
        select(
            stored.topic,
            stored.rule,
            func.count().label("count"),
            func.max(stored.advice).label("advice"),
            func.min(stored.at).label("first_at"),
            func.max(stored.at).label("last_at"),
        )
        .group_by(stored.topic, stored.rule)
        .order_by(func.count().desc(), stored.topic, stored.rule)
    )
    async with context.reading() as connection:
        found = [LetterGroup(**row) for row in await reads.rows(connection, statement)]
    return Letters(items=found, total=len(found), letters=sum(group.count for group in found))


ROUTER = Router("/", route_handlers=[sources, letters], tags=["sources"])
