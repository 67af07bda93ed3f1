"""Ten hours of outage: what the backlog itself would have met in time must not be late."""

import asyncio
import contextlib
import time
from collections.abc import Iterator

from bus import Bus
from faults.stage import CALM, Stage, chance
from sayings import CITY, COMMUNITY, HOUR, NEXT, case
from stories import SCHEMAS, Told

from schemas.codec import Codec
from schemas.identity import task_id

FIRE_LANE = {"list": "GB/T 47678.5", "version": "2026", "value": "09012"}
"""Its clock runs out after two hours."""
CODES = (COMMUNITY, NEXT)
AWAY_MS = 10 * HOUR
MINUTE = HOUR // 60
WHOLE_WAY = (("accept", "handler"), ("dispose", "handler"), ("verify", "requester"))
Said = tuple[int, Told]
"""When, ms, and what."""


async def ten_hours_away(stage: Stage, seed: int) -> None:
    """Nobody folded for ten hours; the closings and the commands lie in the backlog."""
    luck = chance(seed)
    bus = await stage.bus(message_timestamp_type="CreateTime")
    began = time.time_ns() // 1_000_000 - AWAY_MS
    said: list[Said] = []
    missed: set[str] = set()
    for number in range(stage.records // 3):
        record, code = f"F{number}", luck.choice(CODES)
        at, ends = began + luck.randrange(7 * HOUR), luck.randint(5, 115) * MINUTE
        said.append((at, _case(record, 1, code, at)))
        fate = luck.choice(("closed", "disposed", "forgotten"))
        if fate == "closed":
            said.append((at + ends, _case(record, 2, code, at + ends, status="closed")))
        elif fate == "disposed":
            for version, (command, role) in enumerate(WHOLE_WAY, 1):
                when = at + ends - (len(WHOLE_WAY) - version) * MINUTE
                said.append((when, _command(record, code, version, command, role)))
        else:
            missed.add(task_id(CITY, record, code))
    said.sort(key=lambda one: one[0])
    await bus.send((told for _, told in said), times=_times(said))
    await stage.start_ready(bus, "back", **CALM)
    await stage.folded(bus)
    with contextlib.suppress(TimeoutError):  # the proof says more
        await stage.until(lambda: _is_told(bus, missed), 20)
    await stage.finish(bus)
    late = await _late(bus)
    assert late == sorted(missed), (
        len(late),
        len(missed),
        sorted(missed.symmetric_difference(late)),
    )


def _times(said: list[Said]) -> Iterator[int]:
    yield from (at for at, _ in said)


def _case(record: str, order: int, code: str, now: int, **stated: object) -> Told:
    """Without a unit, so that no two of them are one task."""
    told = case(record, order, now, kind=FIRE_LANE, community=code, unit=None, **stated)
    return Told(0, "city.cases", code.encode(), Codec().encode(SCHEMAS["city.cases"], told))


def _command(record: str, code: str, version: int, command: str, role: str) -> Told:
    wish = {
        "command_id": f"{record}-{command}", "task_id": task_id(CITY, record, code),
        "request_id": None, "code": code, "expected_version": version, "command": command,
        "role": role, "actor": "worker.017", "reason": "", "at": 0, "target": None,
    }  # fmt: skip
    value = Codec().encode(SCHEMAS["task.commands"], wish)
    return Told(0, "task.commands", code.encode(), value)


async def _is_told(bus: Bus, missed: set[str]) -> bool:
    """Whether as many clocks have run out; looks twice a second."""
    await asyncio.sleep(0.5)
    return len(await _late(bus)) >= len(missed)


async def _late(bus: Bus) -> list[str]:
    """Tasks whose clock ran out, as the history tells it."""
    told = (await bus.read(["task.events"])).values()
    events = [bus.fold.decode("shequ.tasks.Event", r.value or b"") for some in told for r in some]
    return sorted(event["task_id"] for event in events if event["what"] == "clock_missed")


OUTAGE = (ten_hours_away,)
