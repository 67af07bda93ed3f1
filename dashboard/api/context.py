"""What every path needs: settings, the read model, the gazetteer, the time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
from litestar.di import NamedDependency
from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dashboard.api.name_shapes import GeoFeature, GeoMap
from dashboard.api.params import TreeName
from dashboard.api.problems import WrongValueError
from dashboard.api.shapes import Counts
from dashboard.model import reads, tables
from dashboard.model.feed import Feed
from dashboard.model.meta import Meta, NotReadyError, fingerprint
from dashboard.model.store import now_ms
from dashboard.said import Said
from dashboard.settings import Settings
from dashboard.tree import Tree, counts_of
from schemas.gazetteer import Gazetteer

NO_MODEL = Said(
    "还没有可供查询的数据:请先启动 `shequ projector`。",
    "There is no read model yet: start `shequ projector`.",
)
OTHER_MODEL = Said(
    "数据由另一版本写入:请用同一版本重新启动 `shequ projector` 和 `shequ dashboard`,"
    "随后会自动重建。",
    "The read model was filled by another version: restart `shequ projector` and `shequ dashboard` "
    "from the same one; the projector then rebuilds it.",
)
NO_UNIT = Said(
    "本市没有这个代码的单元:见 /api/units。",
    "No unit of this city has that code: see /api/units.",
)

CHINA = timezone(timedelta(hours=8))


class Context:
    """One per process; holds nothing that a request changes."""

    def __init__(self, settings: Settings, engine: AsyncEngine) -> None:
        self.settings = settings
        self.gazetteer = Gazetteer.load(settings.city)
        self._engine = engine
        self._fingerprint = fingerprint()
        self._by_code = Tree.by_code(self.gazetteer)
        self.feed = Feed(self.model)
        self.borders = borders(self.gazetteer)
        self.silent_after_ms = int(settings.silent_after_seconds * 1000)
        self.dead_after_ms = int(settings.dead_after_seconds * 1000)

    @asynccontextmanager
    async def model(self) -> AsyncIterator[tuple[AsyncConnection, Meta]]:
        """The read model at one moment. Raises NotReadyError where it cannot be used."""
        async with self._engine.begin() as connection:
            meta = await Meta.read(connection)
            if meta is None:
                raise NotReadyError(NO_MODEL)
            if meta.fingerprint != self._fingerprint:
                raise NotReadyError(OTHER_MODEL)
            yield connection, meta

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Like `model`, for those who do not ask where it comes from."""
        async with self.model() as (connection, _):
            yield connection

    def now(self) -> int:
        """Ms since 1970 UTC."""
        return now_ms()

    def tree(self, name: TreeName) -> Tree:
        """`code` or `management`, the latter as of today in China."""
        if name == "code":
            return self._by_code
        today = datetime.fromtimestamp(self.now() / 1000, UTC).astimezone(CHINA).date()
        return Tree.by_management(self.gazetteer, today)

    def at_or_below(
        self, table: Table, code: str, tree: TreeName, name: str = "code"
    ) -> ColumnElement[bool]:
        """Rows of a unit and all below it. Raises WrongValueError for a code of no unit.

        `name`: the column that holds the code.
        """
        if code not in self._by_code:
            raise WrongValueError(name.removeprefix("transit_"), code, [], NO_UNIT)
        column = table.c[name]
        if tree == "code":
            return reads.at_or_below(column, code)
        return column.in_(self.tree(tree).below(code))

    async def own_counts(self, connection: AsyncConnection) -> dict[str, Counts]:
        """What is filed under each code itself."""
        found = await reads.rows(connection, select(tables.summaries))
        return {row["code"]: counts_of(row) for row in found}


Given = NamedDependency[Context]
"""How a path asks for it."""


def borders(gazetteer: Gazetteer) -> GeoMap:
    """The districts' borders under our 12-digit codes; label points are kept."""
    stated = msgspec.json.decode(gazetteer.borders)
    return GeoMap(
        type="FeatureCollection", features=[_feature(found) for found in stated["features"]]
    )


def _feature(stated: dict[str, Any]) -> GeoFeature:
    code = str(stated["id"]).ljust(12, "0")
    kept = {name: stated["properties"][name] for name in ("name", "cp")}
    return GeoFeature(
        type="Feature",
        id=code,
        properties={"code": code, **kept},
        geometry=stated["geometry"],
    )
