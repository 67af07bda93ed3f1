"""Opens the front-end database for reading: two locks each keep the hub from writing there."""

from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import AdaptedConnection, DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

SLACK_SECONDS = 5.0
"""The database itself ends a statement that takes too long; a silent one is left after this."""


def open_engine(url: URL, timeout: float) -> AsyncEngine:
    """One connection, made when it is needed. `timeout` in seconds, for each statement."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, timeout)
    settings = {
        "application_name": "shequ",
        "default_transaction_read_only": "on",
        "statement_timeout": str(int(timeout * 1000)),
        "TimeZone": "Asia/Shanghai",
        "DateStyle": "ISO, YMD",
    }
    arguments = {
        "timeout": timeout,
        "command_timeout": timeout + SLACK_SECONDS,
        "server_settings": settings,
    }
    return _engine(url, arguments, execution_options={"postgresql_readonly": True})


def place_of(url: URL) -> str:
    """Where the database is, without user, password and options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    port = f":{url.port}" if url.port else ""
    return f"{url.host or 'localhost'}{port}/{url.database}"


def _engine(url: URL, arguments: dict[str, Any], **options: object) -> AsyncEngine:
    return create_async_engine(
        url,
        connect_args=arguments,
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,  # a log is no place for rows
        **options,
    )


def _sqlite(url: URL, timeout: float) -> AsyncEngine:
    """The file is opened to read, and not made where it is missing."""
    path = Path(url.database or "").absolute().as_uri()
    file = url.set(database=path, query={"mode": "ro", "uri": "true"})
    engine = _engine(file, {"timeout": timeout})

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: DBAPIConnection, _record: object) -> None:
        if isinstance(connection, AdaptedConnection):
            connection.driver_connection.text_factory = _tolerant
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    return engine


def _tolerant(written: bytes) -> str:
    """What is no UTF-8 becomes question marks of Unicode: one row must not hide the others."""
    return written.decode(errors="replace")
