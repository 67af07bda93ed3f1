"""Three brokers for the tests that break brokers, and a stage for each test of faults."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from cluster import Cluster
from faults.stage import Stage


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three brokers behind proxies; a test leaves them healed."""
    three = Cluster(tmp_path_factory.mktemp("cluster"))
    asyncio.run(three.start())
    yield three
    asyncio.run(three.stop())


@pytest.fixture
async def three(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage on the three brokers."""
    async with Stage(tmp_path, cluster.bootstrap, cluster.direct, cluster=cluster) as stage:
        yield stage


@pytest.fixture
async def one(bootstrap: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage on the run's one broker."""
    async with Stage(tmp_path, bootstrap, bootstrap) as stage:
        yield stage
