"""Runs source, mapping, versions and seal of an adapter on its real input, and keeps nothing.

What the adapter must remember meanwhile stands in a folder that is made for the check and goes
with it: keys, ids of records and hashes, but no event. Files are read through links, so that one
which cannot be used stays where it is.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from adapters.check.findings import Findings
from adapters.check.report import Report
from adapters.check.summary import report
from adapters.kit.adapter import Adapter, Batch
from adapters.kit.assembly import Parts, assemble, now_ms
from adapters.kit.checkpoint import Changes, Record
from adapters.kit.errors import HaltError
from adapters.kit.inbox import FILE_MARK
from adapters.kit.intake import Work
from adapters.kit.settings import AdapterSettings, KitSettings, WrongSettingError, load, prefix_of
from adapters.kit.share import BadShare


def check(
    adapter: Adapter[Any],
    *,
    given: Path | None = None,
    mapping: Path | None = None,
    most: int | None = None,
) -> Report:
    """Read all that there is, or `most` rows and the rest of their batch; say what was found.

    `given` is a file or folder instead of the one that is set, `mapping` a mapping file. Raises
    WrongSettingError; RetryError or HaltError where the source cannot be read.
    """
    with TemporaryDirectory(prefix="shequ-check-") as place:
        kit = load(KitSettings)
        own = _settings(adapter, given, mapping)
        found = Findings(adapter=adapter.fitted(own), own=own, now=now_ms())
        if adapter.folder is not None:
            found.folder = Path(getattr(own, adapter.folder.setting))
            links = _linked(found.folder, Path(place) / "input")
            own = own.model_copy(update={adapter.folder.setting: links, **adapter.folder.at_once})
        with _opened(found, kit.model_copy(update={"home": Path(place)}), own) as run:
            asyncio.run(run.read(most))
            return report(found, run.parts.places.gazetteer)


@dataclass(slots=True)
class _Run:
    """A check on its way."""

    found: Findings
    parts: Parts
    own: AdapterSettings
    share: BadShare = field(init=False)

    def __post_init__(self) -> None:
        self.share = BadShare(most=self.own.bad_share, window=self.own.bad_window)

    async def read(self, most: int | None) -> None:
        """Until the source has nothing more, or `most` rows are there."""
        found, started = self.found, time.perf_counter()
        source = found.adapter.open_source(self.own, {})
        try:
            while (batch := await source.read()) is not None:
                self._take(batch)
                if most is not None and found.rows >= most:
                    break
        finally:
            found.seconds = time.perf_counter() - started
            await source.close()

    def _take(self, batch: Batch) -> None:
        found = self.found
        found.read.update(mark.removeprefix(FILE_MARK) for mark in batch.marks)
        for row in batch.rows:
            found.saw(row)
        for rejected in batch.rejected:
            found.rejected(rejected.finding.place)
        work = self.parts.intake.take(batch, found.now)
        found.took(work)
        self.parts.checkpoint.write(_without_events(work))
        try:
            self.share.add(used=work.used, bad=work.bad)
        except HaltError as error:
            found.halts = error.finding.advice


def _without_events(work: Work) -> Changes:
    """What must be remembered to know a row again: no event, so nothing about anybody."""
    records = {name: Record(record.state) for name, record in work.records.items()}
    return Changes(records=records, letters=work.letters)


@contextmanager
def _opened(found: Findings, kit: KitSettings, own: AdapterSettings) -> Iterator[_Run]:
    parts = assemble(found.watched, kit, own, lambda: found.now)
    try:
        yield _Run(found, parts, own)
    finally:
        parts.close()


def _settings(adapter: Adapter[Any], given: Path | None, mapping: Path | None) -> AdapterSettings:
    asked: dict[str, object] = {}
    if given is None and adapter.pushed:
        raise WrongSettingError(
            f"{adapter.name} is called by its system, so a check has nothing to ask. Name what was "
            "captured, a file or a folder, with --input."
        )
    if given is not None:
        if adapter.folder is None:
            raise WrongSettingError(
                f"{adapter.name} reads no files. Leave --input out, and set where its system "
                f"answers: {prefix_of(adapter.name)}..."
            )
        asked[adapter.folder.setting] = given
    if mapping is not None:
        if "mapping" not in adapter.settings.model_fields:
            raise WrongSettingError(f"{adapter.name} takes no mapping file. Leave --mapping out.")
        asked["mapping"] = mapping
    own: AdapterSettings = load(adapter.settings, asked)
    return own


def _linked(source: Path, links: Path) -> Path:
    """A folder of links to a file, or to the files of a folder."""
    links.mkdir()
    try:
        for path in [source] if source.is_file() else sorted(source.iterdir()):
            if path.is_file():
                (links / path.name).symlink_to(path.resolve())
    except OSError as error:
        raise WrongSettingError(
            f"{source} cannot be read ({error.strerror}). Name a file, or a folder of files."
        ) from None
    return links
