"""A worker that may open too few files says so before it starts."""

import resource
import subprocess
import sys

import pytest

from streams.descriptors import LEAST

ASKS = """
import resource
from streams.descriptors import require_descriptors
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(require_descriptors(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def _asked(soft: int, hard: int) -> tuple[int, str]:
    """In a process of its own: a limit that was lowered is never raised again."""
    asked = subprocess.run(
        [sys.executable, "-c", ASKS.format(soft=soft, hard=hard)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return asked.returncode, asked.stdout + asked.stderr


def test_a_low_limit_is_raised_as_far_as_it_may() -> None:
    """Many systems give 1,024 and allow more."""
    assert _asked(64, 400) == (0, "400 400\n")


@pytest.mark.parametrize("hard", [12, LEAST - 1])
def test_one_that_may_not_be_raised_is_named(hard: int) -> None:
    """It says which limit, how many are needed, and where it is set."""
    code, said = _asked(12, hard)
    assert code == 1
    assert f"may have {hard} files and connections open, a worker needs {LEAST}" in said
    assert "ulimit -n" in said


def test_this_process_has_enough() -> None:
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= LEAST
