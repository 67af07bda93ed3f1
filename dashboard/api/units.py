"""The city, its units, its map."""

import msgspec
from litestar import Router, get
from litestar.params import FromPath
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dashboard.api.context import Context, Given
from dashboard.api.filters import below
from dashboard.api.name_shapes import GeoMap
from dashboard.api.params import BySort, Code, OfLevel, Page, Search, Size, Tree, TreeName
from dashboard.api.problems import UnknownError, documented
from dashboard.api.shapes import (
    City,
    Counts,
    InTransit,
    SourceCount,
    Unit,
    UnitDetail,
    UnitPage,
    Unlocated,
)
from dashboard.api.sorts import UnitSort
from dashboard.api.sources import all_sources
from dashboard.model import reads, tables, transits
from dashboard.said import Said
from dashboard.words import source_title

WAITING = ("incidents_open", "cases_open", "permits_open", "residents_total", "tasks_open")
"""What waits at a desk for a place."""


@get("/city", summary="The city at a glance 全市总览", responses=documented(400))
async def city(context: Given, tree: Tree = "code") -> City:
    """Totals, districts, sources, and what waits for a place."""
    async with context.reading() as connection:
        own = await context.own_counts(connection)
        states = await reads.task_states(connection)
        sources = await all_sources(context, connection)
        moving = await _in_transit(context, connection, None, tree)
    units = {unit.code: unit for unit in context.tree(tree).units(own)}
    top = units[context.gazetteer.city.code]
    return City(
        code=top.code,
        name=top.name,
        at=context.now(),
        gazetteer=context.gazetteer.version,
        totals=top.counts,
        task_states=states,
        in_transit=moving,
        districts=[unit for unit in units.values() if unit.level == "district"],
        sources=sources,
        unlocated=_unlocated(list(units.values())),
    )


async def _in_transit(
    context: Context, connection: AsyncConnection, code: str | None, tree: TreeName
) -> InTransit:
    found = await transits.counts(connection, lambda table: below(context, table, code, tree))
    return msgspec.convert(found, InTransit)


def _unlocated(units: list[Unit]) -> Unlocated:
    desks = [unit for unit in units if unit.code.endswith("000") and _waiting(unit.own)]
    return Unlocated(
        **{name: sum(getattr(desk.own, name) for desk in desks) for name in WAITING},
        desks=sorted(desks, key=lambda desk: (-_waiting(desk.own), desk.code)),
    )


def _waiting(counts: Counts) -> int:
    return sum(getattr(counts, name) for name in WAITING)


@get("/units", summary="Units with their counts 单元列表", responses=documented(400, 404))
async def units(
    context: Given,
    level: OfLevel = None,
    parent: Code = None,
    q: Search = None,
    tree: Tree = "code",
    sort: BySort[UnitSort] = "code",
    page: Page = 1,
    size: Size = 50,
) -> UnitPage:
    """Units of a level and, with `parent`, below one unit; without `level` those right below it.

    With `q` those whose name holds it or whose code begins with it, however deep.
    """
    chosen = context.tree(tree)
    if parent is not None and parent not in chosen:
        raise UnknownError(_no_unit(parent))
    codes = chosen.select(level, parent) if q is None else chosen.search(q, level, parent)
    async with context.reading() as connection:
        found = chosen.units(await context.own_counts(connection), codes)
    found.sort(key=lambda unit: _sort_value(unit, sort.removeprefix("-")), reverse=sort[0] == "-")
    start = (page - 1) * size
    return UnitPage(items=found[start : start + size], total=len(found), page=page, size=size)


def _no_unit(code: str) -> Said:
    return Said(
        f"本市没有代码为 {code} 的单元:见 /api/units。",
        f"No unit of this city has the code {code}: see /api/units.",
    )


def _sort_value(unit: Unit, field: str) -> str | int:
    value: str | int = getattr(unit if field in {"code", "name"} else unit.counts, field)
    return value


@get("/units/{code:str}", summary="One unit 单元详情", responses=documented(400, 404))
async def unit(context: Given, code: FromPath[str], tree: Tree = "code") -> UnitDetail:
    """Its counts, what its sources brought, and its tasks by state."""
    chosen = context.tree(tree)
    if code not in chosen:
        raise UnknownError(_no_unit(code))
    async with context.reading() as connection:
        own = await context.own_counts(connection)
        states = await reads.task_states(connection, context.at_or_below(tables.tasks, code, tree))
        sources = await _source_counts(context, connection, code, tree)
        moving = await _in_transit(context, connection, code, tree)
    return UnitDetail(
        unit=chosen.units(own, [code])[0],
        path=[chosen.name(above) for above in chosen.path(code)],
        below=len(chosen.children(code)),
        sources=sources,
        task_states=states,
        in_transit=moving,
    )


async def _source_counts(
    context: Context, connection: AsyncConnection, code: str, tree: TreeName
) -> list[SourceCount]:
    where = context.at_or_below(tables.summaries, code, tree)
    statement = select(tables.summaries.c.sources).where(where)
    sums: dict[str, tuple[int, int]] = {}
    for row in await reads.rows(connection, statement):
        for stated in row["sources"]:
            events, last_at = sums.get(stated["source"], (0, 0))
            sums[stated["source"]] = events + stated["events"], max(last_at, stated["last_at"])
    return [_source_count(name, *sums[name]) for name in sorted(sums)]


def _source_count(source: str, events: int, last_at: int) -> SourceCount:
    title = source_title(source)
    return SourceCount(source=source, zh=title.zh, en=title.en, events=events, last_at=last_at)


@get("/map", summary="GeoJSON of the districts 地图")
async def borders(context: Given) -> GeoMap:
    """For drawing; properties: code, name, cp (label point)."""
    return context.borders


ROUTER = Router("/", route_handlers=[city, units, unit, borders], tags=["units"])
