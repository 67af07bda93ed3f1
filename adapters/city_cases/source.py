"""Exports of the city-management system: files named 案件导出_<yyyymmdd>_<seq>.csv or .xlsx."""

import re

from adapters.city_cases.mapping import COLUMNS
from adapters.city_cases.settings import CityCasesSettings
from adapters.kit.adapter import Marks
from adapters.kit.files import FileSource
from adapters.kit.inbox import Inbox

NAMED_LIKE = "案件导出_<yyyymmdd>_<000001>.csv"
NAME = re.compile(r"案件导出_\d{8}_(?P<seq>\d{1,12})(?!\d)")
"""What follows the number does not count: a copy (副本) is the same export."""


def open_source(settings: CityCasesSettings, marks: Marks) -> FileSource:
    """Read the inbox from where the marks say."""
    inbox = Inbox(settings.inbox, name=NAME, settle=settings.settle_seconds, marks=marks)
    return FileSource(
        inbox,
        columns=COLUMNS,
        named_like=NAMED_LIKE,
        chunk=settings.chunk_rows,
        give_up=settings.give_up_seconds,
        poll=settings.poll_seconds,
    )
