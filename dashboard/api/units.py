"""The city, its units, its map."""

from collections.abc import Mapping

import msgspec
from litestar import Router, get
from litestar.params import FromPath
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dashboard.api.context import Context, Given
from dashboard.api.params import BySort, Code, OfLevel, Page, Size, Tree, TreeName, UnitSort
from dashboard.api.problems import UnknownError, documented
from dashboard.api.shapes import (
    City,
    Counts,
    GeoMap,
    SourceCount,
    Unit,
    UnitDetail,
    UnitPage,
    Unlocated,
)
from dashboard.api.sources import all_sources
from dashboard.model import reads, tables


@get("/city", summary="The city at a glance 全市总览", responses=documented(400))
async def city(context: Given, tree: Tree = "code") -> City:
    """Totals, districts, sources, and what waits for a place."""
    async with context.reading() as connection:
        own = await context.own_counts(connection)
        states = await reads.task_states(connection)
        sources = await all_sources(context, connection)
    units = {unit.code: unit for unit in context.tree(tree).units(own)}
    top = units[context.gazetteer.city.code]
    return City(
        code=top.code,
        name=top.name,
        at=context.now(),
        gazetteer=context.gazetteer.version,
        totals=top.counts,
        task_states=states,
        districts=[unit for unit in units.values() if unit.level == "district"],
        sources=sources,
        unlocated=_unlocated(list(units.values())),
    )


def _unlocated(units: list[Unit]) -> Unlocated:
    desks = [unit for unit in units if unit.code.endswith("000") and _open(unit.own)]
    return Unlocated(
        incidents_open=sum(desk.own.incidents_open for desk in desks),
        cases_open=sum(desk.own.cases_open for desk in desks),
        tasks_open=sum(desk.own.tasks_open for desk in desks),
        desks=sorted(desks, key=lambda desk: (-_open(desk.own), desk.code)),
    )


def _open(counts: Counts) -> int:
    return counts.incidents_open + counts.cases_open + counts.tasks_open


@get("/units", summary="Units with their counts 单元列表", responses=documented(400, 404))
async def units(
    context: Given,
    level: OfLevel = None,
    parent: Code = None,
    tree: Tree = "code",
    sort: BySort[UnitSort] = "code",
    page: Page = 1,
    size: Size = 50,
) -> UnitPage:
    """Units of a level and, with `parent`, below one unit; without `level` those right below it."""
    chosen = context.tree(tree)
    if parent is not None and parent not in chosen:
        raise UnknownError(f"No unit of this city has the code {parent}: see /api/units.")
    codes = chosen.select(level, parent)
    async with context.reading() as connection:
        found = chosen.units(await context.own_counts(connection), codes)
    found.sort(key=lambda unit: _sort_value(unit, sort.removeprefix("-")), reverse=sort[0] == "-")
    start = (page - 1) * size
    return UnitPage(items=found[start : start + size], total=len(found), page=page, size=size)


def _sort_value(unit: Unit, field: str) -> str | int:
    value: str | int = getattr(unit if field in {"code", "name"} else unit.counts, field)
    return value


@get("/units/{code:str}", summary="One unit 单元详情", responses=documented(400, 404))
async def unit(context: Given, code: FromPath[str], tree: Tree = "code") -> UnitDetail:
    """Its counts, what its sources brought, and its tasks by state."""
    chosen = context.tree(tree)
    if code not in chosen:
        raise UnknownError(f"No unit of this city has the code {code}: see /api/units.")
    async with context.reading() as connection:
        own = await context.own_counts(connection)
        states = await reads.task_states(connection, context.at_or_below(tables.tasks, code, tree))
        sources = await _source_counts(context, connection, code, tree)
    return UnitDetail(
        unit=chosen.units(own, [code])[0],
        path=[chosen.name(above) for above in chosen.path(code)],
        below=len(chosen.children(code)),
        sources=sources,
        task_states=states,
    )


async def _source_counts(
    context: Context, connection: AsyncConnection, code: str, tree: TreeName
) -> list[SourceCount]:
    where = context.at_or_below(tables.summaries, code, tree)
    statement = select(tables.summaries.c.sources).where(where)
    sums: dict[str, SourceCount] = {}
    for row in await reads.rows(connection, statement):
        for stated in row["sources"]:
            _add(sums, stated)
    return [sums[name] for name in sorted(sums)]


def _add(sums: dict[str, SourceCount], stated: Mapping[str, object]) -> None:
    more = msgspec.convert(stated, SourceCount)
    before = sums.get(more.source, SourceCount(source=more.source, events=0, last_at=0))
    sums[more.source] = SourceCount(
        source=more.source,
        events=before.events + more.events,
        last_at=max(before.last_at, more.last_at),
    )


@get("/map", summary="GeoJSON of the districts 地图")
async def borders(context: Given) -> GeoMap:
    """For drawing; properties: code, name, cp (label point)."""
    return context.borders


ROUTER = Router("/", route_handlers=[city, units, unit, borders], tags=["units"])
