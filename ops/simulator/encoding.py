"""Case files as bytes: CSV in two encodings, and spreadsheets; the same rows, the same bytes."""

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from typing import Literal

from openpyxl import Workbook

Shape = Literal["utf-8-sig", "gb18030", "xlsx"]
SUFFIX: dict[Shape, str] = {"utf-8-sig": ".csv", "gb18030": ".csv", "xlsx": ".xlsx"}
MADE = (2020, 1, 1, 0, 0, 0)  # every spreadsheet says so: a real one tells when it was written
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def encode(shape: Shape, header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A whole file; a CSV ends in a line break."""
    return _xlsx(header, rows) if shape == "xlsx" else _csv(header, rows, shape)


def half(content: bytes) -> bytes:
    """What stands on disk while the file is being written: cut within a line."""
    cut = max(1, len(content) // 2)
    while cut > 1 and content[cut - 1 : cut] in {b"\n", b"\r"}:
        cut -= 1
    return content[:cut]


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]], encoding: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    return text.getvalue().encode(encoding)


def _xlsx(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("案件")
    for row in (header, *rows):
        sheet.append(list(row))
    made = io.BytesIO()
    book.save(made)
    return _undated(made)


def _undated(made: io.BytesIO) -> bytes:
    """The same archive without the time at which it was written."""
    packed = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(packed, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>2020-01-01T00:00:00Z", content)
            new.writestr(zipfile.ZipInfo(entry.filename, MADE), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
