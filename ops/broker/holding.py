"""The lock of a data folder: one broker at a time, whoever started it."""

import fcntl
import os
import time
from pathlib import Path

import msgspec


class Holder(msgspec.Struct, frozen=True):
    """The process that holds a lock."""

    pid: int
    starting: bool


def take(path: Path, patience: float) -> int | None:
    """Take the lock within the patience (seconds); its descriptor, or None if it stays held.

    A child that inherits the descriptor holds the lock for as long as it lives: so the lock tells
    whether a broker runs even when the process that started it is gone.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    end = time.monotonic() + patience
    while not _try(descriptor):
        if time.monotonic() > end:
            os.close(descriptor)
            return None
        time.sleep(0.05)
    sign(path, Holder(pid=os.getpid(), starting=True))
    return descriptor


def sign(path: Path, holder: Holder) -> None:
    """Write down who holds the lock; only the holder may."""
    path.write_bytes(msgspec.json.encode(holder))


def holder(path: Path) -> Holder | None:
    """Who holds the lock; None if nobody does."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        return None if _try(descriptor) else msgspec.json.decode(path.read_bytes(), type=Holder)
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
