"""docs/lane.md: its example runs, each test that it names is there, each invariant has its row."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    """Its text."""
    return (root / "docs" / "lane.md").read_text("utf-8")


def _section(page: str, heading: str) -> str:
    _, begins, rest = page.partition(f"\n## {heading}\n")
    assert begins, heading
    return rest.partition("\n## ")[0]


def _names(path: Path) -> set[str]:
    """Names of the tests of a module."""
    found = ast.walk(ast.parse(path.read_text("utf-8")))
    return {n.name for n in found if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_the_room_names_all_that_is_there_and_nothing_that_is_not(page: str, root: Path) -> None:
    """A module that was moved, or a new room, is shown where it is."""
    lane = root / "streams" / "lane"
    cells = [line.split("|")[1] for line in _section(page, "The room").splitlines() if "|" in line]
    named = {name.rstrip("/") for cell in cells[1:] for name in re.findall(r"`([^`]+)`", cell)}
    assert [name for name in sorted(named) if not (lane / name).exists()] == []
    rooms = {path.parent.name for path in lane.glob("*/__init__.py")}
    assert rooms <= named


def test_its_example_is_a_whole_module_of_tests_that_pass(
    page: str, root: Path, tmp_path: Path
) -> None:
    """As a reader would run it: copied into a file, nothing added."""
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "test_shop.py").write_text(example, "utf-8")
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_shop.py"],
        env={**os.environ, "PYTHONPATH": str(root)}, cwd=tmp_path,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout[-3000:]
    assert "2 passed" in answer.stdout


def test_every_test_that_it_names_is_there(page: str, root: Path) -> None:
    """A fault whose test is gone is a claim that nobody holds."""
    named = [
        (words.strip("`"), (root / "docs" / target).resolve())
        for words, target in LINK.findall(_section(page, "Faults of stock Faust and aiokafka"))
        if words.startswith("`test_")
    ]
    assert len(named) >= 15
    assert [name for name, path in named if name not in _names(path)] == []


def test_every_fault_that_is_shown_has_its_row(page: str, root: Path) -> None:
    """What the tests show of the locked versions, the page tells."""
    section = _section(page, "Faults of stock Faust and aiokafka")
    shown = {
        name
        for folder in ("unit", "integration")
        for path in (root / "tests" / folder / "streams").glob("test_upstream_*.py")
        for name in _names(path)
        if name.startswith("test_") and not name.startswith("test_the_lane_")
    }
    assert {name for name in shown if f"`{name}`" not in section} == set()


def test_every_thread_upstream_is_named_where_its_test_is(page: str, root: Path) -> None:
    """A number stands on the page and in the words of a test, or in neither."""
    section = _section(page, "Faults of stock Faust and aiokafka")
    paths = (root / "tests").glob("*/streams/test_upstream_*.py")
    words = " ".join(path.read_text("utf-8") for path in paths)
    numbers = set(re.findall(r"(?:issues|pull)/(\d+)", section))
    assert len(numbers) >= 12
    assert {number for number in numbers if not re.search(rf"\b{number}\b", words)} == set()


def test_every_invariant_has_its_row_and_its_module(page: str, root: Path) -> None:
    """Ten of them, numbered as the modules are."""
    rows = re.findall(r"^\| (\d+) \| .+ \| \[(test_\d\d)\]\((.+)\) \|$", page, re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, 11))
    modules = {(root / "docs" / target).resolve() for _, _, target in rows}
    folder = root / "tests" / "unit" / "streams" / "invariants"
    assert modules == {path.resolve() for path in folder.glob("test_[0-9]*.py")}


def test_other_pages_lead_to_it(root: Path) -> None:
    """From the maintainers' page and from both first pages."""
    assert "(lane.md)" in (root / "docs" / "maintainer.md").read_text("utf-8")
    for name in ("README.md", "README.zh-CN.md"):
        assert "(docs/lane.md)" in (root / name).read_text("utf-8")
