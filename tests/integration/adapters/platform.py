"""An acceptance platform that sends until it is heard, and what it truly said."""

import asyncio
import json
import random
import socket
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from standardwebhooks import Webhook

from adapters.kit.bench import ESTATES
from ops import topics
from ops.settings import Settings as OperatorSettings
from tests.integration.adapters.town import Hub

NAME, TOPIC = "permits", "permits.applications"
SECRET = "whsec_YWNjZXB0YW5jZS1wbGF0Zm9ybS1zZWNyZXQ="  # noqa: S105 - of these tests alone
CODES = ("420704001013", "420704002001", "")
STEPS = (("申请", ""), ("受理", ""), ("办结", "准予"), ("撤回", ""))

Body = Mapping[str, str | None]


def application(number: int, step: int = 0, **changes: str) -> Body:
    """Version `step` of an application of people who do not exist."""
    stage, result = STEPS[step]
    return {
        "sbbh": f"SB{number:06}", "sxbm": "Y01", "sxmc": "食品经营许可", "sxlx": "01", "qd": "网上",
        "hj": stage, "jg": result, "sqsj": "2026-11-20T09:00:00.000+08:00",
        "slsj": None, "bjsj": None, "gxsj": f"2026-11-2{step}T10:00:00.{number % 1000:03}+08:00",
        "slbh": None, "bm": "市场监督管理局", "sqxb": "现场核查", "zmml": "", "zmbm": "",
        "sqdm": CODES[0], "dz": "滨湖花园3栋2单元501室", "jd": "", "wd": "", "sqrxm": "王小明",
        "sqrsfzh": "420704199003071238", "sqrdh": "13900001111", "sqsy": "开早餐店",
        **changes,
    }  # fmt: skip


def life(rng: random.Random, count: int) -> list[Body]:
    """All versions of some applications, some of them moving and some bad, as they come: anyhow."""
    bodies = [
        application(number, step, sqdm=rng.choice(CODES))
        for number in range(count)
        for step in range(rng.randint(1, len(STEPS)))
    ]
    bodies += [application(count + number, sxbm="Y99") for number in range(count // 10)]
    bodies += rng.choices(bodies, k=len(bodies) // 5)
    rng.shuffle(bodies)
    return bodies


@dataclass
class Platform:
    """Sends bodies over some connections at a time, each until it is answered with 2xx.

    `heard` is called at once with each answer.
    """

    url: str
    session: aiohttp.ClientSession
    answers: Counter[str] = field(default_factory=Counter)
    heard: Callable[[], None] = lambda: None

    @property
    def taken(self) -> int:
        """How many webhooks were said to be done."""
        return self.answers["200"] + self.answers["202"]

    async def send_all(self, bodies: Iterable[Body], connections: int = 8) -> None:
        """Return once each was taken."""
        waiting = iter(list(bodies))

        async def sender() -> None:
            for body in waiting:
                await self.send(body)

        await asyncio.gather(*(sender() for _ in range(connections)))

    async def send(self, body: Body, name: str = "") -> int:
        """The first 2xx that is answered to one body."""
        name = name or f"msg_{uuid.uuid4().hex}"
        while True:
            status = await self.try_once(body, name)
            if status is not None and status < 300:
                return status
            await asyncio.sleep(0.05)

    async def try_once(self, body: Body, name: str) -> int | None:
        """The answer to one try; None where there was none."""
        text, now = json.dumps(body, ensure_ascii=False), datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(SECRET).sign(name, now, text),
        }
        try:
            async with self.session.post(self.url, data=text.encode(), headers=headers) as answer:
                await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self.answers[type(error).__name__] += 1
            return None
        self.answers[str(answer.status)] += 1
        self.heard()
        return answer.status


@dataclass
class Reception:
    """A hub with a door, and the platform before it."""

    hub: Hub
    platform: Platform
    port: int


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def reception(bootstrap: str, home: Path) -> AsyncIterator[Reception]:
    """The topics of one test, the settings of its adapter, and a platform that knows the secret."""
    prefix, port = f"t{uuid.uuid4().hex[:8]}.", free_port()
    wanted = topics.wanted_topics(OperatorSettings(), prefix)
    needed = {TOPIC, f"dlq.{TOPIC}", "adapters.heartbeats"}
    await topics.apply(bootstrap, [t for t in wanted if t.name.removeprefix(prefix) in needed])
    environment = {
        "SHEQU_BOOTSTRAP": bootstrap,
        "SHEQU_TOPIC_PREFIX": prefix,
        "SHEQU_HOME": str(home / "home"),
        "SHEQU_ESTATES": str(ESTATES),
        "SHEQU_HEARTBEAT_SECONDS": "0.2",
        "SHEQU_RETRY_MOST_SECONDS": "0.2",
        "SHEQU_PERMITS__SECRET": SECRET,
        "SHEQU_PERMITS__PORT": str(port),
        "SHEQU_PERMITS__BATCH_WEBHOOKS": "5",
        "SHEQU_PERMITS__ANSWER_SECONDS": "1",
        "SHEQU_PERMITS__QUIET_SECONDS": "1",
    }
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        url = f"http://127.0.0.1:{port}/webhooks/permits"
        yield Reception(Hub(bootstrap, prefix, home, environment), Platform(url, session), port)
