"""A page that stays open hears what changed; one that comes back hears what it missed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from dashboard.api.stream import message
from dashboard.model import feed as feed_module
from dashboard.model.feed import Cursor, Feed, News
from dashboard.model.meta import Meta
from dashboard.model.writes import MOST_NAMES

if TYPE_CHECKING:
    from tests.unit.dashboard.conftest import Model

HOME, NEXT = "420704001013", "420704002001"


def _feed(model: "Model") -> Feed:
    @asynccontextmanager
    async def opened() -> AsyncIterator[tuple[AsyncConnection, Meta]]:
        async with model.engine.begin() as connection:
            meta = await Meta.read(connection)
            assert meta is not None
            yield connection, meta

    return Feed(opened)


async def _change(model: "Model", task: str, code: str = HOME) -> None:
    model.put("tasks", f"{code}/{task}", code=code, task_id=task)
    await model.commit()


async def _first(feed: Feed, last: str | None = None) -> News:
    return await anext(feed.follow(last))


async def test_a_new_page_first_learns_where_it_stands(model: "Model") -> None:
    await _change(model, "t1")
    feed = _feed(model)
    await feed.look()
    news = await _first(feed)
    assert news.quiet
    assert news.cursor.seq == 1


async def test_changes_since_the_last_look_come_as_one(model: "Model") -> None:
    feed = _feed(model)
    await feed.look()
    page = feed.follow(None)
    await anext(page)
    await _change(model, "t1")
    await _change(model, "t2", NEXT)
    await feed.look()
    news = await anext(page)
    assert (news.codes, news.tasks) == ({HOME, NEXT}, {"t1", "t2"})


async def test_a_page_that_comes_back_hears_exactly_what_it_missed(model: "Model") -> None:
    feed = _feed(model)
    await _change(model, "t1")
    await feed.look()
    last = str((await _first(feed)).cursor)
    await _change(model, "t2")
    await _change(model, "t3")
    restarted = _feed(model)
    await restarted.look()
    news = await _first(restarted, last)
    assert news.tasks == {"t2", "t3"}
    assert (await _first(restarted, str(news.cursor))).quiet


@pytest.mark.parametrize("last", ["", "garbage", "other-3", "-1", "9" * 40])
async def test_a_page_from_another_filling_is_told_to_load_anew(model: "Model", last: str) -> None:
    feed = _feed(model)
    await _change(model, "t1")
    await feed.look()
    assert (await _first(feed, last)).reset


async def test_a_page_that_was_away_for_longer_than_changes_are_kept_is_told_to_load_anew(
    model: "Model", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.model.writes.KEPT_CHANGES", 2)
    await _change(model, "t1")
    feed = _feed(model)
    await feed.look()
    last = str((await _first(feed)).cursor)
    for number in range(4):
        await _change(model, f"u{number}")
    late = _feed(model)
    await late.look()
    assert (await _first(late, last)).reset


async def test_a_rebuild_resets_the_pages_that_are_open(model: "Model") -> None:
    feed = _feed(model)
    await _change(model, "t1")
    await feed.look()
    page = feed.follow(None)
    await anext(page)
    await model.store.empty("a-cluster")
    await feed.look()
    assert (await anext(page)).reset


async def test_where_nothing_happens_a_page_hears_a_sign_of_life(
    model: "Model", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "HEARTBEAT_SECONDS", 0.01)
    feed = _feed(model)
    await feed.look()
    page = feed.follow(None)
    await anext(page)
    assert (await anext(page)).quiet


async def test_pages_end_when_the_dashboard_does(model: "Model") -> None:
    feed = _feed(model)
    await feed.look()
    page = feed.follow(None)
    await anext(page)
    waiting = asyncio.ensure_future(anext(page))
    await asyncio.sleep(0)
    await feed.close()
    assert (await waiting).quiet
    with pytest.raises(StopAsyncIteration):
        await anext(page)


def test_too_many_tasks_are_not_named_but_said() -> None:
    rows = [
        {"at": 1, "codes": [], "tasks": [f"{n:04}"], "adapters": [], "more": False}
        for n in range(MOST_NAMES + 1)
    ]
    news = News(Cursor("g", 1)).take(rows)
    assert (len(news.tasks), news.more) == (MOST_NAMES, True)


def test_a_message_says_where_to_go_on_also_when_nothing_happened() -> None:
    cursor = Cursor("generation", 7)
    for news in (News(cursor), News(cursor, quiet=True), News(cursor, reset=True)):
        assert b"id: generation-7" in message(news).encode()
    assert message(News(cursor, quiet=True)).encode().startswith(b": ")
    assert b"event: reset" in message(News(cursor, reset=True)).encode()
