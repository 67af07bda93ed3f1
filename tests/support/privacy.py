"""Look for what must not be found: in every file and in every record, as bytes."""

from collections.abc import Collection
from pathlib import Path

from ahocorasick_rs import BytesAhoCorasick
from aiokafka.admin import AIOKafkaAdminClient

from ops.reading import places, read_all, reader

SHORTEST = 2


class Secrets:
    """Finds any of some words in UTF-8, in one pass however many they are."""

    def __init__(self, words: Collection[str]) -> None:
        self._words = sorted(word for word in words if len(word) >= SHORTEST)
        self._found = BytesAhoCorasick([word.encode() for word in self._words])

    def first_in(self, data: bytes) -> str | None:
        """The first of them that stands there, or None."""
        hits = self._found.find_matches_as_indexes(data)
        return self._words[hits[0][0]] if hits else None


def files_with(
    folder: Path, secrets: Collection[str], apart: Collection[str]
) -> list[tuple[str, str]]:
    """Files below a folder that hold a secret, and which; `apart`: top folders not looked into."""
    wanted, found = Secrets(secrets), []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and inside.parts[0] not in apart:
            hit = wanted.first_in(path.read_bytes())
            if hit is not None:
                found.append((str(inside), hit))
    return found


async def records_with(
    bootstrap: str, prefix: str, secrets: Collection[str]
) -> list[tuple[str, int, str]]:
    """Topic, offset and secret of records whose key, value or headers hold one; intake.* apart."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    names = [name for name in await admin.list_topics() if name.startswith(prefix)]
    await admin.close()
    names = [name for name in names if not name.removeprefix(prefix).startswith("intake.")]
    wanted, found = Secrets(secrets), []
    async with reader(bootstrap, names) as consumer:
        for name in names:
            for place in places(consumer, name):
                for record in await read_all(consumer, place):
                    parts = [record.key or b"", record.value or b""]
                    parts += [value for _, value in record.headers]
                    hit = wanted.first_in(b"\0".join(parts))
                    if hit is not None:
                        found.append((name, record.offset, hit))
    return found
