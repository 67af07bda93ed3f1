"""The department's front-end database 前置库: table 户籍人口, one row per person as it stands now.

Each commit notes its number in the same transaction, so that a city killed at any moment and made
again neither repeats a commit nor leaves one out.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ops.simulator.incidents import Clock
from ops.simulator.population import Population
from ops.simulator.registrations import CANCELLED, Batch, Entry, Household, Resident
from ops.simulator.settings import CHINA

NUMBER, CHANGED, UPDATED = "人员编号", "变动时间", "更新时间"
TABLE = "户籍人口"
PORTION = 2_000  # households that are loaded in one transaction


def _time(precision: int) -> sa.types.TypeEngine[datetime]:
    """A time of China without an offset."""
    return sa.DateTime().with_variant(TIMESTAMP(precision=precision), "postgresql")


_kept = sa.MetaData()
PEOPLE = sa.Table(
    TABLE,
    _kept,
    sa.Column(NUMBER, sa.Text, primary_key=True),
    sa.Column("公民身份号码", sa.Text, nullable=False),
    sa.Column("姓名", sa.Text, nullable=False),
    sa.Column("性别", sa.Text, nullable=False),
    sa.Column("出生日期", sa.Text, nullable=False),
    sa.Column("户号", sa.Text, nullable=False),
    sa.Column("与户主关系", sa.Text, nullable=False),
    sa.Column("户籍社区代码", sa.Text, nullable=False),
    sa.Column("住址", sa.Text, nullable=False),
    sa.Column("联系电话", sa.Text, nullable=False),
    sa.Column("变动类别", sa.Text, nullable=False),
    sa.Column(CHANGED, _time(0)),
    sa.Column("注销原因", sa.Text, nullable=False),
    sa.Column(UPDATED, _time(3), nullable=False),
    sa.Index("更新次序", UPDATED, NUMBER),
)
PROGRESS = sa.Table(
    "simulator_progress",
    _kept,
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
)
LOADED, COMMITTED = "loaded", "committed"


class FrontEnd:
    """The table, and who writes it."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._committed = 0

    async def load(self, population: Population) -> None:
        """Make the table, and put everybody there who is registered before the first day.

        An earlier run may have done some of it, or all.
        """
        async with self._engine.begin() as connection:
            await connection.run_sync(_kept.create_all)
            loaded = await _noted(connection, LOADED)
            self._committed = await _noted(connection, COMMITTED)
        households = population.loaded(loaded)
        while portion := list(islice(households, PORTION)):
            loaded += len(portion)
            async with self._engine.begin() as connection:
                if rows := list(self._rows(portion)):
                    await connection.execute(PEOPLE.insert(), rows)
                await _note(connection, LOADED, loaded)

    async def commit(self, batch: Batch) -> None:
        """Commit the versions, unless an earlier run has."""
        if batch.number <= self._committed:
            return
        async with self._engine.begin() as connection:
            for resident, entry in batch.entries:
                await connection.execute(self._change(resident, entry))
            await _note(connection, COMMITTED, batch.number)
        self._committed = batch.number

    def _change(self, resident: Resident, entry: Entry) -> sa.Executable:
        here = PEOPLE.c[NUMBER] == resident.record_id
        if entry.gone:
            return PEOPLE.delete().where(here)
        written = row(resident, entry, self._clock)
        if entry is resident.entries[0]:
            return PEOPLE.insert().values(written)
        return PEOPLE.update().where(here).values(written)

    def _rows(self, households: Iterable[Household]) -> Iterator[dict[str, object]]:
        for household in households:
            if household.system == "household":
                for member in household.members:
                    yield row(member, member.entries[0], self._clock)


def row(resident: Resident, entry: Entry, clock: Clock) -> dict[str, object]:
    """A row of the table; a bad one if the version has a fault."""
    written: dict[str, object] = {
        NUMBER: resident.record_id,
        "公民身份号码": entry.resident_id,
        "姓名": resident.name,
        "性别": resident.sex,
        "出生日期": resident.born.isoformat(),
        "户号": entry.household,
        "与户主关系": entry.relation,
        "户籍社区代码": entry.placing.stated,
        "住址": entry.placing.address,
        "联系电话": entry.phone,
        "变动类别": entry.change,
        CHANGED: china(clock(entry.changed_at) // 1000 * 1000),
        "注销原因": CANCELLED.get(entry.change, ""),
        UPDATED: china(clock(entry.stamp)),
    }
    if entry.fault is not None:
        empty = entry.fault.field == CHANGED
        written[entry.fault.field] = None if empty else entry.fault.value
    return written


def china(at: int) -> datetime:
    """A time in ms UTC as the time of China, without an offset."""
    moment = datetime.fromtimestamp(at // 1000, UTC).astimezone(CHINA).replace(tzinfo=None)
    return moment.replace(microsecond=at % 1000 * 1000)


async def _noted(connection: AsyncConnection, what: str) -> int:
    found = await connection.scalar(sa.select(PROGRESS.c.number).where(PROGRESS.c.what == what))
    return int(found or 0)


async def _note(connection: AsyncConnection, what: str, number: int) -> None:
    here = PROGRESS.c.what == what
    noted = await connection.execute(PROGRESS.update().where(here).values(number=number))
    if not noted.rowcount:
        await connection.execute(PROGRESS.insert().values(what=what, number=number))
