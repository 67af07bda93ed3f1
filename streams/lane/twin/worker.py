"""What Faust's consumer does around the lane, one step at a time and in any order one wants."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from functools import partial

from schemas.naming import Names
from streams.lane.errors import LogTrimmedError
from streams.lane.fold import AnyFold
from streams.lane.lane import Lane
from streams.lane.port import Fetched, Place
from streams.lane.twin.disk import Machine
from streams.lane.twin.log import MemoryLog

FETCH_RECORDS = 1_000
MOST_TURNS = 100_000


class MemoryWorker:
    """One worker on the twin. `failure` is what ended it; then it does nothing any more.

    `skew`: ms by which its clock is ahead of the broker's.
    """

    def __init__(
        self, log: MemoryLog, fold: AnyFold, names: Names, machine: Machine | None = None
    ) -> None:
        """`machine`: where rows are on disk; without one they are in memory."""
        self.failure: BaseException | None = None
        self.skew = 0
        self.claim = log.claim()
        self._log = log
        self._positions: dict[Place, int] = {}
        self._in_flight: tuple[int, list[Fetched]] = (0, [])
        self.machine = machine
        stores = None if machine is None else machine.stores(fold)
        self.lane = Lane(fold, self.claim, names, self._end, self._clock, stores=stores)

    def _clock(self) -> int:
        return self._log.clock() + self.skew

    def _end(self, error: BaseException) -> None:
        if self.failure is None:
            self.failure = error
            self.claim.kill()  # the process ends at once: nothing of it goes on behind this
            self._log.tell("end", type(error).__name__)

    def kill(self) -> None:
        """Kill -9: it is gone with all it knows; what it has open stays open."""
        self._end(KilledError())

    async def assign(self, numbers: Collection[int]) -> bool:
        """Take partitions over, as after a rebalance."""
        if self.failure is not None:
            return False
        try:
            return await self.lane.assign(numbers, self._log.partitions, self._seek)
        except Exception as error:  # noqa: BLE001 -- as the consumer does: whatever it is, it ends
            self._end(error)
            return False

    async def _seek(self, places: Mapping[Place, int]) -> None:
        self._positions = dict(places)

    def fetch(self, limit: int = FETCH_RECORDS) -> int:
        """One fetch of all that is wanted, at most `limit` records each; gives how many came."""
        self.begin_fetch(limit)
        return self.end_fetch()

    def begin_fetch(self, limit: int = FETCH_RECORDS) -> None:
        """Ask for records; between this and `end_fetch` anything may happen."""
        lane = self.lane
        if self.failure is None:
            wanted = [place for place in self._positions if lane.wants(*place)]
            self._guard(lambda: self._keep(lane.generation, wanted, limit))

    def _keep(self, generation: int, wanted: list[Place], limit: int) -> None:
        self._in_flight = (generation, [self._fetch(place, limit) for place in wanted])

    def end_fetch(self, *, checked: bool = True) -> int:
        """Hand over what came; gives how many records.

        What came of before a rebalance is dropped, as the consumer does. `checked=False` hands
        it over all the same: the lane must notice.
        """
        generation, fetched = self._in_flight
        self._in_flight = (0, [])
        if self.failure is not None or (checked and generation != self.lane.generation):
            return 0
        self._guard(lambda: self._feed(fetched))
        return sum(len(one.records) for one in fetched)

    def _feed(self, fetched: list[Fetched]) -> None:
        for one in fetched:
            self.lane.feed(one)

    def _guard(self, work: Callable[[], None]) -> bool:
        """Whether it worked: what does not ends the worker."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 -- as the consumer does: whatever it is, it ends
            self._end(error)
            return False
        return True

    def _fetch(self, place: Place, limit: int) -> Fetched:
        start = self._positions[place]
        if start < self._log.start(*place):
            message = f"{place}: {start} is gone"
            raise LogTrimmedError(message)
        end = self._log.stable(*place)
        found = self._log.read(*place, start, limit) if start < end else []
        position = end if len(found) < limit else found[-1].offset + 1
        self._positions[place] = position
        return Fetched(*place, start, found, position, at_end=position >= end)

    def slip(self, by: int = 1) -> None:
        """Let the reader's positions move with nothing handed over: a fetch across a seek did."""
        for place, position in self._positions.items():
            self._positions[place] = min(position + by, self._log.stable(*place))

    def fold(self) -> int:
        """Fold every unit that is ready; its commit goes on by itself. Gives how many."""
        if self.failure is not None:
            return 0
        units = list(self.lane.units())
        for unit in units:
            if not self._guard(partial(self.lane.process, unit)):
                break
        return len(units)

    async def quiesce(self) -> None:
        """Commit and give everything up, as before a rebalance."""
        if self.failure is None:
            await self.lane.quiesce()

    async def drain(self) -> None:
        """Fetch, fold and commit until nothing is left to do, or it ends.

        Raises RuntimeError where that has no end.
        """
        for _ in range(MOST_TURNS):
            busy = self.failure is None and (self.fetch() or self.fold() or self.lane.committing)
            if not busy:
                return
            await asyncio.sleep(0)
        message = f"there is still something to do after {MOST_TURNS} turns"
        raise RuntimeError(message)


class KilledError(Exception):
    """It was killed; nobody reads this."""
