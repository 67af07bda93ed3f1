"""Files of rows, as departments write them."""

import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from adapters.kit.tables import NotWholeError, open_table

HEADER = "案件编号,地址\r\n"


def written(folder: Path, content: bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_either_encoding(tmp_path: Path, encoding: str) -> None:
    text = HEADER + '1,"滨湖花园, 3栋"\r\n2,江城小区\r\n'
    table = open_table(written(tmp_path, text.encode(encoding)))
    assert table.header == ("案件编号", "地址")
    assert [(line.number, line.cells) for line in table.lines] == [
        (2, {"案件编号": "1", "地址": "滨湖花园, 3栋"}),
        (3, {"案件编号": "2", "地址": "江城小区"}),
    ]


def test_xlsx_is_read_as_text(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["案件编号", "地址", "经度"])  # type: ignore[union-attr]
    book.active.append([20261120, " 滨湖花园 ", 114.5])  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    (line,) = open_table(tmp_path / "a.xlsx").lines
    assert line.cells == {"案件编号": "20261120", "地址": "滨湖花园", "经度": "114.5"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        (HEADER + "1,滨湖").encode(),
        (HEADER + "1,滨湖花园\r\n").encode("utf-8-sig")[:-4] + b"\n",
        (HEADER + '1,"滨湖花园\r\n').encode(),
        (HEADER + "1,\0\0\0\0\r\n").encode(),
        b"\xff\xff\xff\n",
    ],
    ids=["empty", "no line break", "cut character", "open quote", "hole", "no encoding"],
)
def test_a_file_that_is_cut_is_not_whole(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NotWholeError):
        list(open_table(written(tmp_path, content)).lines)


@pytest.mark.parametrize("before", ["", HEADER], ids=["header", "row"])
def test_a_line_without_end_is_not_taken_into_memory(tmp_path: Path, before: str) -> None:
    cells = ",".join(["x" * 99_999] * 11)
    path = written(tmp_path, f"{before}{cells}\n".encode())
    with pytest.raises(NotWholeError, match="more than 1000000 characters"):
        list(open_table(path).lines)


def test_half_a_spreadsheet_is_not_whole(tmp_path: Path) -> None:
    Workbook().save(tmp_path / "whole.xlsx")
    half = (tmp_path / "whole.xlsx").read_bytes()[:1000]
    with pytest.raises(NotWholeError, match="spreadsheet"):
        open_table(written(tmp_path, half, "a.xlsx"))


def test_a_line_of_another_width_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    text = HEADER + "1,滨湖,花园\r\n\r\n3,江城\r\n"
    lines = list(open_table(written(tmp_path, text.encode())).lines)
    assert [(line.number, bool(line.fault)) for line in lines] == [(2, True), (4, False)]
    assert lines[0].fault == "it has 3 cells under 2 columns"


def test_a_small_spreadsheet_that_names_a_huge_one_is_not_opened(tmp_path: Path) -> None:
    """One cell in the last corner would have the reader make 17 thousand million of them."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["案件编号"])
    sheet["XFD1048576"] = "x"
    book.save(tmp_path / "corner.xlsx")
    with pytest.raises(NotWholeError, match="1048576 rows and 16384 columns"):
        open_table(tmp_path / "corner.xlsx")


def test_a_spreadsheet_that_unpacks_without_end_is_not_opened(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as book,
        book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet,
    ):
        for _ in range(301):
            sheet.write(bytes(1024 * 1024))
    with pytest.raises(NotWholeError, match="unpacks to more than 300 MiB"):
        open_table(tmp_path / "bomb.xlsx")
