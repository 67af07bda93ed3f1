"""People read Chinese unless they ask for English; what machines read is the same in both."""

from typing import TYPE_CHECKING

import httpx
import pytest

from dashboard.said import preferred

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from dashboard.settings import Settings
    from tests.unit.dashboard.conftest import Model

    Asking = Callable[[Settings], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", "zh"),
        ("*", "zh"),
        ("fr", "zh"),
        ("zh-CN", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en", "en"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("EN-us", "en"),
        ("fr, en;q=0.5", "en"),
        ("zh;q=0.2, en;q=0.7", "en"),
        ("en;q=0", "zh"),
        ("en;q=many,zh;q=0.1", "zh"),
        (";;,,=", "zh"),
    ],
)
def test_the_browser_says_which_language(accepted: str, expected: str) -> None:
    assert preferred(accepted) == expected


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/tasks?sort=x", 400),
        ("/api/tasks?page=0", 400),
        ("/api/tasks?sate=open", 400),
        ("/api/permits?act=x", 400),
        ("/api/residents?code=999999999999", 400),
        ("/api/tasks/none", 404),
        ("/api/units/999999999999", 404),
        ("/api/nothing", 404),
        ("/page.js", 404),
    ],
)
async def test_a_problem_is_told_in_both_languages_with_the_same_facts(
    client: httpx.AsyncClient, path: str, status: int
) -> None:
    english = await client.get(path)
    chinese = await client.get(path, headers={"Accept-Language": "zh-CN"})
    for answer, language in ((english, "en"), (chinese, "zh")):
        assert answer.status_code == status
        assert answer.headers["content-language"] == language
        assert "Accept-Language" in answer.headers["vary"]
    found, other = chinese.json(), english.json()
    assert not found["detail"].isascii()
    assert not found["title"].isascii()
    assert other["detail"].isascii()
    for name in ("type", "status", "instance", "allowed"):
        assert found[name] == other[name]


async def test_who_says_nothing_is_answered_in_chinese(client: httpx.AsyncClient) -> None:
    del client.headers["Accept-Language"]
    assert "没有任务 none" in (await client.get("/api/tasks/none")).json()["detail"]
    refused = await client.get("/api/health", headers={"Host": "elsewhere.example"})
    assert "SHEQU_DASHBOARD_NAMES" in refused.json()["detail"]
    assert not refused.json()["detail"].isascii()
    assert (await client.post("/api/tasks")).json()["title"] == "不能这样请求"


async def test_why_it_is_not_ready_is_told_in_both_languages(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await model.commit(state="rebuilding")
    english = (await client.get("/api/ready")).json()["reasons"]
    chinese = (await client.get("/api/ready", headers={"Accept-Language": "zh"})).json()["reasons"]
    assert len(english) == len(chinese) == 1
    assert english[0].isascii()
    assert "重建" in chinese[0]


async def test_that_there_is_no_read_model_is_told_in_chinese(
    settings: "Settings", asking_at: "Asking"
) -> None:
    async with asking_at(settings) as client:
        answer = await client.get("/api/city", headers={"Accept-Language": "zh-CN"})
    assert answer.status_code == 503
    assert "请先启动 `shequ projector`" in answer.json()["detail"]
