"""Reading back what was sent: what others wrote there stops nobody."""

from pathlib import Path

import pytest

from adapters.city_cases import ADAPTER
from adapters.kit.adapter import Row
from adapters.kit.bench import Bench
from adapters.kit.conformance import fixtures_of
from adapters.kit.events import Outgoing


@pytest.mark.parametrize("key", [b"\xff\xfe", b"", "姓名".encode()])
def test_a_key_that_is_no_text_stops_no_start(tmp_path: Path, key: bytes) -> None:
    """Another producer's record stands on the topic: the adapter starts, and knows its own."""
    row = Row(fixtures_of(ADAPTER)[0].row, "file:1", 1)
    topic: list[Outgoing] = []
    first = Bench(ADAPTER, tmp_path / "first", topic)
    first.carry([row])
    first.parts.close()
    topic.insert(0, Outgoing(topic[0].topic, key, b"garbage", []))
    anew = Bench(ADAPTER, tmp_path / "anew", topic)
    anew.parts.close()
