"""Pages of the project, and what stands in their tables."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

MADE = {"node_modules", "build", "dist", "var", "static"}
ROOT = Path(__file__).parents[3]
TableRows = dict[str, list[str]]


def _written(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in MADE and not path.name.startswith("."):
                yield from _written(path)
        elif path.suffix == ".md":
            yield path


@pytest.fixture(scope="session")
def root() -> Path:
    """Top of the tree."""
    return ROOT


@pytest.fixture(scope="session")
def pages() -> dict[Path, str]:
    """Text of every Markdown page that somebody wrote, by path."""
    return {path: path.read_text("utf-8") for path in _written(ROOT)}


@pytest.fixture(scope="session")
def operator_page() -> str:
    """Text of docs/operator.md."""
    return (ROOT / "docs" / "operator.md").read_text("utf-8")


@pytest.fixture(scope="session")
def rows_of() -> Callable[[str, str], TableRows]:
    """Rows of the tables of one section, by each code in their first cell; the cells after it."""
    return _rows_of


def _rows_of(page: str, heading: str) -> TableRows:
    marks = re.match("#+", heading)
    assert marks is not None
    _, begins, rest = page.partition(f"\n{heading}\n")
    assert begins, f"no section {heading!r}"
    section = re.split(rf"\n#{{1,{len(marks[0])}}} ", rest)[0]
    found: TableRows = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|"):
            for name in re.findall(r"`([^`]+)`", cells[0]):
                assert name not in found, f"{heading}: {name} has two rows"
                found[name] = cells[1:]
    return found
