"""Times as departments write them -> ms since 1970 UTC."""

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from adapters.kit.errors import DeadLetterError, Finding

CHINA = timezone(timedelta(hours=8))
"""China time, UTC+8 the year round; a time without a zone is China's."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

EARLIEST = (datetime(1000, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
LATEST = (datetime(9999, 12, 31, 15, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)

ADVICE = "Write it as 2026-11-20 08:31:05, or as 2026-11-20T08:31:05.123+08:00; send the row again."


@lru_cache(maxsize=16_384)
def milliseconds(text: str) -> int | None:
    """The time in ms UTC; None where the text is no time."""
    try:
        time = datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        return None
    if time.tzinfo is None:
        time = time.replace(tzinfo=CHINA)
    return (time - EPOCH) // timedelta(milliseconds=1)


def required_time(text: str, field: str) -> int:
    """The time of a field that must be stated. Raises DeadLetterError where it is none."""
    time = milliseconds(text)
    if time is None:
        raise DeadLetterError(
            Finding(rule="time.unreadable", field=field, value=text[:40], advice=ADVICE)
        )
    return time


def optional_time(text: str, field: str) -> int | None:
    """The time of a field that may be empty. Raises DeadLetterError where it is stated wrongly."""
    return required_time(text, field) if text.strip() else None


def iso(at: int) -> str:
    """RFC 3339 in UTC, ms precision."""
    at = _writable(at)
    time = datetime.fromtimestamp(at // 1000, tz=UTC)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}Z"


def china(at: int) -> str:
    """ISO 8601 in China time, ms precision."""
    at = _writable(at)
    time = datetime.fromtimestamp(at // 1000, tz=CHINA)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}+08:00"


def _writable(at: int) -> int:
    """The nearest time that has a year of four digits in every zone.

    Systems write 0001-01-01 and 9999-12-31 where they know nothing.
    """
    return min(max(at, EARLIEST), LATEST)
