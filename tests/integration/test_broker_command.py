"""`shequ broker`, as an operator types it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from ops.broker import ports, running


def _shequ(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from ops.cli import main; main()", *words],
        env=os.environ | {"SHEQU_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


def test_detached_it_is_started_seen_refused_and_stopped(tmp_path: Path) -> None:
    """The whole life of a broker that goes on by itself."""
    port = ports.choose()
    try:
        started = _shequ(tmp_path, "broker", "start", "--detach", "--port", str(port))
        assert started.returncode == 0, started.stderr
        assert f"Kafka is ready at 127.0.0.1:{port}" in started.stdout

        seen = _shequ(tmp_path, "broker", "status")
        assert (seen.returncode, f"127.0.0.1:{port}" in seen.stdout) == (0, True)

        again = _shequ(tmp_path, "broker", "start")
        assert again.returncode == 1
        assert "a broker already runs on" in again.stderr
        assert "Traceback" not in again.stderr
    finally:
        stopped = _shequ(tmp_path, "broker", "stop")
    assert stopped.stdout.startswith("stopped process")
    assert _shequ(tmp_path, "broker", "status").returncode == 3


def test_in_the_foreground_an_interrupt_stops_it_in_order(tmp_path: Path) -> None:
    """Ctrl-C, and nothing is left."""
    command = "from ops.cli import main; main()"
    words = ["broker", "start", "--port", str(ports.choose())]
    with subprocess.Popen(
        [sys.executable, "-c", command, *words],
        env=os.environ | {"SHEQU_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as shell:
        assert shell.stdout is not None
        assert "Kafka is ready" in shell.stdout.readline()
        shell.send_signal(signal.SIGINT)
        assert shell.wait(timeout=30) == 0
        assert "stopped" in shell.stdout.read()
    assert running(tmp_path / "broker") is None
