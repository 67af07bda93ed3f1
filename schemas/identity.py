"""Names for records, events, rows and letters that come out the same every time."""

import json
import uuid
from collections.abc import Mapping
from hashlib import blake2b
from typing import Protocol

NAMESPACE = uuid.UUID("6f1d3c52-5b0e-5c0a-9a53-7368657175e7")
"""Root of every uuid5 of the hub; never changes."""

SEPARATOR = "\x1f"
"""U+001F between the parts of a name: it stands in no source's number."""


class ContentKey(Protocol):
    """Whoever holds the key of content hashes (a key store)."""

    @property
    def content_key(self) -> bytes:
        """32 bytes, the same for the life of the hub."""


def _uuid5(kind: str, *parts: str) -> str:
    return str(uuid.uuid5(NAMESPACE, SEPARATOR.join((kind, *parts))))


def event_id(source: str, record_id: str, order: int, content: bytes) -> str:
    """Id of one version of one record: sending twice is the same event."""
    return _uuid5("event", source, record_id, str(order), content.hex())


def moved_event_id(event: str, code: str, direction: str) -> str:
    """Id of one half of a move: both carry the same version, so the code tells them apart."""
    return _uuid5("moved", event, code, direction)


def row_id(source: str, record_id: str) -> str:
    """Id of a record's row in a view, and of the request it makes."""
    return _uuid5("row", source, record_id)


def task_id(source: str, record_id: str, code: str) -> str:
    """Id of the task whose first request is this record; one that moves makes one at each code."""
    return _uuid5("task", source, record_id, code)


def letter_id(source: str, rule: str, content: bytes) -> str:
    """Id of a dead letter: the same bad record, sent again, is the same letter."""
    return _uuid5("letter", source, rule, content.hex())


def derived_id(kind: str, *parts: str) -> str:
    """Id of something that follows from other ids, for example a task's event."""
    return _uuid5(kind, *parts)


def content_hash(keys: ContentKey, raw: Mapping[str, object] | bytes) -> bytes:
    """Keyed BLAKE2b-128 of what a source stated.

    Keyed, because the hash is public while the content holds phones and ids: without
    the key nobody can try them out. A mapping is hashed as canonical JSON.
    """
    if not isinstance(raw, bytes):
        raw = json.dumps(
            raw, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
        ).encode()
    return blake2b(raw, digest_size=16, key=keys.content_key).digest()
