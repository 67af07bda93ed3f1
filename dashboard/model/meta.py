"""What the read model knows about itself: which code, cluster and lineage filled it, and when."""

from hashlib import blake2b
from pathlib import Path
from typing import Self

import msgspec
from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dashboard.model import columns, registers, rows, tables
from dashboard.model.engine import upsert
from dashboard.said import Said
from schemas.catalogue import catalogue

MAPPING = (columns, registers, tables, rows)


class NotReadyError(Exception):
    """The read model is not there, or another version of the projector fills it."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.en)
        self.said = said


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """The one row set of `meta`.

    `generation` names one filling of the model and `state` how far it is: `rebuilding` until the
    projector has once seen the end of every topic, then `live`. `writer` fences projectors: the
    newest one's name stands here, any other ends. `seen_at` (ms): when the projector last read the
    ends of all topics; what was appended before is counted in them.
    """

    fingerprint: str
    cluster: str
    lineage: str
    generation: str
    writer: str
    state: str
    seen_at: int
    built_at: int
    error: str = ""

    @classmethod
    async def read(cls, connection: AsyncConnection, *, lock: bool = False) -> Self | None:
        """None where nothing that this code can read is there. `lock`: until the transaction ends.

        Where the database locks rows; SQLite's writer has locked it all.
        """
        if not await connection.run_sync(lambda c: inspect(c).has_table(tables.meta.name)):
            return None
        statement = select(tables.meta)
        found = await connection.execute(statement.with_for_update() if lock else statement)
        values = {row.name: row.value for row in found}
        try:
            return msgspec.convert(values, cls, strict=False)
        except msgspec.ValidationError:
            return None

    async def write(self, connection: AsyncConnection) -> None:
        values = msgspec.to_builtins(self)
        stored = [{"name": name, "value": str(value)} for name, value in values.items()]
        await connection.execute(upsert(connection.dialect.name, tables.meta), stored)


def fingerprint() -> str:
    """Changes with the tables, with the way from record to row, and with the records' schemas."""
    digest = blake2b(digest_size=8)
    for module in MAPPING:
        digest.update(Path(str(module.__file__)).read_bytes())
    known = catalogue()
    for topic in rows.PROJECTIONS:
        digest.update(msgspec.json.encode(known.definition(known.topics[topic].schema)))
    return digest.hexdigest()
