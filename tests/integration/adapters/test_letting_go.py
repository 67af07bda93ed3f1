"""aiokafka gives its own cancellation back where a fetch is under way: it must not get further."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import AIOKafkaConsumer

from adapters.kit.consumer import stop
from adapters.kit.own_topic import tail

Made = Callable[..., Awaitable[str]]


def _under_way(consumer: AIOKafkaConsumer) -> None:
    """A fetch that has just been handed to its task, which is where stopping meets it."""
    fetch = asyncio.create_task(asyncio.sleep(60))
    assert consumer._fetcher is not None
    consumer._fetcher._pending_tasks.add(fetch)  # it has no other door


async def test_aiokafka_still_does_it(bootstrap: str, make_topic: Made) -> None:
    """Once this fails, adapters/kit/consumer.py can go."""
    consumer = AIOKafkaConsumer(await make_topic(1), bootstrap_servers=bootstrap)
    await consumer.start()
    _under_way(consumer)
    with pytest.raises(asyncio.CancelledError):
        await consumer.stop()
    await consumer._client.close()  # stop() left it open


async def test_what_was_sent_is_read_back_though_a_fetch_is_under_way(
    bootstrap: str, make_topic: Made
) -> None:
    """Nobody cancelled the adapter, so it goes on; and no connection stays open."""
    async with tail(bootstrap, [await make_topic(1)], {}) as rest:
        assert [chunk async for chunk in rest.chunks()] == []
        _under_way(rest.consumer)
    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()
    assert not _connected(rest.consumer)


async def test_who_is_cancelled_while_letting_go_is_cancelled(
    bootstrap: str, make_topic: Made
) -> None:
    consumer = AIOKafkaConsumer(await make_topic(1), bootstrap_servers=bootstrap)
    await consumer.start()
    letting_go = asyncio.create_task(stop(consumer))
    await asyncio.sleep(0)
    letting_go.cancel()
    with pytest.raises(asyncio.CancelledError):
        await letting_go
    await stop(consumer)
    await consumer._client.close()  # the second stop() does nothing


def _connected(consumer: AIOKafkaConsumer) -> bool:
    return any(one.connected() for one in consumer._client._conns.values())
