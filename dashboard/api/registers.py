"""Residents and households: filtered, sorted, paged; pseudonyms only, nothing is unsealed."""

from litestar import Router, get

from dashboard.api.context import Given
from dashboard.api.filters import below, equal, with_status
from dashboard.api.params import (
    BySort,
    Code,
    HouseholdName,
    OfStatus,
    Page,
    ResidentStatus,
    Size,
    Tree,
)
from dashboard.api.problems import documented
from dashboard.api.register_shapes import HouseholdPage, HouseholdRow, Resident, ResidentPage
from dashboard.api.sorts import HouseholdSort, ResidentSort
from dashboard.model import reads
from dashboard.model.registers import households as household_table
from dashboard.model.registers import residents as resident_table


@get("/residents", summary="Residents 户籍人口", responses=documented(400))
async def residents(
    context: Given,
    code: Code = None,
    status: OfStatus[ResidentStatus | None] = None,
    household: HouseholdName = None,
    tree: Tree = "code",
    sort: BySort[ResidentSort] = "code",
    page: Page = 1,
    size: Size = 50,
) -> ResidentPage:
    """Nobody is named. Without `status` all but those that moved away (left)."""
    where = below(context, resident_table, code, tree) + with_status(resident_table, status)
    where += equal(resident_table, household=household)
    async with context.reading() as connection:
        items, total = await reads.page(
            connection, resident_table, Resident, where, sort=sort, number=page, size=size
        )
    return ResidentPage(items=items, total=total, page=page, size=size)


@get("/households", summary="Households 户", responses=documented(400))
async def households(
    context: Given,
    code: Code = None,
    household: HouseholdName = None,
    tree: Tree = "code",
    sort: BySort[HouseholdSort] = "code",
    page: Page = 1,
    size: Size = 50,
) -> HouseholdPage:
    """With at least one person registered at the code. One that is split stands at each code."""
    where = below(context, household_table, code, tree)
    where += equal(household_table, household=household)
    async with context.reading() as connection:
        items, total = await reads.page(
            connection, household_table, HouseholdRow, where, sort=sort, number=page, size=size
        )
    return HouseholdPage(items=items, total=total, page=page, size=size)


ROUTER = Router("/", route_handlers=[residents, households], tags=["records"])
