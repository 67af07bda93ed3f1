"""Records in transit 在途: which half of a move was seen, and where the other one is due."""

import msgspec
from litestar import Router, get
from sqlalchemy import ColumnElement, Table

from dashboard.api.context import Given
from dashboard.api.filters import below
from dashboard.api.params import BySort, Code, Overdue, Page, Size, Tree
from dashboard.api.problems import documented
from dashboard.api.records import Transit, TransitPage
from dashboard.api.sorts import TransitSort
from dashboard.model import transits


@get("/transit", summary="Records in transit 在途", responses=documented(400))
async def transit(
    context: Given,
    code: Code = None,
    counterpart: Code = None,
    overdue: Overdue = None,
    tree: Tree = "code",
    sort: BySort[TransitSort] = "since",
    page: Page = 1,
    size: Size = 50,
) -> TransitPage:
    """Residents, permits, incidents and cases whose move was seen at one code only.

    `counterpart`: whose other half is due at that unit or below it.
    """

    def where(table: Table) -> list[ColumnElement[bool]]:
        late = [] if overdue is None else [table.c.transit_overdue.is_(overdue)]
        due = below(context, table, counterpart, tree, "transit_counterpart")
        return below(context, table, code, tree) + due + late

    async with context.reading() as connection:
        rows, total = await transits.page(connection, where, sort=sort, number=page, size=size)
    items = msgspec.convert(rows, list[Transit])
    return TransitPage(items=items, total=total, page=page, size=size)


ROUTER = Router("/", route_handlers=[transit], tags=["records"])
