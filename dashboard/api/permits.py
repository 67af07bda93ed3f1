"""Applications for permits and other service items: filtered, sorted, paged."""

from litestar import Router, get

from dashboard.api.context import Given
from dashboard.api.filters import below, equal, with_status
from dashboard.api.params import (
    Act,
    BySort,
    CaseStatus,
    Channel,
    Code,
    Item,
    OfAct,
    OfStatus,
    Page,
    Refused,
    Size,
    Tree,
)
from dashboard.api.problems import documented
from dashboard.api.register_shapes import Permit, PermitPage
from dashboard.api.sorts import PermitSort
from dashboard.model import reads
from dashboard.model.reads import Where
from dashboard.model.registers import permits as table


@get("/permits", summary="Permits 政务服务事项", responses=documented(400))
async def permits(  # noqa: PLR0913, PLR0917 - each argument is a query parameter
    context: Given,
    code: Code = None,
    status: OfStatus[CaseStatus | None] = None,
    item: Item = None,
    channel: Channel = None,
    act: OfAct = None,
    refused: Refused = None,
    tree: Tree = "code",
    sort: BySort[PermitSort] = "-occurred_at",
    page: Page = 1,
    size: Size = 50,
) -> PermitPage:
    """Without `status` all but those that moved away (left)."""
    where = below(context, table, code, tree) + with_status(table, status) + _with_act(act)
    where += equal(table, item=item, channel=channel, refused=refused)
    async with context.reading() as connection:
        items, total = await reads.page(
            connection, table, Permit, where, sort=sort, number=page, size=size
        )
    return PermitPage(items=items, total=total, page=page, size=size)


def _with_act(act: Act | None) -> Where:
    if act in {"any", "none"}:
        return [table.c.act.is_not(None) if act == "any" else table.c.act.is_(None)]
    return equal(table, act=act)


ROUTER = Router("/", route_handlers=[permits], tags=["records"])
