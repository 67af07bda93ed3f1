"""Under dirt and kill -9, every number equals the truth: on the topics, in the API, by replay."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from hub import DRAIN_SECONDS, Hub, expected_counts
from privacy import files_with, records_with

from ops.simulator.census import FIRST_LOAD, Census
from ops.simulator.ledger import SOURCES, Truth
from ops.verification import verify
from streams.community_fold import CommunityFold

Until = Callable[..., Awaitable[None]]

ROUNDS = (2, 1, 1, 1)
"""How often every process is killed, by day."""
TOPICS = ("police.incidents", "city.cases", "household.moves", "permits.applications")
OTHERS = ("reference.lists", "control", "task.commands", "crossings")
LETTERS_SECONDS = 60.0


async def test_every_number_equals_the_truth_though_every_process_is_killed(
    hub: Hub, until: Until
) -> None:
    chance = random.Random(20261122)
    await _the_first_load_is_there(hub, until)
    for day, rounds in enumerate(ROUNDS):
        playing = asyncio.create_task(hub.city.run_day(day))
        hub.join("second_worker")
        for _ in range(rounds):
            killed = await hub.kill_all(chance)
            assert len(killed) > len(hub.services) / 2, killed
        await hub.leave("second_worker")
        await playing
        await _all_is_there(hub, day, until)
    truth = hub.city.ledger.after(len(ROUNDS) - 1)
    await _topics_hold_the_truth(hub, truth)
    await _tasks_are_the_truth(hub, truth)
    await _every_bad_row_is_a_letter(hub, truth)
    assert hub.city.platform is not None
    assert hub.city.platform.surprises == []
    await _a_replay_gives_the_same_answer(hub)
    await _nothing_personal_is_outside(hub)


async def _the_first_load_is_there(hub: Hub, until: Until) -> None:
    """Before the first day changes the register: what nobody read, nobody can tell of."""
    assert hub.city.population is not None
    register = Census(hub.city.population, ["household"]).after(FIRST_LOAD)
    letters = {(SOURCES["household"], row.record_id, row.rule, row.field) for row in register.bad}

    async def read() -> bool:
        counts = await hub.counts()
        found = {code: row["residents_total"] for code, row in counts.items()}
        return found == register.residents and await _letters(hub) >= letters

    await until(read, limit=DRAIN_SECONDS, what="the first load of the register")


async def _all_is_there(hub: Hub, day: int, until: Until) -> None:
    """Counts and letters: what stands in the register for a day must be read on that day."""
    truth = hub.city.ledger.after(day)
    await hub.until_true(truth)

    async def told() -> bool:
        return await _letters(hub) >= _expected_letters(truth)

    await until(told, limit=LETTERS_SECONDS, what=f"the letters of day {day}")


async def _topics_hold_the_truth(hub: Hub, truth: Truth) -> None:
    rows = await hub.rows("views.summary", "shequ.views.Summary")
    wanted = expected_counts(truth)
    names = next(iter(wanted.values())).keys()
    found = {row["code"]: {name: row[name] for name in names} for row in rows.values()}
    assert {code: counts for code, counts in found.items() if any(counts.values())} == wanted


async def _tasks_are_the_truth(hub: Hub, truth: Truth) -> None:
    tasks = await hub.rows("tasks", "shequ.tasks.Task")
    requests = await hub.rows("views.requests", "shequ.views.Request")
    members: dict[str, set[tuple[str, str]]] = {}
    for request in requests.values():
        if request["status"] != "left":
            key = (request["source"], request["record_id"])
            members.setdefault(request["task_id"], set()).add(key)
    found = {
        (task["code"], frozenset(members[task["task_id"]]), _ledger_state(task["state"]))
        for task in tasks.values()
        if task["state"] != "withdrawn"
    }
    assert found == {(task.code, task.requests, task.state) for task in truth.tasks}


def _ledger_state(state: str) -> str:
    return state if state in {"closed", "void"} else "open"


async def _every_bad_row_is_a_letter(hub: Hub, truth: Truth) -> None:
    assert await _letters(hub) == _expected_letters(truth)
    for topic in OTHERS:
        assert await hub.committed(f"dlq.{topic}", "shequ.dlq.Letter") == []


def _expected_letters(truth: Truth) -> set[tuple[str, str, str, str]]:
    return {(x.source, x.record_id, x.rule, x.field) for x in truth.letters}


async def _letters(hub: Hub) -> set[tuple[str, str, str, str]]:
    found = set()
    for topic in TOPICS:
        for letter in await hub.committed(f"dlq.{topic}", "shequ.dlq.Letter"):
            found.add((letter["source"], letter["record_id"], letter["rule"], letter["field"]))
            assert letter["advice"], letter
    return found


async def _a_replay_gives_the_same_answer(hub: Hub) -> None:
    proofs = await verify(hub.bootstrap, hub.names, CommunityFold.open(hub.home))
    assert sum(proof.journal for proof in proofs) > 0
    assert [found for proof in proofs for found in proof.differences] == []


async def _nothing_personal_is_outside(hub: Hub) -> None:
    secrets = hub.city.ledger.secrets(hub.city.settings.days - 1)
    assert len(secrets) > 1000
    assert files_with(hub.home, secrets, apart={"city", "keys"}) == []
    assert await records_with(hub.bootstrap, hub.names.prefix, secrets) == []
