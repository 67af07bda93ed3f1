"""Runs the front-end database: PostgreSQL where it is installed, SQLite where it is not."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ops.simulator.front_end import TABLE, FrontEnd
from ops.simulator.incidents import Clock
from ops.simulator.memory import SimulatorError, replace_file
from ops.simulator.population import Population
from ops.simulator.postgres import HOST, OWNER, Postgres
from ops.simulator.postgres_place import User, data_folder, programs

Sort = Literal["auto", "postgresql", "sqlite"]
READER = "hub"  # may read the table, and nothing else
SECRET = 0o600


@dataclass(frozen=True, slots=True)
class Open:
    """The department's own connections, and the URL that it gives to readers."""

    engine: AsyncEngine
    url: str


class HouseholdDatabase:
    """The database of one city, below `household/` of its folder."""

    def __init__(self, folder: Path, sort: Sort = "auto") -> None:
        self._folder, self._sort = folder / "household", sort
        self.url_file = self._folder / "database_url"

    @property
    def url(self) -> str:
        """For readers, as SQLAlchemy's async engines take it; of the last start."""
        return self.url_file.read_text("utf-8").strip()

    @asynccontextmanager
    async def front_end(
        self, population: Population, clock: Clock, port: int = 0
    ) -> AsyncIterator[FrontEnd]:
        """Run it while the block runs; everybody is in the table when the block begins."""
        async with self.opened(port) as opened:
            front_end = FrontEnd(opened.engine, clock)
            await front_end.load(population)
            await self._allow(opened.engine)
            replace_file(self.url_file, f"{opened.url}\n".encode(), SECRET)
            yield front_end

    @asynccontextmanager
    async def opened(self, port: int = 0) -> AsyncIterator[Open]:
        """Run it while the block runs. Raises SimulatorError if it cannot be run as asked."""
        self._folder.mkdir(parents=True, exist_ok=True)
        found = _postgresql() if self._sort != "sqlite" else None
        if found is None and self._sort == "postgresql":
            raise SimulatorError(
                "No PostgreSQL can be run here. Install it (`make system-tests`), "
                "run as another user than root if there is no user postgres or nobody, "
                "or let the simulator take SQLite."
            )
        run = self._sqlite() if found is None else self._postgres(*found, port)
        async with run as opened:
            yield opened

    async def _allow(self, engine: AsyncEngine) -> None:
        """Let readers read the table; SQLite knows no users."""
        if engine.dialect.name == "postgresql":
            async with engine.begin() as connection:
                await connection.execute(sa.text(f'GRANT SELECT ON "{TABLE}" TO {READER}'))

    @asynccontextmanager
    async def _postgres(self, where: Path, user: User, port: int) -> AsyncIterator[Open]:
        server = Postgres(
            where, user, data_folder(user, self._folder), self._folder / "postgres.log"
        )
        owner, reader = self._password("owner"), self._password("reader")
        async with server.running(owner, port) as bound:
            place = f"{HOST}:{bound}/postgres"
            engine = create_async_engine(f"postgresql+asyncpg://{OWNER}:{owner}@{place}")
            try:
                await _let_in(engine, reader)
                yield Open(engine, f"postgresql+asyncpg://{READER}:{reader}@{place}")
            finally:
                await engine.dispose()

    @asynccontextmanager
    async def _sqlite(self) -> AsyncIterator[Open]:
        path = self._folder / "register.sqlite"
        path.touch(mode=SECRET)
        url = f"sqlite+aiosqlite:///{path}"
        engine = create_async_engine(url, connect_args={"timeout": 30})
        try:
            async with engine.connect() as connection:
                await connection.execute(sa.text("PRAGMA journal_mode=WAL"))
            yield Open(engine, url)
        finally:
            await engine.dispose()

    def _password(self, whose: str) -> str:
        """Made once; the file is for its owner alone."""
        path = self._folder / f"password_of_{whose}"
        if not path.exists():
            replace_file(path, secrets.token_urlsafe(24).encode(), SECRET)
        return path.read_text("utf-8")


def _postgresql() -> tuple[Path, User] | None:
    where, user = programs(), User.current()
    return None if where is None or user is None or find_spec("asyncpg") is None else (where, user)


async def _let_in(engine: AsyncEngine, password: str) -> None:
    """The readers' login, with this password."""
    async with engine.begin() as connection:
        known = sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name")
        if await connection.scalar(known, {"name": READER}) is None:
            await connection.execute(sa.text(f"CREATE ROLE {READER} LOGIN"))
        await connection.execute(sa.text(f"ALTER ROLE {READER} PASSWORD '{password}'"))
