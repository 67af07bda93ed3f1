"""A disk that fills up, for a broker: a small file system in memory, or a limit on its files."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE_MIB = 320
"""A broker asks for 256 at its start."""
LEFT_BYTES = 256 * 1024
FILE_BYTES = 16 * 1024
"""Where no file system may be mounted: no file of the broker grows beyond this."""


class SmallDisk:
    """A folder on a file system of its own: full is full, for every file (ENOSPC)."""

    kind = "tmpfs"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, process: int | None) -> None:
        """Leave next to nothing free."""
        del process
        size = shutil.disk_usage(self.folder).free - LEFT_BYTES
        with self._ballast.open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, size)

    def make_room(self, process: int | None) -> None:
        """As an operator would."""
        del process
        self._ballast.unlink(missing_ok=True)


class LimitedFiles:
    """Without the right to mount: the broker's files may not grow (EFBIG, by RLIMIT_FSIZE)."""

    kind = "rlimit"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, process: int | None) -> None:
        """From here on no write beyond the limit succeeds."""
        assert process is not None
        resource.prlimit(process, resource.RLIMIT_FSIZE, (FILE_BYTES, resource.RLIM_INFINITY))

    def make_room(self, process: int | None) -> None:
        """The limit went with the process, or is lifted."""
        if process is not None:
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(process, resource.RLIMIT_FSIZE, unlimited)


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk | LimitedFiles]:
    """A disk of 320 MiB at the folder, gone at the end with all that is on it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not _run("mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(folder)):
        yield LimitedFiles(folder)
        return
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", "-l", str(folder))


def _run(*words: str) -> bool:
    """Whether this user may."""
    return not subprocess.run(words, check=False, capture_output=True).returncode
