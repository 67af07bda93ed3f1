"""A schedule: workers that come, die, sleep and wake while departments go on sending; by a seed.

Everything in it is chosen by one random number generator and runs in virtual time: the same seed
is the same run, event by event.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import accumulate
from typing import Self

from schemas.naming import Names
from streams.lane.fold import AnyFold
from streams.lane.twin.crew import Crew, Said, Say
from streams.lane.twin.exactness import Exactness
from streams.lane.twin.log import MemoryLog
from streams.lane.twin.loop import in_virtual_time
from streams.lane.twin.quiet import quiet

START = 1_795_132_800_000
"""Time of the broker when a schedule begins, ms."""
STEPS = 120
ACTS: Mapping[str, int] = {
    "say": 300, "work": 560, "rebalance": 30, "overtake": 12, "kill": 16, "stop": 12, "wake": 20,
    "seek": 8, "compact": 14, "retain": 10, "skew": 6, "night": 4,
}  # fmt: skip
"""What happens, and how often; `streams.lane.twin.crew.Crew` has a method of each name."""
FAULTS: Mapping[str, int] = {
    "": 800, "slow": 120, "before": 30, "after": 30, "abort": 12, "hang": 8,
}  # fmt: skip
"""What becomes of a commit, and how often; see `streams.lane.twin.log.Fault`."""
ON_DISK = 0.5
"""Share of the schedules in which workers keep their rows on disk."""
MACHINES = 4
LATENCIES = (0.0, 0.0, 0.0, 0.002, 0.02, 0.3)
"""Seconds that a request to the log takes."""


class Schedule:
    """One run of the lane on the log in memory."""

    def __init__(
        self,
        seed: int,
        new_fold: Callable[[], AnyFold],
        say: Say,
        partitions: int = 2,
        steps: int = STEPS,
        acts: Mapping[str, int] = ACTS,
        faults: Mapping[str, int] = FAULTS,
        *,
        on_disk: bool | None = None,
    ) -> None:
        """`new_fold` makes the fold of each worker. `acts` and `faults`: weights, see there.

        `on_disk`: whether workers keep their rows on disk; by the seed, where it is not said.
        """
        self.seed = seed
        self.partitions = partitions
        self.new_fold = new_fold
        self._steps = steps
        self._acts, self._act_weights = list(acts), list(accumulate(acts.values()))
        self._faults, self._fault_weights = list(faults), list(accumulate(faults.values()))
        self._chance = random.Random(seed)  # noqa: S311 -- repeatable, not secret
        self._calm = False
        self._seconds: Callable[[], float] = float
        self.log = MemoryLog(self.clock, self._fault, partitions, self._latency)
        chosen = self._chance.random() < ON_DISK
        machines = MACHINES if (chosen if on_disk is None else on_disk) else 0
        self._crew = Crew(self.log, Names(), new_fold, say, self._chance, machines)
        self._exactness = Exactness(self.log, Names(), new_fold, range(partitions))

    def play(self, then: Iterable[Said] = ()) -> Self:
        """All steps, then what is said at last; then a worker that nothing disturbs folds the rest.

        Call it from a plain function: it has an event loop of its own.
        """
        with quiet():
            in_virtual_time(self._play(then))
        return self

    def require_exact(self) -> Self:
        """Raises NotExactError, with the seed, where a record was lost or folded twice."""
        try:
            self._exactness.require()
        except AssertionError as error:
            error.add_note(f"seed {self.seed}, workers ended by {dict(Counter(self.ended))}")
            raise
        return self

    @property
    def ended(self) -> list[str]:
        """What ended each worker that ended: `killed`, or the name of its error."""
        return self._crew.ended

    @property
    def fingerprint(self) -> str:
        """Digest of all that happened to the log, with its times: the same for the same seed."""
        return blake2b(repr(self.log.events).encode(), digest_size=16).hexdigest()

    def rows(self, number: int) -> dict[tuple[str, str], bytes]:
        """Committed rows of a partition, by table and key."""
        return self._exactness.rows(number)

    def clock(self) -> int:
        """The broker's time, ms."""
        return START + int(self._seconds() * 1000)

    async def _play(self, then: Iterable[Said]) -> None:
        self._seconds = asyncio.get_running_loop().time
        names = self._chance.choices(self._acts, cum_weights=self._act_weights, k=self._steps)
        for name in names:
            await getattr(self._crew, name)()
        for said in then:
            self._crew.append(said)
        self._calm = True
        await self._crew.finish()

    def _latency(self) -> float:
        return 0.0 if self._calm else self._chance.choice(LATENCIES)

    def _fault(self) -> str | None:
        if self._calm:
            return None
        (fault,) = self._chance.choices(self._faults, cum_weights=self._fault_weights)
        return fault or None


def schedules(
    seeds: Iterable[int],
    new_fold: Callable[[], AnyFold],
    say: Say,
    partitions: int = 2,
    steps: int = STEPS,
) -> Iterator[Schedule]:
    """Each seed's schedule, played and exact. Raises NotExactError where one is not."""
    for seed in seeds:
        yield Schedule(seed, new_fold, say, partitions, steps).play().require_exact()
