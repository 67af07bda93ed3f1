"""The log: one form for all lines, also those of libraries, and no colours in a file."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from ops import logs

SPEAKS = """
import logging, sys
import structlog
from ops import logs

logs.configure(sys.argv[1])
structlog.get_logger().info("rebalanced", partitions=[0, 1])
structlog.get_logger().debug("partition kept", partition=0)
logging.getLogger("aiokafka.group").warning("heartbeat %s", "failed")
logging.getLogger("aiokafka.group").info("joined")
for node in [0, 1] * 500:
    logging.getLogger("aiokafka").error("cannot reach node %s", node)
logging.getLogger("aiokafka").error("cannot reach the group")
try:
    raise ValueError("disk full")
except ValueError:
    logging.getLogger("faust").exception("while stopping")
"""


def spoken(form: str) -> list[str]:
    """What comes out of standard error, which is no terminal."""
    done = subprocess.run(
        [sys.executable, "-c", SPEAKS, form],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    return done.stderr.splitlines()


@pytest.mark.parametrize("form", ["json", "auto"])
def test_in_json_each_line_is_json_also_a_library_s_and_its_traceback(form: str) -> None:
    """A collector of logs drops what it cannot read: it would be the errors."""
    told = [json.loads(line) for line in spoken(form)]
    assert [(line["event"], line["level"]) for line in told] == [
        ("rebalanced", "info"),
        ("heartbeat failed", "warning"),
        ("cannot reach node 0", "error"),
        ("cannot reach node 1", "error"),
        ("cannot reach the group", "error"),
        ("while stopping", "error"),
    ]
    assert told[1]["logger"] == "aiokafka.group"
    assert "ValueError: disk full" in told[-1]["exception"]
    assert all("timestamp" in line for line in told)


def test_what_a_library_says_again_and_again_is_told_once_in_ten_seconds() -> None:
    """Else ten hours without a broker fill a disk: a client says it 70 times a second."""
    seldom = logs.Seldom()
    said = [
        (second, name)
        for second in range(25)
        for name in ("down", "away")
        if seldom.filter(logging.makeLogRecord({"name": "k", "msg": name, "created": second}))
    ]
    assert said == [(second, name) for second in (0, 10, 20) for name in ("down", "away")]


def test_text_in_a_file_has_no_colours() -> None:
    """Whoever reads it with less or grep sees words."""
    told = spoken("text")
    assert "\x1b" not in "".join(told)
    assert any("[warning" in line and "heartbeat failed" in line for line in told)
