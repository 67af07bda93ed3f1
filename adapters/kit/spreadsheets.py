"""How much a spreadsheet unpacks to, before it is unpacked: a small file may name a huge one."""

import re
import zipfile
from pathlib import Path
from typing import IO

UNPACKED_BYTES = 300 * 1024 * 1024
CELLS = 20_000_000
"""The reader makes a cell for each place of the rectangle that the outermost cells span."""

_PIECE = 1024 * 1024
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_LONGEST_PLACE = 16


def excess(path: Path) -> str:
    """What makes the spreadsheet too large to be read, or nothing.

    Raises zipfile.BadZipFile or EOFError where it is not whole, OSError where it cannot be read.
    """
    with zipfile.ZipFile(path) as book:
        if sum(part.file_size for part in book.infolist()) > UNPACKED_BYTES:
            return f"it unpacks to more than {UNPACKED_BYTES >> 20} MiB"
        for part in book.infolist():
            if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                with book.open(part) as sheet:
                    rows, columns = _span(sheet)
                if rows * columns > CELLS:
                    return f"its cells span {rows} rows and {columns} columns"
    return ""


def _span(sheet: IO[bytes]) -> tuple[int, int]:
    """Greatest row and column that a cell of the sheet names."""
    rows, columns, rest, taken = 0, 0, b"", 0
    while piece := sheet.read(_PIECE):
        taken += len(piece)
        if taken > UNPACKED_BYTES:
            return CELLS, CELLS  # it lied about its size
        text = rest + piece
        for letters, digits in _PLACE.findall(text):
            rows, columns = max(rows, int(digits)), max(columns, _number(letters))
        rest = text[-_LONGEST_PLACE:]
    return rows, columns


def _number(letters: bytes) -> int:
    """A is 1, XFD is 16384."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
