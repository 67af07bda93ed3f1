"""Bodies of webhooks that were captured: *.json holds one, *.jsonl one a line."""

import re
from collections.abc import Iterator
from pathlib import Path

from adapters.kit.adapter import Marks, Row
from adapters.kit.files import FileSource
from adapters.kit.inbox import Inbox
from adapters.kit.tables import Line, NotWholeError, Table
from adapters.permits.body import read_body

ONE, ONE_A_LINE = ".json", ".jsonl"
ANY_NAME = re.compile("")
POLL_SECONDS = 1.0


def open_captured(folder: Path, chunk: int, marks: Marks) -> FileSource:
    """Read the folder from where the marks say; nobody writes these files any more."""
    inbox = Inbox(folder, name=ANY_NAME, settle=0.0, marks=marks, suffixes={ONE, ONE_A_LINE})
    return FileSource(
        inbox,
        columns=(),
        named_like=f"<name>{ONE} or <name>{ONE_A_LINE}",
        chunk=chunk,
        give_up=0.0,
        poll=POLL_SECONDS,
        opened=open_bodies,
    )


def open_bodies(path: Path, _delimiter: str) -> Table:
    """The bodies of a file. Raises NotWholeError where it is no text in UTF-8."""
    try:
        path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotWholeError("it cannot be decoded as utf-8") from None
    return Table((), _lines(path))


def _lines(path: Path) -> Iterator[Line]:
    whole = path.suffix.lower() == ONE
    with path.open("rb") as file:
        for number, body in enumerate([file.read()] if whole else file, start=1):
            if not body.strip():
                continue
            found = read_body(body, "")
            if isinstance(found, Row):
                yield Line(number, dict(found.raw))
            else:
                text = body.decode("utf-8-sig").strip()
                yield Line(number, {"": text}, "the body is no JSON object")
