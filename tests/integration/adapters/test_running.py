"""How a running adapter behaves: it retries, halts loudly, drains, says what it does."""

import asyncio
import signal
from typing import Any

import pytest

from tests.integration.adapters.town import Found, Hub, Running, Until

DAY = 1


async def says(hub: Hub, name: str, until: Until, state: str, word: str = "") -> dict[str, Any]:
    """The first heartbeat of that state whose detail has the word."""
    found: list[dict[str, Any]] = []

    async def heard() -> bool:
        beats = [m.event for m in await hub.messages("adapters.heartbeats") if m.key == name]
        found[:] = [b for b in beats if b["state"] == state and word in b["detail"]]
        return bool(found)

    await until(heard, limit=30, what=f"{name} is {state} {word}")
    return found[0]


async def stop(process: asyncio.subprocess.Process) -> int:
    """SIGTERM; the exit code."""
    process.send_signal(signal.SIGTERM)
    return await asyncio.wait_for(process.wait(), 20)


async def test_told_to_stop_an_adapter_finishes_and_says_so(
    found: Found, until: Until, running: Running
) -> None:
    town = await found()
    await town.city.run_day(DAY)
    process = await running(town.hub, "police_incidents")
    await until(lambda: town.hub.count("police.incidents"), limit=30)
    assert await stop(process) == 0
    beat = await town.hub.heartbeat("police_incidents")
    assert beat["state"] == "stopping"
    assert beat["events"] == await town.hub.count("police.incidents")
    assert beat["last_read_at"] is not None
    assert beat["last_append_at"] is not None


async def test_while_the_source_fails_the_adapter_retries_and_then_goes_on(
    found: Found, until: Until, running: Running
) -> None:
    town = await found()
    await town.city.run_day(DAY)
    town.city.police.fail("error", times=5)
    town.city.police.fail("half", times=5)
    process = await running(town.hub, "police_incidents")
    await says(town.hub, "police_incidents", until, "retrying", "500")
    await says(town.hub, "police_incidents", until, "retrying", "half an answer")
    await until(lambda: town.hub.count("police.incidents"), limit=30)
    assert await stop(process) == 0


async def test_a_refused_key_halts_the_adapter_and_it_goes_on_saying_so(
    found: Found, until: Until, running: Running
) -> None:
    town = await found()
    town.hub.environment["SHEQU_POLICE_INCIDENTS__API_KEY"] = "an old one"
    process = await running(town.hub, "police_incidents")
    first = await says(town.hub, "police_incidents", until, "halted", "SHEQU_POLICE_INCIDENTS__API")

    async def said_again() -> bool:
        beat = await town.hub.heartbeat("police_incidents")
        return bool(beat["state"] == "halted" and beat["at"] > first["at"])

    await until(said_again, what="a second heartbeat")
    assert await stop(process) == 3


async def test_a_source_that_is_mostly_bad_halts_its_adapter(found: Found) -> None:
    town = await found()
    town.hub.environment |= {
        "SHEQU_CITY_CASES__BAD_WINDOW": "10",
        "SHEQU_CITY_CASES__BAD_SHARE": "0.2",
    }
    bad = town.city.cases.inbox / "案件导出_20261120_000900.csv"
    header = (
        "案件编号,大类,小类代码,小类标准,部件编码,上报时间,处置阶段,结案时间,派遣部门,社区编码,"
    )
    header += "地址,经度,纬度,上报人,联系电话,问题描述"
    rows = [f"{number},事件,,,,,,,,,,,,,," for number in range(20)]
    bad.write_text("\n".join([header, *rows]) + "\n", "utf-8-sig")
    assert await town.hub.once("city_cases") == 3
    beat = await town.hub.heartbeat("city_cases")
    assert beat["state"] == "halted"
    assert "10 of the last 10 rows" in beat["detail"]
    assert await town.hub.count("dlq.city.cases") == 10


@pytest.mark.parametrize(
    ("name", "topic"),
    [("city_cases", "city.cases"), ("police_incidents", "police.incidents")],
)
async def test_a_first_load_is_marked_as_backfill_where_asked_for(
    found: Found, name: str, topic: str
) -> None:
    """The mark ends once something was loaded, not before: an empty folder is no load."""
    town = await found()
    town.hub.environment[f"SHEQU_{name.upper()}__BACKFILL_FIRST_LOAD"] = "true"
    assert await town.hub.once(name) == 0
    await town.city.run_day(0)
    assert await town.hub.once(name) == 0
    first = await town.hub.messages(topic)
    assert first
    assert all(message.event["backfill"] for message in first)
    await town.city.run_day(1)
    assert await town.hub.once(name) == 0
    ids = {message.headers["ce_id"] for message in first}
    everything = await town.hub.messages(topic)
    later = [message for message in everything if message.headers["ce_id"] not in ids]
    assert later
    assert not any(message.event["backfill"] for message in later)


async def test_two_processes_never_share_one_adapter(
    found: Found, until: Until, running: Running
) -> None:
    town = await found()
    await town.city.run_day(DAY)
    process = await running(town.hub, "city_cases")
    await until(lambda: town.hub.count("city.cases"), limit=30)
    assert await town.hub.once("city_cases") == 1
    assert "Another process runs this adapter" in (town.hub.home / "city_cases.log").read_text()
    assert await stop(process) == 0


async def test_without_a_broker_the_adapter_waits_and_can_be_stopped(
    found: Found, until: Until, running: Running
) -> None:
    town = await found()
    town.hub.environment["SHEQU_BOOTSTRAP"] = "127.0.0.1:1"
    process = await running(town.hub, "city_cases")
    log = town.hub.home / "city_cases.log"
    await until(lambda: "broker.away" in log.read_text(), limit=20)
    assert process.returncode is None
    assert await stop(process) == 0


async def test_a_topic_that_was_made_anew_halts_the_adapter(found: Found) -> None:
    town = await found()
    await town.city.run_day(DAY)
    assert await town.hub.once("city_cases") == 0
    await town.hub.remake("city.cases")
    assert await town.hub.once("city_cases") == 3
    assert "it was made anew" in (await town.hub.heartbeat("city_cases"))["detail"]


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("SHEQU_CITY_CASES__POLL_SECONDS", "soon", "setting SHEQU_CITY_CASES__POLL_SECONDS='soon'"),
        ("SHEQU_HEARTBEAT_SECONDS", "0", "setting SHEQU_HEARTBEAT_SECONDS='0' is not allowed"),
    ],
)
async def test_a_wrong_setting_is_one_message_and_exit_code_2(
    found: Found, setting: str, value: str, said: str
) -> None:
    town = await found()
    town.hub.environment[setting] = value
    assert await town.hub.once("city_cases") == 2
    log = (town.hub.home / "city_cases.log").read_text()
    assert said in log
    assert "Traceback" not in log
