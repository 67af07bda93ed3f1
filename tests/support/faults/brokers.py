"""Brokers that die, hang, restart and hand over, while workers fold."""

import asyncio
import random
import signal

from cluster import GROUPS, TRANSACTIONS, Cluster
from faults.stage import Stage, chance
from workers import pause

from schemas.naming import Names

ROUND_SECONDS = 10
"""How long a scenario's round takes, about: a play of more records has more rounds."""


def rounds(stage: Stage) -> int:
    """How often to strike while the story is told."""
    return max(1, stage.records // stage.a_second // ROUND_SECONDS)


async def leader_killed(stage: Stage, seed: int) -> None:
    """Kill -9 of the node that leads a partition of what the lane writes."""
    luck, cluster = chance(seed), stage.brokers
    async with stage.play(seed) as bus:
        for _ in range(rounds(stage)):
            topic = luck.choice(("journal", "state", "police.incidents", "views.cases"))
            number = await cluster.leader(bus.names.physical(topic), luck.randrange(4))
            await asyncio.sleep(pause(luck, 0.1, 1.0))
            cluster.nodes[number].signal(signal.SIGKILL)
            await cluster.nodes[number].stop()
            await asyncio.sleep(pause(luck, 0.5, 4.0))
            await cluster.start_again(number)


async def restarted_one_by_one(stage: Stage, seed: int) -> None:
    """A rolling restart: each node ends in order and comes back with the data it had."""
    luck, cluster = chance(seed), stage.brokers
    async with stage.play(seed):
        for number in luck.sample(sorted(cluster.nodes), len(cluster.nodes)):
            await cluster.nodes[number].stop()
            await cluster.start_again(number)


async def coordinators_moved(stage: Stage, seed: int) -> None:
    """The coordinators of the group and of the transactions leave, and come back under load."""
    luck, cluster = chance(seed), stage.brokers
    async with stage.play(seed) as bus:
        for _ in range(rounds(stage)):
            for number in {await _coordinator(cluster, bus.names, luck, kind)
                           for kind in (TRANSACTIONS, GROUPS)}:  # fmt: skip
                await cluster.nodes[number].stop()
                await cluster.start_again(number)
            moved = [await cluster.elect_preferred(topic) for topic in (TRANSACTIONS, GROUPS)]
            assert any(moved)


async def _coordinator(cluster: Cluster, names: Names, luck: random.Random, kind: str) -> int:
    group = f"{names.prefix}{names.lineage}"
    key = group if kind == GROUPS else names.transactional_id(luck.randrange(4))
    return await cluster.coordinator(kind, key)


async def leader_asleep(stage: Stage, seed: int) -> None:
    """A node hangs past its session, others lead, it wakes up as one who thinks it leads."""
    luck, cluster = chance(seed), stage.brokers
    async with stage.play(seed) as bus:
        for _ in range(rounds(stage)):
            place = bus.names.physical("journal"), luck.randrange(4)
            number = await cluster.leader(*place)
            cluster.nodes[number].signal(signal.SIGSTOP)
            await asyncio.sleep(pause(luck, 3.5, 6.0))
            cluster.nodes[number].signal(signal.SIGCONT)
            await cluster.in_sync()


async def all_killed(stage: Stage, seed: int) -> None:
    """A power cut of the whole cluster: all three at once, then all start on their data."""
    luck, cluster = chance(seed), stage.brokers
    async with stage.play(seed):
        for _ in range(rounds(stage)):
            await asyncio.sleep(pause(luck, 0.5, 2.0))
            for node in cluster.nodes.values():
                node.signal(signal.SIGKILL)
            for node in cluster.nodes.values():
                await node.stop()
            await cluster.heal()


BROKERS = (leader_killed, restarted_one_by_one, coordinators_moved, leader_asleep, all_killed)
