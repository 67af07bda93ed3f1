"""A city that runs: day by day when asked, or on and on by the clock.

    city = Simulation(folder, Settings(start=date(2026, 11, 1), people=2000))
    async with city.served() as base_url:
        await city.run_day(0)  # all of the day can be read when this returns
        await city.drained()  # what is sent rather than read has arrived
        truth = city.ledger.after(0)

Killed at any moment and made again with the same arguments it goes on without contradiction: rows
are drawn again from the plan, files are dropped once.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from pathlib import Path
from typing import get_args

from aiohttp import web

from ops.simulator import own_feed, own_moves, permit_feed
from ops.simulator.case_folder import CaseFolder
from ops.simulator.census import Census
from ops.simulator.city import City
from ops.simulator.department import Department
from ops.simulator.exports import Drop, Exports
from ops.simulator.front_end import FrontEnd
from ops.simulator.household_database import HouseholdDatabase
from ops.simulator.ledger import Ledger
from ops.simulator.memory import Memory, SimulatorError, replace_file
from ops.simulator.permit_books import PermitBooks
from ops.simulator.permit_feed import Webhook
from ops.simulator.permit_plan import PermitPlan
from ops.simulator.permit_platform import Platform
from ops.simulator.plan import Plan
from ops.simulator.police_feed import Shown, feed
from ops.simulator.police_system import PoliceSystem, served
from ops.simulator.population import Committed, Population
from ops.simulator.produced import Produced
from ops.simulator.records import System
from ops.simulator.settings import DAY, Dirt, Settings
from ops.simulator.targets import Targets

API_KEY = "shequ-simulator"
EVERY: tuple[System, ...] = get_args(System)
Action = Shown | Drop | Webhook | Produced | Committed


class Simulation:
    """One city in one folder; `systems` are those that this process plays.

    Of those that send, it plays the ones that `targets` have an address for. The register's
    database runs while the city is `living`.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        dirt: Dirt | None = None,
        *,
        systems: Collection[System] = EVERY,
        targets: Targets | None = None,
        speed: float = 1.0,
        half_seconds: float = 0.2,
    ) -> None:
        self.folder, self.settings, self.speed = folder, settings, speed
        self.city = City(settings, dirt)
        self._memory = Memory(folder)
        self._memory.keep(settings, self.city.dirt, speed)
        self._write_estates()
        self.plan = Plan(self.city)
        self.exports = Exports(self.plan, self.clock)
        self.permits = PermitPlan(self.city)
        self.population = Population(self.city) if settings.registered else None
        census = Census(self.population) if self.population is not None else None
        self.ledger = Ledger(self.plan, self.exports, PermitBooks(self.permits), census)
        self.police = PoliceSystem(self.city.dirt, settings.seed, API_KEY)
        self.cases = CaseFolder(folder, half_seconds)
        self._systems, self._targets = frozenset(systems), targets or Targets()
        self.platform, self.department = self._platform(), self._department()
        self.database = HouseholdDatabase(folder, self._targets.database)
        self._front_end: FrontEnd | None = None
        self._played = 0  # days played whole by this process

    @classmethod
    def first_day(cls, folder: Path, default: date) -> date:
        """The first day of the city that lives in the folder, else the default."""
        start = Memory(folder).start
        return default if start is None else date.fromisoformat(start)

    @property
    def _live_start(self) -> int:
        return self.settings.start_ms + self.settings.days * DAY

    def clock(self, at: int) -> int:
        """The time written into rows: the plan's in history, the real one once live."""
        live = self._memory.live if at >= self._live_start else None
        return at if live is None else live + int((at - self._live_start) / self.speed)

    async def run_day(self, day: int) -> None:
        """Play the day, and days before it not yet played, at full speed.

        When it returns, all rows and files of the day can be read, and its truth is written. What
        is sent is in the outboxes, and sent while the city is `living`: see `drained`.
        """
        while self._played <= day:
            for action in self._actions(self._played):
                await self._perform(action)
            self._write_truth(self._played)
            self._played += 1

    async def run(self) -> None:
        """Play the history at full speed, then live at `speed`, until cancelled."""
        await self.run_day(self.settings.days - 1)
        now = _now()
        if self._memory.live_since(now) < self._live_start:
            raise SimulatorError(
                f"start {self.settings.start} and {self.settings.days} days of history end in the "
                "future: start earlier, or take fewer days."
            )
        while True:
            for action in self._actions(self._played):
                await asyncio.sleep(max(0.0, (self.clock(action.at) - _now()) / 1000))
                await self._perform(action)
            self._write_truth(self._played)
            self._played += 1

    async def drained(self) -> None:
        """Return when all that was to be sent so far has arrived."""
        for sender in self._senders:
            await sender.drained()

    @asynccontextmanager
    async def living(self) -> AsyncIterator[None]:
        """Run the register's database, and send what is in the outboxes, while the block runs."""
        async with AsyncExitStack() as living:
            if self.population is not None and self.plays_register:
                opened = self.database.front_end(
                    self.population, self.clock, self._targets.database_port
                )
                self._front_end = await living.enter_async_context(opened)
                living.callback(self._close)
            for sender in self._senders:
                await living.enter_async_context(sender.sending())
            yield

    @asynccontextmanager
    async def served(
        self, application: web.Application | None = None, port: int = 0
    ) -> AsyncIterator[str]:
        """Live, and serve the police system, while the block runs; gives its base URL."""
        application = application or self.police.application()
        async with self.living(), served(application, port=port) as base_url:
            yield base_url

    @property
    def plays_register(self) -> bool:
        """Whether this process writes the register's database."""
        return self.settings.registered and "household" in self._systems

    @property
    def _senders(self) -> list[Platform | Department]:
        return [sender for sender in (self.platform, self.department) if sender is not None]

    def _platform(self) -> Platform | None:
        targets, played = self._targets, "permits" in self._systems
        wanted = played and targets.receiver
        return Platform(self.folder, targets.receiver, targets.secret) if wanted else None

    def _department(self) -> Department | None:
        wanted = self._systems & {"own_cases", "own_moves"} and self._targets.produces
        return Department(self.folder, self._targets) if wanted else None

    def _actions(self, day: int) -> list[Action]:
        """What becomes visible on the day, in order."""
        actions: list[Action] = []
        if "police" in self._systems:
            actions += feed(self.plan, day)
        if "city" in self._systems:
            actions += self.exports.day(day)
        if self.platform is not None:
            actions += permit_feed.feed(self.permits, day)
        if self.department is not None and "own_cases" in self._systems:
            actions += own_feed.feed(self.plan, day)
        if self.department is not None and "own_moves" in self._systems:
            actions += own_moves.feed(self.population, day)
        if self.population is not None and self.plays_register:
            actions += self.population.told(day)
        return sorted(actions, key=lambda action: action.at)

    async def _perform(self, action: Action) -> None:
        if isinstance(action, Drop):
            await self.cases.put(action, self.clock)
        elif isinstance(action, Shown):
            self.police.show(action.row(self.clock), action.copies)
        elif isinstance(action, Webhook) and self.platform is not None:
            self.platform.put(action.message(self.clock))
        elif isinstance(action, Produced) and self.department is not None:
            self.department.put(action, self.clock)
        elif isinstance(action, Committed):
            await self._open_front_end.commit(action.batch)

    @property
    def _open_front_end(self) -> FrontEnd:
        if self._front_end is None:
            raise SimulatorError(
                "The register's database does not run: play days while the city is `living` or "
                "`served`, or without a register (registered=False)."
            )
        return self._front_end

    def _close(self) -> None:
        self._front_end = None

    def _write_estates(self) -> None:
        path = self.folder / "estates.csv"
        table = self.city.places.table()
        if not path.exists() or path.read_bytes() != table:
            replace_file(path, table)

    def _write_truth(self, day: int) -> None:
        truth = self.ledger.after(day).as_json()
        replace_file(self.folder / "truth" / f"day-{day:04d}.json", truth.encode())


def _now() -> int:
    return time.time_ns() // 1_000_000
