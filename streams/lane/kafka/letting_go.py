"""How the lane's readers let go of Kafka."""

import asyncio

from aiokafka import AIOKafkaConsumer

STOP_SECONDS = 5.0


async def stop(consumer: AIOKafkaConsumer) -> None:
    """Let go of the broker, within five seconds; what is under way may fail.

    aiokafka 0.14 cancels a fetch that is under way, lets that CancelledError out of its stop() as
    if the caller were cancelled, and leaves its connections open: so it stops in a task of its
    own, and they are closed here.
    """
    stopping = asyncio.ensure_future(consumer.stop())
    await asyncio.wait({stopping}, timeout=STOP_SECONDS)
    if stopping.done() and not stopping.cancelled() and stopping.exception() is None:
        return
    stopping.cancel()
    await consumer._client.close()  # noqa: SLF001 - what stop() did not come to
