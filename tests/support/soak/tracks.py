"""Who plays where: scenarios that need one broker beside those that break three."""

import asyncio
import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from aiokafka.errors import KafkaError
from cluster import Cluster
from faults.stage import Scenario, Stage
from soak.runs import Run, run
from typing_extensions import override

from ops.broker import BrokerError, EmbeddedBroker

CLUSTER_RECORDS = 2_000
"""A story of 20 s: rounds enough for what breaks brokers."""
HEAL_SECONDS = 120.0

Told = Callable[[Run], None]


class Track(ABC):
    """Scenarios played one after another, round-robin, each time with the next seed."""

    def __init__(self, folder: Path, scenarios: Mapping[str, Scenario]) -> None:
        self.folder, self.scenarios = folder, scenarios

    async def play(self, seeds: Sequence[int], until: float, told: Told) -> None:
        """Until the monotonic clock says so; a run that has begun is ended.

        The first round is played whole, however long that takes: nothing is left out.
        """
        try:
            for number, seed in enumerate(seeds):
                for name, scenario in self.scenarios.items():
                    if number and time.monotonic() > until:
                        return
                    folder = self.folder / f"{name.replace(' ', '-')}-{seed}"
                    played = await run(name, scenario, seed, folder, self.stage)
                    told(played)
                    if played.error:
                        await self.mend()
        finally:
            await self.close()

    @abstractmethod
    async def stage(self, folder: Path) -> Stage:
        """A stage on brokers that run."""

    @abstractmethod
    async def mend(self) -> None:
        """What a failed run may have left broken."""

    @abstractmethod
    async def close(self) -> None:
        """End the brokers."""


class OneBroker(Track):
    """On one warm broker."""

    _broker: EmbeddedBroker | None = None

    @override
    async def stage(self, folder: Path) -> Stage:
        if self._broker is None:
            self._broker = EmbeddedBroker(self.folder / "kafka", heap_mib=512)
        where = await self._broker.start()
        return Stage(folder, where, where, long=True)

    @override
    async def mend(self) -> None:
        """Nothing: no scenario breaks it; one that died is started by the next stage."""

    @override
    async def close(self) -> None:
        if self._broker is not None:
            await self._broker.stop()


class ThreeBrokers(Track):
    """On three brokers, healed after each run, made anew where that does not help."""

    _cluster: Cluster | None = None
    _count = 0

    @override
    async def stage(self, folder: Path) -> Stage:
        if self._cluster is None:
            self._count += 1
            self._cluster = Cluster(self.folder / f"cluster-{self._count}")
            await self._cluster.start()
        cluster = self._cluster
        where, direct = cluster.bootstrap, cluster.direct
        return Stage(folder, where, direct, records=CLUSTER_RECORDS, cluster=cluster, long=True)

    @override
    async def mend(self) -> None:
        if self._cluster is None:
            return
        try:
            async with asyncio.timeout(HEAL_SECONDS):
                await self._cluster.heal()
        except (TimeoutError, BrokerError, KafkaError, OSError):
            await self.close()

    @override
    async def close(self) -> None:
        if self._cluster is not None:
            cluster, self._cluster = self._cluster, None
            with contextlib.suppress(OSError):
                await cluster.stop()
