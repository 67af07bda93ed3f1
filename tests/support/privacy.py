"""Look for what must not be found: in every file and in every record, as bytes."""

import re
from collections.abc import Collection
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

from ops.reading import places, read_all, reader

SHORTEST = 2


def pattern(secrets: Collection[str]) -> re.Pattern[bytes]:
    """Matches any of them in UTF-8, longest first."""
    words = sorted({word for word in secrets if len(word) >= SHORTEST}, key=len, reverse=True)
    return re.compile(b"|".join(re.escape(word.encode()) for word in words))


def files_with(
    folder: Path, secrets: Collection[str], apart: Collection[str]
) -> list[tuple[str, str]]:
    """Files below a folder that hold a secret, and which; `apart`: top folders not looked into."""
    wanted, found = pattern(secrets), []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and inside.parts[0] not in apart:
            hit = wanted.search(path.read_bytes())
            if hit is not None:
                found.append((str(inside), hit.group().decode("utf-8", "replace")))
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
    wanted, found = pattern(secrets), []
    async with reader(bootstrap, names) as consumer:
        for name in names:
            for place in places(consumer, name):
                for record in await read_all(consumer, place):
                    parts = [record.key or b"", record.value or b""]
                    parts += [value for _, value in record.headers]
                    hit = wanted.search(b"\0".join(parts))
                    if hit is not None:
                        text = hit.group().decode("utf-8", "replace")
                        found.append((name, record.offset, text))
    return found
