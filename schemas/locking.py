"""The lock of schema ids: an id, once given, stands for one text for ever."""

import json
from pathlib import Path

from schemas.catalogue import Catalogue, Definition, Locked
from schemas.compatibility import incompatibilities
from schemas.errors import CatalogueError


def changed(current: Catalogue) -> dict[str, Definition]:
    """Schemas whose text is not the newest locked one."""
    newest = {entry.subject: entry.schema for entry in current.locked}
    return {name: text for name, text in current.definitions.items() if newest.get(name) != text}


def lock(current: Catalogue) -> tuple[Locked, ...]:
    """All entries, new ones appended. Raises CatalogueError where a change breaks its readers."""
    entries = list(current.locked)
    for name, text in sorted(changed(current).items()):
        before = [entry for entry in entries if entry.subject == name]
        for old in before:
            if faults := incompatibilities(text, old.schema):
                message = f"{name} cannot read version {old.version}: " + "; ".join(faults)
                raise CatalogueError(message)
        entries.append(Locked(len(entries) + 1, name, len(before) + 1, text))
    return tuple(entries)


def write(path: Path, entries: tuple[Locked, ...]) -> None:
    """Write the lock file, one schema a line, so that a diff shows what came."""
    lines = ",\n".join(
        json.dumps(
            {"id": e.id, "subject": e.subject, "version": e.version, "schema": e.schema},
            ensure_ascii=False,
        )
        for e in entries
    )
    path.write_text(f'{{"schemas": [\n{lines}\n]}}\n', "utf-8")
