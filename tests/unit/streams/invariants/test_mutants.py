"""The tests of the invariants can fail: without an invariant, one of its tests does."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mutants import MUTANTS, Mutant

ROOT = Path(__file__).parents[4]
HERE = Path(__file__).parent
ROOMS = ("schemas", "streams", "adapters", "dashboard", "ops")
PARTS = ("tests/conftest.py", "tests/support", "tests/unit/streams/conftest.py", "pyproject.toml")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code and these tests, somewhere else: a mutant never lives in the checkout."""
    root = tmp_path_factory.mktemp("mutants")
    leave = shutil.ignore_patterns("__pycache__", "node_modules", "web", "static", "simulator")
    for part in (*ROOMS, *PARTS, str(HERE.relative_to(ROOT))):
        source, target = ROOT / part, root / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=leave)
        else:
            shutil.copy(source, target)
    return root


def _tests(root: Path, numbered: str) -> subprocess.CompletedProcess[str]:
    tests = map(str, sorted((root / HERE.relative_to(ROOT)).glob(f"test_{numbered}_*.py")))
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=root, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.long
def test_with_every_invariant_the_tests_pass(copy: Path) -> None:
    """In the copy, too: what fails below fails because of the mutant."""
    answer = _tests(copy, "[0-9]*")
    assert answer.returncode == 0, answer.stdout[-3000:]


@pytest.mark.long
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_without_it_one_of_them_fails(copy: Path, mutant: Mutant) -> None:
    """One that survives is an invariant that no test holds."""
    with mutant.living(copy):
        answer = _tests(copy, f"{mutant.invariant:02}")
    assert answer.returncode == 1, f"{mutant.name} survived:\n{answer.stdout[-3000:]}"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_each_mutant_finds_what_it_changes(mutant: Mutant) -> None:
    """Whoever changes that line says here what is the same without the invariant now."""
    assert mutant.find(ROOT).exists()


def test_every_invariant_has_mutants() -> None:
    """Ten invariants, each with a module of tests."""
    numbered = {int(path.name[5:7]) for path in HERE.glob("test_[0-9][0-9]_*.py")}
    assert {mutant.invariant for mutant in MUTANTS} == numbered
