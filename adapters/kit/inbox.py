"""A folder into which a department drops files: which wait, which are done, which are bad."""

import contextlib
import os
import re
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.kit.errors import Finding, RetryError

BAD = "bad"
"""Folder beside the files to which the unusable ones are moved."""

DONE = "done"
SUFFIXES = frozenset({".csv", ".xlsx"})
FILE_MARK = "file:"
"""Begins the mark of a file; the rest is its name."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Size in bytes and time of the last change in ns: another one means another content."""

    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file of the folder, the export sequence in its name, and how far it was read before."""

    path: Path
    signature: Signature
    sequence: int | None
    read: int

    @property
    def name(self) -> str:
        """Its name as text."""
        return name_of(self.path)

    def mark(self, state: int | str) -> dict[str, str]:
        """What to remember of it: rows read, or `done`, or `bad`."""
        value = f"{self.signature.size}:{self.signature.changed_ns}:{state}"
        return {f"{FILE_MARK}{self.name}": value}


def name_of(path: Path) -> str:
    """The name of a file as text: other systems write theirs in GB18030, which is no UTF-8."""
    try:
        return os.fsencode(path.name).decode()
    except UnicodeDecodeError:
        return os.fsencode(path.name).decode("gb18030", "replace")


class Inbox:
    """Looks into the folder; it reads no file."""

    def __init__(
        self,
        folder: Path,
        *,
        name: re.Pattern[str],
        settle: float,
        marks: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
        suffixes: Collection[str] = SUFFIXES,
    ) -> None:
        """`name` has a group `seq`, unless the rows say themselves which is the newer one.

        A file has settled once unchanged for `settle` seconds.
        """
        self.folder, self._name, self._settle, self._clock = folder, name, settle, clock
        self._suffixes, self.ordered = suffixes, "seq" in name.groupindex
        self._marks = {key: value for key, value in marks.items() if key.startswith(FILE_MARK)}
        self._since: dict[Path, tuple[Signature, float]] = {}
        self._failing: dict[Path, float] = {}
        self._read_at = float("-inf")

    def remember(self, marks: Mapping[str, str]) -> None:
        """What was just read."""
        self._marks.update(marks)

    def waiting(self) -> list[Dropped]:
        """Files that are not done, by sequence; those found bad before are moved aside now.

        Raises RetryError where the folder cannot be looked into.
        """
        try:
            found = list(self._look())
        except OSError as error:
            raise self.unreadable(error) from error
        self._since = {one.path: self._first_seen(one) for one in found}
        self._failing = {path: at for path, at in self._failing.items() if path in self._since}
        return sorted(found, key=lambda one: (one.sequence or 0, one.path.name))

    def unreadable(self, error: OSError) -> RetryError:
        """That nothing of the folder can be read now."""
        advice = (
            f"The folder {self.folder} cannot be read ({error.strerror or error}): is the share "
            "mounted, and may this account read it?"
        )
        return RetryError(Finding(rule="inbox.away", advice=advice))

    def still_for(self, file: Dropped) -> float:
        """Seconds for which the file has stood as it is, as far as was seen."""
        return self._clock() - self._since[file.path][1]

    def has_settled(self, file: Dropped) -> bool:
        """Whether nobody seems to be writing it."""
        return self.still_for(file) >= self._settle

    def fails_alone_for(self, file: Dropped) -> float:
        """Seconds since the file could not be read for the first time; it could not just now.

        0 where no other was read since: then the folder's disk or share is at fault.
        """
        began = self._failing.setdefault(file.path, self._clock())
        return self._clock() - began if self._read_at > began else 0.0

    def is_failing(self, file: Dropped) -> bool:
        """Whether the file could not be read when it was tried last."""
        return file.path in self._failing

    def reads(self, file: Dropped) -> None:
        """Some of the file could be read."""
        self._failing.pop(file.path, None)
        self._read_at = self._clock()

    def _look(self) -> Iterator[Dropped]:
        with os.scandir(self.folder) as entries:
            for entry in entries:
                path = Path(entry.path)
                if path.suffix.lower() not in self._suffixes or path.name.startswith((".", "~$")):
                    continue
                with contextlib.suppress(OSError):  # gone meanwhile, or a link to nowhere
                    found = entry.stat()
                    if not stat.S_ISREG(found.st_mode):
                        continue  # a folder or a pipe is no export, however it is named
                    file = self._dropped(path, Signature(found.st_size, found.st_mtime_ns))
                    if file is not None:
                        yield file

    def _dropped(self, path: Path, signature: Signature) -> Dropped | None:
        named = self._name.match(name_of(path))
        size, changed, state = self._marks.get(f"{FILE_MARK}{name_of(path)}", "::").split(":")
        same = (size, changed) == (str(signature.size), str(signature.changed_ns))
        if same and state == BAD:
            self._move_aside(path)
        if same and state in {BAD, DONE}:
            return None
        sequence = None if named is None else int(named["seq"]) if self.ordered else 0
        return Dropped(path, signature, sequence, int(state) if same else 0)

    def _first_seen(self, file: Dropped) -> tuple[Signature, float]:
        known = self._since.get(file.path)
        return known if known and known[0] == file.signature else (file.signature, self._clock())

    def _move_aside(self, path: Path) -> None:
        """Into bad/; where that is not allowed the file stays, and is not read again either."""
        with contextlib.suppress(OSError):
            aside = self.folder / BAD
            aside.mkdir(exist_ok=True)
            free = (aside / f"{path.stem}{'_' * n}{path.suffix}" for n in range(1_000))
            path.rename(next(target for target in free if not target.exists()))
