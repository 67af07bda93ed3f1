"""The folder of what was compiled: private to its user, and every file proves itself whole."""

import os
import stat
import tempfile
from hashlib import blake2b
from pathlib import Path

FOLDER = "SHEQU_DECODER_CACHE"
"""Environment: another folder than the user's cache."""
DIGEST = 32
OTHERS = 0o077
WRITE = 0o022


class NotPrivateError(Exception):
    """Others could put a library here; the message says where, and what to do."""


def folder() -> Path:
    """`SHEQU_DECODER_CACHE`, or `shequ/decoder` in the user's cache (XDG_CACHE_HOME, ~/.cache)."""
    stated = os.environ.get(FOLDER)
    if stated:
        return Path(stated)
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "shequ" / "decoder"


def private(path: Path) -> Path:
    """The folder, made where it is missing, without links in its name.

    Raises NotPrivateError where another user could write to it, or could put another one in its
    place; OSError where it cannot be made.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    real = path.resolve(strict=True)
    found = real.stat()
    if found.st_uid != os.geteuid() or found.st_mode & OTHERS:
        message = f"{real} is not private: chmod 700, or set {FOLDER} to a folder of your own"
        raise NotPrivateError(message)
    for above in real.parents:
        if not _trusted(above.stat()):
            message = f"others can write to {above}: set {FOLDER} to a folder elsewhere"
            raise NotPrivateError(message)
    return real


def _trusted(above: os.stat_result) -> bool:
    """Nobody but this user and root may rename what is inside: as in /tmp, too."""
    if above.st_uid not in {0, os.geteuid()}:
        return False
    return not above.st_mode & WRITE or bool(above.st_mode & stat.S_ISVTX)


def whole(path: Path) -> bool:
    """Whether a file is there, is this user's alone to write, and ends in its own digest."""
    try:
        found = path.lstat()
        data = path.read_bytes()
    except OSError:
        return False
    mine = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
    return mine and not found.st_mode & WRITE and data[-DIGEST:] == _digest(data[:-DIGEST])


def keep(made: bytes, path: Path) -> None:
    """Put a library in its place at once, its digest behind it: loaders look at the front alone.

    Several processes may do so at the same time: each file is whole, and the last one stays.
    """
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".making-")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(made + _digest(made))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=DIGEST).digest()
