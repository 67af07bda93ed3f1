"""A real PostgreSQL with the department's table, written as the department writes it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
from sqlalchemy.engine import URL

from adapters.household_registration import ADAPTER
from adapters.household_registration.client import COLUMNS, UPDATED
from adapters.kit.conformance import fixtures_of
from ops.simulator.postgres import HOST, OWNER, Postgres
from ops.simulator.postgres_place import User, data_folder, programs

RESIDENT = fixtures_of(ADAPTER)[0].row
START = datetime(2026, 11, 20, 8)  # noqa: DTZ001 - as the table holds it
PASSWORD = "gehe:im@/"  # noqa: S105 - of a server that lives as long as the tests
TIMES = {"变动时间": "timestamp(0)", UPDATED: "timestamp(3)"}
NAMES = ", ".join(f'"{column}"' for column in COLUMNS)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def server_in(folder: Path) -> Postgres:
    """A server of this machine's PostgreSQL, with its data below a folder."""
    found, user = programs(), User.current()
    assert found is not None, "install postgresql: make system-tests"
    assert user is not None
    folder.mkdir(exist_ok=True)
    return Postgres(found, user, data_folder(user, folder), folder / "log")


@dataclass(frozen=True)
class Register:
    """One database of a server; the department is its owner."""

    port: int
    name: str

    def url(self, user: str = OWNER, password: str = PASSWORD, name: str = "") -> str:
        """For the adapter."""
        made = URL.create("postgresql+asyncpg", user, password, HOST, self.port, name or self.name)
        return made.render_as_string(hide_password=False)

    @asynccontextmanager
    async def connected(self, **settings: str) -> AsyncIterator["asyncpg.Connection"]:
        """The department's own connection."""
        connection = await asyncpg.connect(
            host=HOST,
            port=self.port,
            user=OWNER,
            password=PASSWORD,
            database=self.name,
            server_settings=settings,
        )
        try:
            yield connection
        finally:
            await connection.close()

    async def run(self, *statements: str) -> None:
        """As the department, each in a transaction of its own."""
        async with self.connected() as connection:
            for statement in statements:
                await connection.execute(statement)

    async def value(self, query: str) -> object:
        async with self.connected() as connection:
            return await connection.fetchval(query)

    async def made(self, name: str, options: str = "") -> "Register":
        """A database beside this one."""
        await self.run(f'CREATE DATABASE "{name}" {options}')
        return replace(self, name=name)

    async def make_table(self, **types: str) -> None:
        """As the department has it; `types` are those of other columns than usual."""
        kinds = {**TIMES, **types}
        columns = ", ".join(f'"{name}" {kinds.get(name, "text")}' for name in COLUMNS)
        await self.run(
            f'CREATE TABLE "户籍人口" ({columns}, PRIMARY KEY ("人员编号"))',
            f'CREATE INDEX ON "户籍人口" ("{UPDATED}", "人员编号")',
        )

    async def put(self, number: str, updated: datetime | None = START, **changes: object) -> None:
        async with self.connected() as connection:
            await put(connection, number, updated, **changes)


async def put(
    connection: "asyncpg.Connection",
    number: str,
    updated: datetime | None = START,
    **changes: object,
) -> None:
    """Write a person's row, in the transaction that is open."""
    row: Mapping[str, object] = {
        **RESIDENT, "人员编号": number, "变动时间": START, UPDATED: updated, **changes,
    }  # fmt: skip
    marks = ", ".join(f"${place}" for place in range(1, len(COLUMNS) + 1))
    news = ", ".join(f'"{name}" = excluded."{name}"' for name in COLUMNS[1:])
    await connection.execute(
        f'INSERT INTO "户籍人口" ({NAMES}) VALUES ({marks}) '  # noqa: S608 - our names
        f'ON CONFLICT ("人员编号") DO UPDATE SET {news}',
        *(row[name] for name in COLUMNS),
    )


@dataclass
class Cutting:
    """A way to the server on which connections break after so many bytes of its answers."""

    port: int
    left: int = 1 << 40
    broken: int = 0

    @asynccontextmanager
    async def open(self, target: int) -> AsyncIterator["Cutting"]:
        """Listen, and pass everything on to a port of this machine."""
        server = await asyncio.start_server(lambda r, w: self._pass(target, r, w), HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _pass(
        self, target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, back = await asyncio.open_connection(HOST, target)
        asked = asyncio.create_task(self._copy(reader, back, counted=False))
        with contextlib.suppress(OSError):
            await self._copy(there, writer, counted=True)
        asked.cancel()
        for end in (writer, back):
            end.transport.abort()
        await asyncio.gather(asked, return_exceptions=True)

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool
    ) -> None:
        while data := await reader.read(1024):
            if counted:
                data, self.left = data[: self.left], self.left - len(data)
            writer.write(data)
            await writer.drain()
            if self.left <= 0:
                self.broken += 1
                return
