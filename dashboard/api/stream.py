"""Server-sent events: which codes and tasks changed, so that a page asks anew only for those."""

from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from litestar import Router, get
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from dashboard.api.context import Given
from dashboard.api.problems import documented
from dashboard.api.status import Changed
from dashboard.model.feed import Feed, News

RETRY_MS = 2000


@get(
    "/stream",
    summary="Changes, live 实时变更",
    responses={
        200: ResponseSpec(
            Changed,
            description="Event `changed`: its data is this object, at most four a second. Event "
            "`reset` (data {}): load everything anew. Comments keep the connection open",
            media_type="text/event-stream",
            generate_examples=False,
        ),
        **documented(400),
    },
    opt={"exclude_from_compression": True},
)
async def stream(
    context: Given,
    last_event_id: Annotated[
        str | None,
        HeaderParameter(name="Last-Event-ID", description="Where to go on", max_length=64),
    ] = None,
) -> ServerSentEvent:
    """From now on, or after Last-Event-ID; a `reset` where what came between is forgotten."""
    return ServerSentEvent(_messages(context.feed, last_event_id))


async def _messages(feed: Feed, last: str | None) -> AsyncIterator[ServerSentEventMessage]:
    async for news in feed.follow(last):
        yield message(news)


def message(news: News) -> ServerSentEventMessage:
    """One message; a quiet one is a comment that still says where the page stands."""
    where = str(news.cursor)
    if news.quiet:
        return ServerSentEventMessage(data=None, id=where, comment="still here", retry=RETRY_MS)
    if news.reset:
        return ServerSentEventMessage(data="{}", event="reset", id=where)
    changed = Changed(
        codes=sorted(news.codes),
        tasks=sorted(news.tasks),
        adapters=sorted(news.adapters),
        more=news.more,
        at=news.at,
    )
    return ServerSentEventMessage(msgspec.json.encode(changed), event="changed", id=where)


ROUTER = Router("/", route_handlers=[stream], tags=["live"])
