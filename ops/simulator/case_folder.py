"""Puts exports into the city's folder as its system does: whole, growing, or never whole."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from ops.simulator import encoding
from ops.simulator.exports import Drop


class CaseFolder:
    """The inbox, and the book of what was put there, so that a restart repeats nothing."""

    def __init__(self, folder: Path, half_seconds: float) -> None:
        self.inbox = folder / "city_cases" / "inbox"
        self.inbox.mkdir(parents=True, exist_ok=True)
        self.half_seconds = half_seconds
        self._book = folder / "truth" / "dropped.txt"
        self._book.parent.mkdir(parents=True, exist_ok=True)
        self._done = (
            set(self._book.read_text("utf-8").split("\n")) if self._book.exists() else set()
        )

    async def put(self, drop: Drop, clock: Callable[[int], int]) -> None:
        """Write the file, if an earlier run has not; a growing one is whole when this returns."""
        mark = f"{drop.at} {drop.name}"
        if mark in self._done:
            return
        content = drop.content(clock)
        path = self.inbox / drop.name
        if drop.writing == "whole":
            self._move_in(path, content)
        else:
            path.write_bytes(encoding.half(content))
        if drop.writing == "growing":
            await asyncio.sleep(self.half_seconds)
            path.write_bytes(content)
        self._done.add(mark)
        with self._book.open("a", encoding="utf-8") as book:
            book.write(mark + "\n")

    def _move_in(self, path: Path, content: bytes) -> None:
        """Appear in one moment: written outside the inbox, on the same disk, and renamed."""
        outside = path.parent.parent / f".{path.name}"
        outside.write_bytes(content)
        outside.replace(path)
