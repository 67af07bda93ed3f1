# mypy: allow-untyped-calls
"""An answer that is lost is missed soon; who asks the group's coordinator may have to wait."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from aiokafka.client import ConnectionGroup
from aiokafka.errors import RequestTimedOutError
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.structs import BrokerMetadata
from proxy import HOST, Proxy

from streams.lane.faust.patience import PatientClient

NODE = 1


@pytest.fixture
async def proxy(bootstrap: str) -> AsyncIterator[Proxy]:
    """Between a client and the broker."""
    listening = await asyncio.start_server(lambda _, writer: writer.close(), HOST, 0)
    port = int(listening.sockets[0].getsockname()[1])
    listening.close()
    made = Proxy(port, int(bootstrap.rpartition(":")[2]), random.Random(0))
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def client(bootstrap: str, proxy: Proxy) -> AsyncIterator[PatientClient]:
    """One that knows the broker by its proxy."""
    made = PatientClient(request_seconds=0.5, bootstrap_servers=bootstrap)
    await made.bootstrap()
    made.cluster._brokers = {NODE: BrokerMetadata(NODE, HOST, proxy.port, None)}
    yield made
    await made.close()


async def test_a_lost_answer_of_a_fetch_is_missed_long_before_one_of_the_group(
    client: PatientClient, proxy: Proxy
) -> None:
    """The connection is made anew for whoever asks next; the other one is still waited for."""
    groups = (ConnectionGroup.DEFAULT, ConnectionGroup.COORDINATION)
    for group in groups:
        await client.send(NODE, MetadataRequest([]), group=group)
    proxy.deaf = True
    fetch, join = (
        asyncio.ensure_future(client.send(NODE, MetadataRequest([]), group=group))
        for group in groups
    )
    with pytest.raises(RequestTimedOutError):
        await fetch
    assert not join.done()
    proxy.deaf = False
    await client.send(NODE, MetadataRequest([]))
    assert not join.done()
    join.cancel()
