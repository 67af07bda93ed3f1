"""Opens the read model: SQLite by default, PostgreSQL by one setting."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Executable, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

WRITER_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000")
READER_PRAGMAS = ("query_only=ON", "busy_timeout=10000")


def open_writer(url: str) -> AsyncEngine:
    """Engine of the projector; a SQLite transaction takes the write lock at its beginning."""
    if file := _sqlite_file(url):
        file.parent.mkdir(parents=True, exist_ok=True)
    return _open(url, WRITER_PRAGMAS, "BEGIN IMMEDIATE", isolation="READ COMMITTED")


def open_reader(url: str) -> AsyncEngine:
    """Engine of the dashboard; a transaction sees one moment of the read model."""
    return _open(url, READER_PRAGMAS, "BEGIN", isolation="REPEATABLE READ")


def _sqlite_file(url: str) -> Path | None:
    parsed = make_url(url)
    local = parsed.get_backend_name() == "sqlite" and parsed.database
    return Path(parsed.database) if local and parsed.database else None


def set_broken_aside(url: str, *, whole: bool) -> Path | None:
    """Rename a SQLite file that is none, or a damaged one; where it is now, None if all is well.

    `whole`: look at every page; otherwise only at what opening it takes.
    """
    file = _sqlite_file(url)
    if file is None or not file.exists() or _is_sound(file, whole=whole):
        return None
    aside = file.with_suffix(".broken")
    for ending in ("", "-wal", "-shm"):
        part = file.with_name(file.name + ending)
        if part.exists():
            part.replace(aside.with_name(aside.name + ending))
    return aside


def _is_sound(file: Path, *, whole: bool) -> bool:
    with closing(sqlite3.connect(file)) as connection:
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not whole:
                return True
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        except sqlite3.DatabaseError:
            return False


def _open(url: str, pragmas: tuple[str, ...], begin: str, *, isolation: str) -> AsyncEngine:
    """`isolation` is for databases other than SQLite, whose transactions see one moment anyway."""
    stated = {} if _sqlite_file(url) else {"isolation_level": isolation}
    engine = create_async_engine(
        url,
        json_serializer=_json_text,
        json_deserializer=msgspec.json.decode,
        hide_parameters=True,  # a log is no place for rows
        **stated,
    )
    if engine.dialect.name == "sqlite":
        _sqlite(engine, pragmas, begin)
    return engine


def _json_text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _sqlite(engine: AsyncEngine, pragmas: tuple[str, ...], begin: str) -> None:
    """Take transactions out of the driver's hands: it begins them too late, and none for DDL."""

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def upsert(dialect: str, table: Table) -> Executable:
    """An INSERT that replaces the row with the same key, for many rows at once."""
    keys = [column.name for column in table.primary_key]
    build = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = build(table)
    others = {c.name: statement.excluded[c.name] for c in table.c if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=others)
