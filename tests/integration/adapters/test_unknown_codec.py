"""A hub that lacks the library for a producer's compression says which one, and what to do."""

import aiokafka.codec
import pytest
from confluent_kafka import Producer

from adapters.kafka_intake.frames import Frames, Lock
from adapters.kafka_intake.settings import KafkaIntakeSettings
from adapters.kafka_intake.source import KafkaSource
from adapters.kit.errors import HaltError
from schemas.catalogue import catalogue
from tests.integration.adapters.department import CASES, Department, case


def _source(department: Department) -> KafkaSource:
    return KafkaSource(
        department.hub.bootstrap,
        department.topic,
        frames=Frames(catalogue().topics[CASES.topic].schema, Lock()),
        settings=KafkaIntakeSettings(poll_seconds=10),
        marks={},
    )


async def test_records_that_cannot_be_unpacked_halt_and_wait(
    department: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_batch = {"compression.type": "lz4", "linger.ms": 1000}
    producer = Producer({"bootstrap.servers": department.hub.bootstrap, **one_batch})
    for number in range(50):
        producer.produce(department.topic, department.framed(case(str(number))), key=b"k")
    assert producer.flush(20) == 0
    with monkeypatch.context() as without:
        without.setattr(aiokafka.codec, "cramjam", None)
        source = _source(department)
        with pytest.raises(HaltError, match=r"broker\.codec\. .*lz4.*requirements\.lock"):
            await source.read()
        await source.close()
    assert await department.once() == 0
    assert len(await department.events()) == 50
