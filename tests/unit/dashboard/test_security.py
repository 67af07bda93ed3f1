"""What every answer carries, and who is answered at all."""

from typing import TYPE_CHECKING

import httpx
import pytest

from dashboard.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    Asking = Callable[[Settings], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.mark.parametrize(
    "path", ["/", "/api/health", "/api/tasks?sort=x", "/api/nothing", "/registry/subjects"]
)
async def test_every_answer_carries_the_headers_errors_too(
    client: httpx.AsyncClient, path: str
) -> None:
    headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "'unsafe-eval'" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_answers_of_the_api_are_not_kept(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/health")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost", 200),
        ("LOCALHOST:9999", 200),
        ("[::1]:8080", 200),
        ("shequ.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("evil.example:8080", 421),
        ("", 421),
    ],
)
async def test_only_those_who_ask_by_our_name_are_answered(
    client: httpx.AsyncClient, host: str, status: int
) -> None:
    """A page elsewhere can point its own name at this machine; the browser then tells that name."""
    answer = await client.get("/api/health", headers={"Host": host})
    assert answer.status_code == status
    if status == 421:
        assert "SHEQU_DASHBOARD_NAMES" in answer.json()["detail"]


@pytest.mark.parametrize("names", ["shequ.example, hub.example", "*"])
async def test_an_operator_may_add_names(tmp_path: "Path", asking_at: "Asking", names: str) -> None:
    settings = Settings(home=tmp_path, dashboard_names=names)
    async with asking_at(settings) as client:
        answer = await client.get("/api/health", headers={"Host": "hub.example:8443"})
    assert answer.status_code == 200


async def test_a_fault_of_ours_shows_nothing_of_our_inside(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ValueError("/srv/secret/path")

    monkeypatch.setattr("dashboard.api.names.lists.stated_kinds", broken)
    answer = await client.get("/api/kinds")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"
