"""Liveness says that the process answers; readiness, that what it shows is complete and current."""

from typing import TYPE_CHECKING

import httpx
import pytest
import time_machine
from aiokafka import TopicPartition

from dashboard.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.unit.dashboard.conftest import Model

    Asking = Callable[[Settings], AbstractAsyncContextManager[httpx.AsyncClient]]

VIEW = TopicPartition("views.incidents.v1", 0)


async def test_without_a_read_model_it_lives_but_is_not_ready(
    settings: Settings, asking_at: "Asking"
) -> None:
    async with asking_at(settings) as client:
        assert (await client.get("/api/health")).json()["status"] == "ok"
        for path in ("/api/ready", "/api/city", "/api/tasks"):
            answer = await client.get(path)
            assert answer.status_code == 503
            assert "shequ projector" in answer.json()["detail"]


async def test_a_read_model_that_is_no_database_is_said_so(
    settings: Settings, asking_at: "Asking"
) -> None:
    (settings.home / "read-model.sqlite").write_bytes(b"no database at all" * 100)
    async with asking_at(settings) as client:
        answer = await client.get("/api/city")
    assert answer.status_code == 503
    assert "--rebuild" in answer.json()["detail"]


async def test_caught_up_is_ready(model: "Model", client: httpx.AsyncClient) -> None:
    await model.commit(next={VIEW: 7}, ends={VIEW: 7})
    answer = await client.get("/api/ready")
    assert answer.status_code == 200
    found = answer.json()
    assert (found["ready"], found["behind"], found["reasons"]) == (True, 0, [])


async def test_it_says_how_far_behind_each_partition_is(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await model.commit(next={VIEW: 7}, ends={VIEW: 12})
    found = (await client.get("/api/ready")).json()
    assert (found["behind"], found["positions"][0]["behind"]) == (5, 5)


async def test_while_it_is_rebuilt_it_is_not_ready(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await model.commit(state="rebuilding")
    answer = await client.get("/api/ready")
    assert answer.status_code == 503
    assert "being rebuilt" in answer.json()["reasons"][0]


async def test_what_the_projector_waits_for_is_said_until_it_goes_on(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await model.commit()
    await model.store.fail("the broker is away")
    answer = await client.get("/api/ready")
    assert answer.status_code == 503
    assert "the broker is away" in answer.json()["reasons"][0]
    await model.commit()
    assert (await client.get("/api/ready")).status_code == 200


async def test_a_projector_not_seen_for_long_makes_it_not_ready(
    model: "Model", client: httpx.AsyncClient
) -> None:
    with time_machine.travel("2026-11-01", tick=False):
        await model.commit()
    with time_machine.travel("2026-11-02", tick=False):
        answer = await client.get("/api/ready")
    assert answer.status_code == 503
    assert "start `shequ projector`" in answer.json()["reasons"][0]


async def test_a_read_model_of_other_code_is_not_shown(
    model: "Model", client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await model.commit()
    monkeypatch.setattr("dashboard.model.store.fingerprint", lambda: "newer")
    await model.store.take_over("a-cluster", rebuild=True)
    answer = await client.get("/api/city")
    assert answer.status_code == 503
    assert "same one" in answer.json()["detail"]
