"""Taking records in: what others wrote on a topic stops no projector."""

from aiokafka import ConsumerRecord, TopicPartition

from dashboard.projection.intake import Intake
from dashboard.projection.topics import readings
from schemas.naming import Names

HEARTBEATS = "adapters.heartbeats"


def test_a_key_that_is_no_text_is_skipped() -> None:
    """Heartbeats and letters are not all ours: whoever may write there could stop every page."""
    taken = Intake(readings(Names())).batch({TopicPartition(HEARTBEATS, 0): [garbage()]})
    assert not taken.rows


def garbage() -> "ConsumerRecord[bytes | None, bytes | None]":
    return ConsumerRecord(
        topic=HEARTBEATS, partition=0, offset=0, timestamp=1, timestamp_type=1, key=b"\xff\xfe",
        value=b"garbage", checksum=None, serialized_key_size=2, serialized_value_size=7,
        headers=(),
    )  # fmt: skip
