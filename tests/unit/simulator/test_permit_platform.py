"""The platform against a real receiver: heard at least once, whatever happens on either side."""

import asyncio
import base64
import hmac
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from ops.simulator.memory import SimulatorError
from ops.simulator.permit_feed import feed
from ops.simulator.permit_plan import PermitPlan
from ops.simulator.permit_platform import Platform
from ops.simulator.police_system import served
from ops.simulator.targets import SECRET
from ops.simulator.webhooks import PATH, Message

KEY = base64.b64decode(SECRET.removeprefix("whsec_"))
Until = Callable[..., Awaitable[None]]


@dataclass
class Receiver:
    """Believes what is signed and fresh, as the standard says; `moods` are its next answers."""

    heard: list[str] = field(default_factory=list)  # ids of what it took, in its order
    bodies: dict[str, bytes] = field(default_factory=dict)
    moods: list[int] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def take(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return web.Response(status=await self._status(request))
        finally:
            self.at_once -= 1

    async def _status(self, request: web.Request) -> int:
        body = await request.read()
        await asyncio.sleep(0.001 * (len(body) % 7))
        if self.moods:
            return self.moods.pop()
        name, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = hmac.digest(KEY, f"{name}.{at}.".encode() + body, "sha256")
        if request.headers["webhook-signature"] != f"v1,{base64.b64encode(signed).decode()}":
            return 401
        if abs(time.time() - int(at)) > 300:
            return 401
        try:
            json.loads(body)
        except ValueError:
            return 400
        self.heard.append(name)
        self.bodies[name] = body
        return 202

    @asynccontextmanager
    async def open(self, port: int = 0) -> AsyncIterator[str]:
        application = web.Application()
        application.router.add_post(PATH, self.take)
        async with served(application, port=port) as url:
            yield url


def messages(count: int) -> list[Message]:
    return [Message(f"msg_{n}", json.dumps({"sbbh": f"SB{n}"}).encode()) for n in range(count)]


async def test_a_day_of_a_platform_is_heard_whole_and_strangers_are_not(
    permit_plan: PermitPlan, tmp_path: Path
) -> None:
    receiver, hooks = Receiver(), feed(permit_plan, 0)
    async with receiver.open() as url:
        platform = Platform(tmp_path, url, SECRET)
        async with platform.sending():
            for hook in hooks:
                platform.put(hook.message(int))
            await platform.drained()
    sorts = Counter(hook.sort for hook in hooks)
    assert receiver.bodies == {h.id: h.message(int).body for h in hooks if h.sort == "own"}
    assert len(receiver.heard) == sorts["own"] + sorts["again"]
    assert platform.surprises == []
    assert {sort for sort, _ in platform.answers} == set(sorts)
    assert platform.answers["captured", 401] == sorts["captured"]
    assert platform.answers["forged", 401] == sorts["forged"]
    assert platform.answers["half", 400] == sorts["half"]


async def test_several_are_sent_at_a_time_so_that_they_overtake_each_other(tmp_path: Path) -> None:
    receiver = Receiver(moods=[503])
    async with receiver.open() as url:
        platform = Platform(tmp_path, url, SECRET)
        async with platform.sending():
            for message in messages(60):
                platform.put(message)
            await platform.drained()
    assert 1 < receiver.most_at_once <= 8
    assert sorted(receiver.heard) == sorted(message.id for message in messages(60))
    assert receiver.heard != [message.id for message in messages(60)]


@pytest.mark.parametrize("status", [503, 500, 429, 401, 400])
async def test_what_is_not_acknowledged_is_sent_again_until_it_is(
    status: int, tmp_path: Path
) -> None:
    receiver = Receiver(moods=[status, status])
    async with receiver.open() as url:
        platform = Platform(tmp_path, url, SECRET)
        async with platform.sending():
            platform.put(messages(1)[0])
            await platform.drained()
    assert receiver.heard == ["msg_0"]
    assert platform.answers == {("own", status): 2, ("own", 202): 1}


async def test_a_receiver_that_is_away_is_waited_for(tmp_path: Path, until: Until) -> None:
    receiver = Receiver()
    async with receiver.open() as url:
        port = int(url.rpartition(":")[2])
    platform = Platform(tmp_path, url, SECRET)
    async with platform.sending():
        for message in messages(20):
            platform.put(message)
        drained = asyncio.create_task(platform.drained())
        await until(lambda: platform.failures > 20, what="tries that nobody answered")
        assert not drained.done()
        async with receiver.open(port):
            await drained
    assert set(receiver.heard) == {message.id for message in messages(20)}


async def test_made_again_it_sends_what_was_not_acknowledged_and_nothing_else(
    tmp_path: Path, until: Until
) -> None:
    receiver = Receiver(moods=[503] * 10_000)
    async with receiver.open() as url:
        first = Platform(tmp_path, url, SECRET)
        async with first.sending():
            for message in messages(40):
                first.put(message)
            receiver.moods.clear()
            await until(lambda: len(receiver.heard) >= 10)
            receiver.moods = [503] * 10_000
        known = set((tmp_path / "permits" / "acknowledged.txt").read_text().split("\n"))
        heard, receiver.moods = set(receiver.heard), []
        receiver.heard.clear()
        again = Platform(tmp_path, url, SECRET)
        async with again.sending():
            for message in messages(40):
                again.put(message)
            await again.drained()
    everything = {message.id for message in messages(40)}
    assert heard | set(receiver.heard) == everything
    assert set(receiver.heard) == {m.id for m in messages(40) if m.mark not in known}
    assert len(receiver.heard) < 40


async def test_a_line_torn_by_a_kill_counts_as_none(tmp_path: Path) -> None:
    receiver, book = Receiver(), tmp_path / "permits" / "acknowledged.txt"
    book.parent.mkdir()
    book.write_text("msg_0 own\nmsg_1 ow")
    async with receiver.open() as url:
        platform = Platform(tmp_path, url, SECRET)
        async with platform.sending():
            for message in messages(3):
                platform.put(message)
            await platform.drained()
    assert sorted(receiver.heard) == ["msg_1", "msg_2"]
    assert sorted(book.read_text().split()) == sorted(["own"] * 3 + ["msg_0", "msg_1", "msg_2"])


async def test_a_stranger_who_is_believed_is_a_surprise(tmp_path: Path) -> None:
    receiver = Receiver(moods=[200])
    async with receiver.open() as url:
        platform = Platform(tmp_path, url, SECRET)
        async with platform.sending():
            platform.put(Message("msg_0", b"{}", "forged"))
            await platform.drained()
    assert platform.surprises == [("msg_0 forged", 200)]


async def test_a_platform_that_does_not_send_cannot_be_drained(tmp_path: Path) -> None:
    with pytest.raises(SimulatorError, match="drain it while"):
        await Platform(tmp_path, "http://127.0.0.1:9", SECRET).drained()


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_***", "c2VjcmV0"])
def test_a_secret_that_is_none_is_refused_with_its_form(secret: str, tmp_path: Path) -> None:
    with pytest.raises(SimulatorError, match="whsec_ and the key in base64"):
        Platform(tmp_path, "http://127.0.0.1:9", secret)
