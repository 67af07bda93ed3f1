"""The way to the brokers: cut, slow, one-way, lost."""

import asyncio

from faults.brokers import rounds
from faults.stage import Stage, chance
from workers import pause


async def cut_off(stage: Stage, seed: int) -> None:
    """One broker cannot be reached by the workers, though it lives and leads."""
    luck, cluster = chance(seed), stage.brokers
    async with stage.play(seed) as bus:
        for turn in range(rounds(stage)):
            place = bus.names.physical("journal"), luck.randrange(4)
            number = await cluster.leader(*place)
            proxy = cluster.proxies[number]
            proxy.refusing = turn % 2 == 0
            proxy.silent = not proxy.refusing
            if proxy.refusing:
                cluster.proxies.cut(number)
            await asyncio.sleep(pause(luck, 3.0, 8.0))
            proxy.mend()


async def answers_lost(stage: Stage, seed: int) -> None:
    """Requests arrive and their answers never do; then the connections break."""
    luck, cluster = chance(seed), stage.brokers
    async with stage.play(seed):
        for _ in range(rounds(stage) * 2):
            number = luck.choice(sorted(cluster.nodes))
            cluster.proxies[number].deaf = True
            await asyncio.sleep(pause(luck, 0.2, 2.0))
            cluster.proxies.cut(number)
            cluster.proxies[number].mend()
            await asyncio.sleep(pause(luck, 0.2, 1.5))


async def connections_broken(stage: Stage, seed: int) -> None:
    """Connections are reset or half closed, again and again, in the middle of anything."""
    luck, cluster = chance(seed), stage.brokers
    async with stage.play(seed):
        for _ in range(rounds(stage) * 6):
            number = luck.choice(sorted(cluster.nodes))
            breaks = luck.choice((cluster.proxies.cut, cluster.proxies.close_halves))
            breaks(number)
            await asyncio.sleep(pause(luck, 0.1, 1.5))


async def slow(stage: Stage, seed: int) -> None:
    """Every answer is late by 50 to 2,000 ms, of transactions, too, or drips."""
    luck, cluster = chance(seed), stage.brokers
    async with stage.play(seed):
        for _ in range(rounds(stage)):
            most = luck.choice((0.05, 0.3, 1.0, 2.0))
            for proxy in cluster.proxies.each:
                proxy.delay = (0.05, most)
                proxy.bytes_a_second = luck.choice((0, 50_000))
            await asyncio.sleep(pause(luck, 4.0, 9.0))
            cluster.proxies.mend()


async def connections_forgotten(stage: Stage, seed: int) -> None:
    """Connections to a broker carry nothing any more and nobody is told; new ones work."""
    luck, cluster = chance(seed), stage.brokers
    async with stage.play(seed):
        for _ in range(rounds(stage)):
            await asyncio.sleep(pause(luck, 0.2, 2.0))
            cluster.proxies.lose(luck.choice(sorted(cluster.nodes)))


NETWORK = (cut_off, answers_lost, connections_broken, connections_forgotten, slow)
