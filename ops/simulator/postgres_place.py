"""Where an embedded PostgreSQL finds its programs, as whom it runs, and where its data may lie."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("initdb", "postgres")
OTHERS = ("postgres", "nobody")  # users as whom it runs where we are root, which it refuses

PREFIX = "shequ-household-"  # of temporary folders
CITY = "city"  # the file there that names the city whose data they are
MEMORY = "postgres_at"  # the file in that city that names the folder
FRESH_SECONDS = 3600.0  # a folder that names no city is somebody's who is just making it


@dataclass(frozen=True, slots=True)
class User:
    """Who runs the server and owns its data."""

    uid: int
    gid: int

    @classmethod
    def current(cls) -> "User | None":
        """Ourselves; another existing user where we are root; None where there is none."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        for name in OTHERS:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid)
        return None

    def reaches(self, folder: Path) -> bool:
        """Whether this user may pass through the folder and all above it."""
        return all(self._passes(above.stat()) for above in (folder, *folder.parents))

    def own(self, folder: Path) -> Path:
        """Make a folder for this user alone."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(folder, self.uid, self.gid)
        return folder

    def _passes(self, status: os.stat_result) -> bool:
        if status.st_uid == self.uid:
            return bool(status.st_mode & 0o100)
        return bool(status.st_mode & (0o010 if status.st_gid == self.gid else 0o001))


def programs() -> Path | None:
    """The folder with initdb and postgres: what pg_config names, the PATH, Debian's; else None."""
    folders = (folder for folder in _candidates() if all((folder / p).exists() for p in PROGRAMS))
    return next(folders, None)


def data_folder(user: User, beside: Path) -> Path:
    """A folder of the user's own: below `beside`, or in a temporary place if it is out of reach.

    The same one again as long as it exists; `beside` remembers it. Those of cities that are gone
    are removed.
    """
    memory = beside / MEMORY
    if memory.exists() and (known := Path(memory.read_text("utf-8"))).is_dir():
        chosen = known
    elif user.reaches(beside):
        chosen = user.own(beside / "postgres")
    else:
        _forget_cities_that_are_gone(user)
        chosen = user.own(Path(tempfile.mkdtemp(prefix=PREFIX)))
    memory.write_text(str(chosen), "utf-8")
    if chosen.name.startswith(PREFIX):  # last: only now it can be asked whose it is
        (chosen / CITY).write_text(str(beside.resolve()), "utf-8")
    return chosen


def _forget_cities_that_are_gone(user: User) -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # another run may forget the same
            if folder.stat().st_uid == user.uid and _is_nobodys(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_nobodys(folder: Path) -> bool:
    """Whether its city is gone, or has another folder: one that was made anew in its place."""
    if not (folder / CITY).exists():
        return time.time() - folder.stat().st_mtime > FRESH_SECONDS
    memory = Path((folder / CITY).read_text("utf-8")) / MEMORY
    return not memory.exists() or memory.read_text("utf-8") != str(folder)


def _candidates() -> Iterator[Path]:
    if (config := shutil.which("pg_config")) is not None:
        told = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(told.stdout.strip() or "/nonexistent")
    if (server := shutil.which("postgres")) is not None:
        yield Path(server).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True)
