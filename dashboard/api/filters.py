"""From query parameters to conditions; every value is bound, none becomes SQL."""

from sqlalchemy import Table

from dashboard.api.context import Context
from dashboard.api.params import TreeName
from dashboard.model.reads import Where


def below(
    context: Context, table: Table, code: str | None, tree: TreeName, name: str = "code"
) -> Where:
    """Rows of a unit and all below it; all without a code. `name`: the column that holds it."""
    return [] if code is None else [context.at_or_below(table, code, tree, name)]


def with_status(table: Table, status: str | None) -> Where:
    """One status, or all; without one all but those that moved away."""
    if status == "all":
        return []
    return [table.c.status != "left" if status is None else table.c.status == status]


def equal(table: Table, **given: str | bool | None) -> Where:
    """Columns that have the given values, as far as any is given."""
    return [table.c[name] == value for name, value in given.items() if value is not None]
