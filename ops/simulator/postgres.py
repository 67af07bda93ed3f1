"""One real PostgreSQL on a loopback port, which ends with this process, however that ends."""

import asyncio
import ctypes
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from ops.simulator.memory import SimulatorError
from ops.simulator.postgres_place import User

HOST = "127.0.0.1"
OWNER = "registration"  # its superuser: the department
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "off",  # a killed process loses nothing; only a crash of the machine would
    "max_connections": "40",
    "shared_buffers": "32MB",
}
START_SECONDS, STOP_SECONDS = 30.0, 10.0
TRIES = 3  # a port that was free a moment ago may be taken when the server binds it
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
_READY = 7  # the line of postmaster.pid that says so


class Postgres:
    """A server whose data survive a kill, in a folder that belongs to its user alone."""

    def __init__(self, programs: Path, user: User, folder: Path, log: Path) -> None:
        self._programs, self._user = programs, user
        self._folder, self._data, self._log = folder, folder / "data", log
        self._server: subprocess.Popen[bytes] | None = None

    @asynccontextmanager
    async def running(self, password: str, port: int = 0) -> AsyncIterator[int]:
        """Run while the block runs; gives the port, a free one if none is asked for.

        Raises SimulatorError with what the server said if it does not start.
        """
        await asyncio.to_thread(self._make, password)
        try:
            yield await self._start(port)
        finally:
            await self._stop()

    def _make(self, password: str) -> None:
        """Let initdb write the data folder, unless it has done so to the end before."""
        made = self._folder / "made"
        if made.exists():
            return
        shutil.rmtree(self._data, ignore_errors=True)
        secret = self._folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(password, "utf-8")
        self._give(secret)
        try:
            self._initialise(secret)
        finally:
            secret.unlink()
        made.touch()

    def _initialise(self, secret: Path) -> None:
        command = [str(self._programs / "initdb"), "-D", str(self._data), "-U", OWNER, "-A",
                   "scram-sha-256",
                   f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "--no-sync"]  # fmt: skip
        done = self._launch(command)
        if done.wait() != 0:
            raise SimulatorError(self._said("initdb failed"))

    async def _start(self, port: int) -> int:
        for _ in range(TRIES):
            await self._alone()
            chosen = port or free_port()
            settings = {**SETTINGS, "port": str(chosen)}
            options = [
                word for name, value in settings.items() for word in ("-c", f"{name}={value}")
            ]
            command = [str(self._programs / "postgres"), "-D", str(self._data), *options]
            self._server = self._launch(command)
            if await self._is_ready(self._server):
                return chosen
        raise SimulatorError(self._said(f"PostgreSQL does not start on {HOST}:{chosen}"))

    async def _is_ready(self, server: subprocess.Popen[bytes]) -> bool:
        """Wait until it takes connections; False if it ends instead, or takes too long."""
        loop = asyncio.get_running_loop()
        limit = loop.time() + START_SECONDS
        while server.poll() is None and loop.time() < limit:
            lines = self._pid_lines()
            if len(lines) > _READY and lines[0] == str(server.pid) and "ready" in lines[_READY]:
                return True
            await asyncio.sleep(0.02)
        await self._stop()
        return False

    async def _stop(self) -> None:
        """A fast shutdown; a kill if that takes too long."""
        server, self._server = self._server, None
        if server is None:
            return
        if server.poll() is None:
            server.send_signal(signal.SIGINT)
            if not await _until(lambda: server.poll() is not None, STOP_SECONDS):
                server.kill()
        server.wait()

    async def _alone(self) -> None:
        """Wait for the server of a run that was killed to end; remove what it left behind."""
        if not await _until(lambda: not self._is_run_by_another(), STOP_SECONDS):
            raise SimulatorError(
                f"{self._data}: a PostgreSQL runs on it (process {self._pid_lines()[0]}). "
                "Another simulator plays this city: end that one, or take another folder."
            )
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _is_run_by_another(self) -> bool:
        lines = self._pid_lines()
        if not lines or not lines[0].isdecimal():
            return False
        try:
            return Path(f"/proc/{lines[0]}/cwd").readlink() == self._data.resolve()
        except OSError:
            return False  # it is gone, and its number is nobody's or another's

    def _pid_lines(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _launch(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        root = os.geteuid() == 0
        with self._log.open("ab") as sink:
            return subprocess.Popen(
                command,
                cwd=self._folder,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,  # a Ctrl-C is for us, who then stop the server
                user=self._user.uid if root else None,
                group=self._user.gid if root else None,
                extra_groups=[] if root else None,
                preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509 - prctl has no other way in
            )

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self._user.uid, self._user.gid)

    def _said(self, what: str) -> str:
        tail = self._log.read_text("utf-8", "replace").splitlines()[-5:]
        return f"{what}. Its log {self._log} ends with:\n" + "\n".join(tail)


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _die_with(parent: int) -> Callable[[], None]:
    """A `preexec_fn`: the server shuts down at once when the thread that launched it ends."""
    libc = ctypes.CDLL(None)  # before the fork: nothing is loaded after it

    def before_exec() -> None:
        libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGQUIT)
        if os.getppid() != parent:
            os._exit(1)  # the parent went between fork and prctl

    return before_exec


async def _until(holds: Callable[[], bool], limit: float) -> bool:
    """Wait for a condition; whether it held within the limit (seconds)."""
    loop = asyncio.get_running_loop()
    end = loop.time() + limit
    while not holds():
        if loop.time() > end:
            return False
        await asyncio.sleep(0.02)
    return True
