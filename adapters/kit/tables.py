"""Reads CSV (UTF-8 or GB18030) and XLSX files row by row, all cells as text."""

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from adapters.kit import spreadsheets

ENCODINGS = ("utf-8-sig", "gb18030")
PIECE = 1024 * 1024
LONGEST_LINE = 1_000_000
"""Characters: a file without line breaks would fill the memory."""


class NotWholeError(Exception):
    """The file is not all there, or not yet; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row by its number in the file (the header is row 1): cells, or what is wrong with it."""

    number: int
    cells: dict[str, str | None]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The header, and the lines below it; blank lines are left out."""

    header: tuple[str, ...]
    lines: Iterator[Line]


def open_table(path: Path, delimiter: str = ",") -> Table:
    """Open a file by its suffix; `delimiter` stands between the cells of one that is text.

    Raises NotWholeError where it is cut, OSError where it cannot be read.
    """
    rows = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path, delimiter)
    header = next(rows, None)
    if header is None or isinstance(header, str):
        raise NotWholeError("there is no header row")
    return Table(tuple(header), _lines(tuple(header), rows))


def _lines(header: tuple[str, ...], rows: Iterator[list[str] | str]) -> Iterator[Line]:
    for number, row in enumerate(rows, start=2):
        if isinstance(row, str):
            yield Line(number, {"": row}, "the line cannot be taken apart as CSV")
        elif not any(row):
            continue
        elif len(row) != len(header):
            whole = dict(enumerate(row))
            cells: dict[str, str | None] = {str(column): cell for column, cell in whole.items()}
            yield Line(number, cells, f"it has {len(row)} cells under {len(header)} columns")
        else:
            yield Line(number, dict(zip(header, row, strict=True)))


def _csv(path: Path, delimiter: str) -> Iterator[list[str] | str]:
    """Rows as lists of cells; a line that is no CSV comes as text."""
    taken: list[str] = []
    with path.open(encoding=encoding_of(path), newline="") as file:
        reader = csv.reader(_without_nul(file, taken), strict=True, delimiter=delimiter)
        while True:
            taken.clear()
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "unexpected end" in str(error):
                    raise NotWholeError("it ends within a quoted cell") from None
                yield "".join(taken)
            else:
                yield [cell.strip() for cell in row]


def _without_nul(file: io.TextIOWrapper, taken: list[str]) -> Iterator[str]:
    """Lines, noted in `taken`; a NUL is what a hole of a file being written reads as."""
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise NotWholeError(f"a line has more than {LONGEST_LINE} characters")
        if "\0" in line:
            raise NotWholeError("it has a hole of zero bytes")
        taken.append(line)
        yield line


def encoding_of(path: Path) -> str:
    """The encoding of a file of text; raises NotWholeError."""
    if not path.stat().st_size or not _ends_with_newline(path):
        raise NotWholeError("it does not end with a line break")
    possible = ENCODINGS[:1] if _begins(path, codecs.BOM_UTF8) else ENCODINGS
    for encoding in possible:
        if _decodes(path, encoding):
            return encoding
    raise NotWholeError(f"it cannot be decoded as {' or '.join(possible)}")


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, io.SEEK_END)
        return file.read(1) in {b"\n", b"\r"}


def _begins(path: Path, mark: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(mark)) == mark


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as file:
        try:
            while piece := file.read(PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _xlsx(path: Path) -> Iterator[list[str] | str]:
    try:
        if why := spreadsheets.excess(path):
            raise NotWholeError(f"{why}: more than an export has")
        with path.open("rb") as file, CalamineWorkbook.from_object(file) as book:
            rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, zipfile.BadZipFile, zlib.error, IndexError, EOFError) as error:
        raise NotWholeError(f"it does not open as a spreadsheet ({error})") from error
    return iter([[_cell(value) for value in row] for row in rows])


def _cell(value: object) -> str:
    """A cell as text: whole numbers without a point, times as 2026-11-20 08:31:05."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()
