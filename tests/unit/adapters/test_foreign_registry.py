"""A city's own registry answers as it likes: what is no schema of the hub's is not taken."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from adapters.kafka_intake.foreign import ForeignRegistry
from adapters.kafka_intake.settings import KafkaIntakeMovesSettings, KafkaIntakeSettings
from adapters.kit.errors import RetryError
from adapters.kit.settings import WrongSettingError, load
from schemas.catalogue import catalogue

MOVE = "shequ.intake.household.Move"
SETTING = "SHEQU_KAFKA_INTAKE_MOVES__REGISTRY"
Said = Callable[[], Awaitable[web.StreamResponse]]
Served = Callable[[web.StreamResponse | Said], Awaitable[ForeignRegistry]]


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A registry that gives one answer to everything."""
    runners: list[web.AppRunner] = []

    async def serve(answer: web.StreamResponse | Said) -> ForeignRegistry:
        async def handle(_request: web.Request) -> web.StreamResponse:
            return answer if isinstance(answer, web.StreamResponse) else await answer()

        app = web.Application()
        app.router.add_get("/{path:.*}", handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        return ForeignRegistry(f"http://{host}:{port}/v7/", MOVE, timeout=0.5, setting=SETTING)

    yield serve
    for runner in runners:
        await runner.cleanup()


def _schema(definition: object) -> web.Response:
    return web.json_response({"schema": json.dumps(definition)})


async def test_its_id_of_our_schema_is_ours(served: Served) -> None:
    registry = await served(_schema(catalogue().definition(MOVE)))
    locked = {entry.id: entry.subject for entry in catalogue().locked}
    assert locked[await registry.ours(4711) or 0] == MOVE


@pytest.mark.parametrize(
    "text",
    [
        catalogue().definition("shequ.intake.city.Case"),
        {**catalogue().definition(MOVE), "name": "Mine"},
        {**catalogue().definition(MOVE), "fields": catalogue().definition(MOVE)["fields"][:-1]},
        "string",
        {"type": "record"},
    ],
    ids=["another topic's", "another name", "a field is missing", "no record", "no schema"],
)
async def test_a_schema_that_is_not_the_hubs_is_none_of_ours(served: Served, text: Any) -> None:  # noqa: ANN401
    assert await (await served(_schema(text))).ours(1) is None


async def test_an_answer_that_is_too_large_is_not_taken_into_memory(served: Served) -> None:
    endless = {"schema": json.dumps(catalogue().definition(MOVE)), "more": "x" * 1_100_000}
    with pytest.raises(RetryError, match="larger than 1048576 bytes"):
        await (await served(web.json_response(endless))).ours(1)


async def test_an_id_that_it_does_not_know_is_none_of_ours(served: Served) -> None:
    assert await (await served(web.Response(status=404))).ours(1) is None


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(text='{"schema": "{\\"type\\": \\"rec'),
        web.Response(text=""),
        web.Response(text="[]"),
        web.Response(text="{}"),
        web.Response(text='{"schema": null}'),
        web.Response(text="<html>Sign in, please</html>", content_type="text/html"),
        web.Response(body=b'{"schema": "\xd5\xc5"}', content_type="application/json"),
        web.Response(status=500, text="{}"),
        web.Response(status=503),
        web.Response(status=401),
    ],
    ids=[
        "half",
        "nothing",
        "a list",
        "no schema",
        "a schema of nothing",
        "a page",
        "GB18030",
        "500",
        "503",
        "401",
    ],
)
async def test_half_an_answer_is_tried_again_and_says_what_to_correct(
    served: Served, answer: web.Response
) -> None:
    """It says nothing about the id: no record becomes a letter for that."""
    registry = await served(answer)
    with pytest.raises(RetryError, match=f"correct {SETTING}") as error:
        await registry.ours(1)
    assert error.value.finding.rule == "source.away"


async def test_an_answer_that_never_comes_is_tried_again(served: Served) -> None:
    async def never() -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    with pytest.raises(RetryError, match="TimeoutError"):
        await (await served(never)).ours(1)


class TestSettings:
    def test_a_city_has_one_registry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where only the cases' is set, the ids of moves are that one's, too."""
        monkeypatch.setenv("SHEQU_KAFKA_INTAKE__REGISTRY", "http://a:1/v7")
        assert load(KafkaIntakeSettings).registry == "http://a:1/v7"
        assert load(KafkaIntakeMovesSettings).registry == "http://a:1/v7"

    @pytest.mark.parametrize("own", ["", "http://b:2"])
    def test_the_moves_may_be_set_apart(self, monkeypatch: pytest.MonkeyPatch, own: str) -> None:
        monkeypatch.setenv("SHEQU_KAFKA_INTAKE__REGISTRY", "http://a:1/v7")
        monkeypatch.setenv(SETTING, own)
        assert load(KafkaIntakeMovesSettings).registry == own

    def test_everything_else_is_each_ones_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SHEQU_KAFKA_INTAKE__CHUNK_ROWS", "7")
        monkeypatch.setenv("SHEQU_KAFKA_INTAKE_MOVES__POLL_SECONDS", "3")
        cases, moves = load(KafkaIntakeSettings), load(KafkaIntakeMovesSettings)
        assert (cases.chunk_rows, cases.poll_seconds) == (7, 0.5)
        assert (moves.chunk_rows, moves.poll_seconds) == (500, 3)

    @pytest.mark.parametrize("setting", ["SHEQU_KAFKA_INTAKE__REGISTRY", SETTING])
    def test_a_registry_that_is_no_address_is_named_by_the_setting_that_has_it(
        self, monkeypatch: pytest.MonkeyPatch, setting: str
    ) -> None:
        monkeypatch.setenv(setting, "registry:8080")
        with pytest.raises(WrongSettingError, match=f"setting {setting}='registry:8080'"):
            load(KafkaIntakeMovesSettings)
