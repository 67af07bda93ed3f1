"""Puts the dashboard together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Tag

from dashboard.api import (
    health,
    lists,
    names,
    pages,
    permits,
    registers,
    registry,
    sources,
    stream,
    task,
    transit,
    units,
)
from dashboard.api.context import Context
from dashboard.api.params import refuse_unknown
from dashboard.api.problems import HANDLERS
from dashboard.api.registry_errors import beside
from dashboard.model.engine import open_reader
from dashboard.settings import Settings

API = (health, units, names, lists, task, registers, permits, transit, sources, stream)

TAGS = [
    Tag("health", "Is it alive, is it complete"),
    Tag("units", "The city, its units, names"),
    Tag("records", "Residents, permits, incidents, cases, tasks"),
    Tag("sources", "Freshness and dead letters"),
    Tag("live", "Server-sent events"),
    Tag("registry", "Schemas for Confluent clients"),
]


def build(settings: Settings) -> Litestar:
    """All routes; `security.Gate` stands in front of them."""
    engine = open_reader(settings.model_url)
    context = Context(settings, engine)
    files = pages.Pages(pages.STATIC)

    @asynccontextmanager
    async def living(_app: Litestar) -> AsyncIterator[None]:
        looking = asyncio.create_task(context.feed.run())
        yield
        await context.feed.close()
        await looking
        await engine.dispose()

    api = Router("/api", route_handlers=[module.ROUTER for module in API])
    return Litestar(
        route_handlers=[api, registry.ROUTER, pages.ROUTER],
        dependencies={
            "context": Provide(lambda: context, sync_to_thread=False),
            "pages": Provide(lambda: files, sync_to_thread=False),
        },
        before_request=refuse_unknown,
        exception_handlers=beside(HANDLERS),
        lifespan=[living],
        state=State({"feed": context.feed}),
        compression_config=CompressionConfig(
            "gzip", gzip_compress_level=5, exclude_opt_key="exclude_from_compression"
        ),
        openapi_config=openapi(),
        logging_config=None,
    )


def openapi() -> OpenAPIConfig:
    """The document at /api/openapi.json."""
    return OpenAPIConfig(
        title="Shequ 社区",
        version="1",
        description="Read side of the hub. Times: ms since 1970 UTC. Codes: 12 digits.",
        path="/api/openapi.json",
        render_plugins=[JsonRenderPlugin(path="/")],
        use_handler_docstrings=True,
        operation_id_creator=lambda handler, _method, _path: handler.handler_name,
        tags=TAGS,
    )


def document() -> bytes:
    """The OpenAPI document as dashboard/openapi.json holds it, for those who build the page."""
    schema = build(Settings()).openapi_schema.to_schema()
    return msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n"
