"""A bare aiokafka + fastavro loop around the thin fold, at least once: what the bus allows.

Rows are decoded objects in a dict, and nothing is restored: no digest, no journal, no
transaction. What a fetched batch changed is written once per row.
"""

import asyncio
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from benchmarks.peers import thin
from benchmarks.peers.setting import Setting
from benchmarks.peers.thin import Fields

BATCH = 2_000
COMMIT_SECONDS = 5.0


class Loop:
    """Rows of all partitions, and where they are written."""

    def __init__(self, producer: AIOKafkaProducer, setting: Setting) -> None:
        self._producer, self._setting = producer, setting
        self._cases: dict[str, Fields] = {}
        self._summary: dict[str, Fields] = {}

    async def fold(self, partition: int, records: list[ConsumerRecord[bytes, bytes]]) -> None:
        """Fold a fetched batch and write what it changed."""
        cases, summary = self._cases, self._summary
        changed_cases, changed_codes = dict[str, None](), dict[str, None]()
        for record in records:
            event = thin.EVENT.decode(record.value or b"")
            key, code = thin.case_key(event), event["community"]
            cases[key], summary[code] = thin.folded(event, cases.get(key), summary.get(code))
            changed_cases[key] = changed_codes[code] = None
        rows = [(key.encode(), thin.CASE.encode(cases[key])) for key in changed_cases]
        await self._write(self._setting.cases, partition, rows)
        rows = [(code.encode(), thin.SUMMARY.encode(summary[code])) for code in changed_codes]
        await self._write(self._setting.summary, partition, rows)

    async def _write(self, topic: str, partition: int, rows: list[tuple[bytes, bytes]]) -> None:
        batch = self._producer.create_batch()
        for key, value in rows:
            if batch.append(key=key, value=value, timestamp=None) is None:
                await self._producer.send_batch(batch, topic, partition=partition)
                batch = self._producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
        await self._producer.send_batch(batch, topic, partition=partition)


async def run(setting: Setting, stopping: asyncio.Event) -> None:
    """Fold until told to stop; offsets are committed once what they stand for is written."""
    consumer = AIOKafkaConsumer(
        setting.source, bootstrap_servers=setting.bootstrap, group_id=setting.name,
        enable_auto_commit=False, auto_offset_reset="earliest", max_poll_records=BATCH,
    )  # fmt: skip
    producer = AIOKafkaProducer(bootstrap_servers=setting.bootstrap, max_batch_size=1_000_000)
    await consumer.start()
    await producer.start()
    try:
        loop, committed = Loop(producer, setting), time.monotonic()
        while not stopping.is_set():
            fetched: dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]
            fetched = await consumer.getmany(timeout_ms=100, max_records=BATCH)
            for place, records in fetched.items():
                await loop.fold(place.partition, records)
            if time.monotonic() - committed > COMMIT_SECONDS:
                await producer.flush()
                await consumer.commit()
                committed = time.monotonic()
        await producer.flush()
        await consumer.commit()
    finally:
        await producer.stop()
        await consumer.stop()


async def main() -> None:
    """Until SIGTERM."""
    setting = Setting.load()
    await run(setting, setting.stopping())


if __name__ == "__main__":
    asyncio.run(main())
