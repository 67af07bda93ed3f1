"""What a database's errors mean for whoever reads it: try again, or call a person.

Their texts are never told: they quote rows, and may quote how the database was called. What is
told is the kind of error and PostgreSQL's code for it (SQLSTATE).
"""

import sqlite3
from collections.abc import Collection, Iterator

from asyncpg.exceptions import ClientConfigurationError, InterfaceError, PostgresError
from sqlalchemy.exc import SQLAlchemyError

from adapters.kit.errors import AdapterError, Finding, HaltError, RetryError

URL_SETTING = "SHEQU_HOUSEHOLD_REGISTRATION__URL"
TABLE_SETTING = "SHEQU_HOUSEHOLD_REGISTRATION__TABLE"

TROUBLES = (
    SQLAlchemyError, PostgresError, InterfaceError, sqlite3.Error, OSError, TimeoutError,
    UnicodeDecodeError,
)  # fmt: skip
"""What a driver may raise; SQLAlchemy wraps most of it, but not while it connects."""

REFUSED = {
    "28": f"The user or the password is refused. Correct {URL_SETTING} and restart.",
    "3D": f"There is no such database there. Correct {URL_SETTING} and restart.",
    "42501": "The hub's user may not read the table. Let it (GRANT SELECT), then restart.",
}
"""By the beginning of the SQLSTATE: what only a person can mend."""

NO_TEXT = "22"
"""SQLSTATEs of values that cannot be given as asked: characters that UTF-8 lacks, and the like."""


class UnreadableError(Exception):
    """Some value cannot be given as text: ask for less at a time."""


def explained(error: BaseException, place: str) -> AdapterError | UnreadableError:
    """What to raise instead of a driver's error."""
    state = _state(error)
    if isinstance(error, ClientConfigurationError):
        return _refused(place, f"The driver cannot use it so. Correct {URL_SETTING} and restart.")
    if state.startswith(NO_TEXT) or isinstance(error, UnicodeDecodeError):
        return UnreadableError(state)
    for beginning, advice in REFUSED.items():
        if state.startswith(beginning):
            return _refused(place, advice)
    kind = f"{type(_innermost(error)).__name__} {state}".strip()
    advice = f"The database gives nothing usable now ({kind}). Trying again."
    return RetryError(Finding(rule="source.away", place=place, advice=advice))


def no_such(place: str, lacking: Collection[str] | None) -> HaltError:
    """The table lacks columns; or, with None, there is no such table."""
    if lacking is None:
        advice = (
            "There is no such table, or the hub's user may not see it. Correct "
            f"{TABLE_SETTING}, or have the table made, then restart."
        )
        return HaltError(Finding(rule="source.columns", place=place, advice=advice))
    names = ", ".join(lacking)
    advice = (
        f"The table has no columns {names}: were they renamed? Have them put back, or a view made "
        f"that has them (its name is {TABLE_SETTING}), then restart."
    )
    return HaltError(Finding(rule="source.columns", place=place, field=names, advice=advice))


def no_keys(place: str) -> HaltError:
    """The numbers by which rows are found cannot be read, so no page follows another."""
    advice = (
        "The database cannot give the numbers (人员编号) of some rows as UTF-8 text. Have them "
        "mended, or a view made without those rows, then restart."
    )
    return HaltError(Finding(rule="source.columns", place=place, advice=advice))


def _refused(place: str, advice: str) -> HaltError:
    return HaltError(Finding(rule="source.refuses", place=place, advice=advice))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = getattr(seen, "orig", None) or seen.__cause__


def _state(error: BaseException) -> str:
    """SQLSTATE, where one is known."""
    found = (getattr(one, "sqlstate", None) for one in _chain(error))
    return next((str(state) for state in found if state), "")


def _innermost(error: BaseException) -> BaseException:
    *_, last = _chain(error)
    return last
