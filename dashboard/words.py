"""Names in Chinese and English of the hub's own words, from `names.yaml`.

Adapters have theirs here, too: the read side meets them on topics only.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("names.yaml")


class Title(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one word is called."""

    zh: str
    en: str


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words that one field may hold, and what the field is called."""

    zh: str
    en: str
    rows: dict[str, Title]


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`topics`: the system of each source topic. `words` by field."""

    topics: dict[str, str]
    words: dict[str, Words]


@cache
def names() -> Names:
    """All of them; cached."""
    return msgspec.yaml.decode(FILE.read_bytes(), type=Names)


def words() -> Mapping[str, Words]:
    """By the field that holds them."""
    return names().words


def adapter_title(adapter: str) -> Title:
    """What an adapter is called; one that stands nowhere here is called what it calls itself."""
    return words()["adapter"].rows.get(adapter, Title(zh=adapter, en=adapter))


def source_title(source: str) -> Title:
    """What a source is called, whichever city it stands in; an unknown one as it calls itself."""
    known = words()["source"].rows
    return known.get(source.partition(".")[2], Title(zh=source, en=source))


def systems_fed(topic: str) -> list[str]:
    """Systems whose records stand on a source topic (logical name)."""
    found = names().topics.get(topic)
    return [] if found is None else [found]
