"""Reference lists: from data files to every partition, in one transaction."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

import yaml
from aiokafka import AIOKafkaProducer

from ops.errors import OperatorError
from ops.reading import places, read_all, reader
from schemas.codec import Codec
from schemas.kafka_access import access
from schemas.naming import Names
from streams.community.list_rows import check
from streams.community.ports import BadRecordError

SHIPPED = Path(__file__).parent.parent / "schemas" / "lists"
PART_BYTES = 512_000
SCHEMA = "shequ.reference.ListPart"


@dataclass(frozen=True, slots=True)
class ReferenceList:
    """A list as its file states it. The version is when it was read, and a hash of its content."""

    name: str
    source: str
    version: str
    bodies: tuple[bytes, ...]


def load(folder: Path) -> list[ReferenceList]:
    """Read every list of a folder; the first part of their version is now, in UTC.

    Raises OperatorError naming the file that is wrong.
    """
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    return [_load(path, at) for path in sorted(folder.glob("*.yaml"))]


def load_shipped() -> list[ReferenceList]:
    """The lists that ship with this code."""
    return load(SHIPPED)


def _load(path: Path, at: str) -> ReferenceList:
    try:
        stated = yaml.safe_load(path.read_text("utf-8"))
        name, source, rows = stated["list"], stated["source"], stated["rows"]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise OperatorError(f"{path}: needs list, source and rows: {error}") from error
    if name != path.stem or not isinstance(rows, list):
        raise OperatorError(f"{path}: is named after its list, and rows is a list of objects")
    bodies = tuple(_parts(rows))
    try:
        check(name, bodies)
    except BadRecordError as error:
        raise OperatorError(f"{path}: {error.advice}") from error
    digest = blake2b(b"".join(bodies), digest_size=4).hexdigest()
    return ReferenceList(name, " ".join(str(source).split()), f"{at}.{digest}", bodies)


def _parts(rows: list[object]) -> list[bytes]:
    """Rows as JSON arrays of at most PART_BYTES each."""
    parts: list[bytes] = []
    current: list[str] = []
    size = 2
    for row in rows:
        text = json.dumps(row, ensure_ascii=False, sort_keys=True)
        if current and size + len(text.encode()) + 1 > PART_BYTES:
            parts.append(f"[{','.join(current)}]".encode())
            current, size = [], 2
        current.append(text)
        size += len(text.encode()) + 1
    return [*parts, f"[{','.join(current)}]".encode()]


async def in_force(bootstrap: str, names: Names) -> dict[str, str]:
    """Newest whole version by list, as partition 0 has it."""
    topic, codec, found = names.physical("reference.lists"), Codec(), dict[str, str]()
    async with reader(bootstrap, [topic]) as consumer:
        records = await read_all(consumer, places(consumer, topic)[0])
    for record in records:
        part = codec.decode(record.value or b"", SCHEMA)[1]
        if part["part"] == part["parts"]:
            found[part["list"]] = max(found.get(part["list"], ""), part["version"])
    return found


async def publish(bootstrap: str, names: Names, lists: list[ReferenceList]) -> None:
    """Every part to every partition, all in one transaction: no partition has half a list."""
    topic = names.physical("reference.lists")
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        transactional_id=f"{names.prefix}ops-lists",
        acks="all",
        **access(),
    )
    await producer.start()
    try:
        partitions = sorted(await producer.partitions_for(topic))
        async with producer.transaction():
            for entry in lists:
                for key, value in _messages(entry):
                    for partition in partitions:
                        await producer.send(topic, value, key=key, partition=partition)
    finally:
        await producer.stop()


def _messages(entry: ReferenceList) -> list[tuple[bytes, bytes]]:
    codec, key = Codec(), entry.name.encode()
    return [
        (
            key,
            codec.encode(
                SCHEMA,
                {
                    "list": entry.name,
                    "version": entry.version,
                    "part": number,
                    "parts": len(entry.bodies),
                    "body": body,
                    "source": entry.source,
                },
            ),
        )
        for number, body in enumerate(entry.bodies, 1)
    ]


async def publish_changed(bootstrap: str, names: Names, lists: list[ReferenceList]) -> list[str]:
    """Publish the lists whose content is not the one in force; gives their names."""
    current = await in_force(bootstrap, names)
    changed = [
        entry
        for entry in lists
        if current.get(entry.name, "").rpartition(".")[2] != entry.version.rpartition(".")[2]
    ]
    if changed:
        await publish(bootstrap, names, changed)
    return [entry.name for entry in changed]
