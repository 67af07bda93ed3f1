"""The platform's door: lets signed webhooks in, and answers each when its event is on the bus."""

import asyncio
import logging
from collections import Counter
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.kit.errors import Finding, HaltError
from adapters.permits.answers import Answer, refused
from adapters.permits.body import read_body
from adapters.permits.crowd import Crowd
from adapters.permits.settings import PermitsSettings
from adapters.permits.signature import UnverifiedError, Verifier
from adapters.permits.waiting import WaitingRoom

PATH = "/webhooks/permits"
HEALTH = "/healthz"
JSON = "application/json"
IDLE_CONNECTION_SECONDS = 75.0
GOODBYE_SECONDS = 1.0
PLAIN_CODINGS = frozenset({"", "identity"})

log = structlog.get_logger(__name__)


class Receiver:
    """Listens from `open` to `close`; what it lets in waits in the room."""

    def __init__(self, settings: PermitsSettings, verifier: Verifier, room: WaitingRoom) -> None:
        """Nothing listens yet."""
        self._settings, self._verifier, self._room = settings, verifier, room
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None
        self._crowd: Crowd | None = None
        self._answered: Counter[str] = Counter()

    @property
    def port(self) -> int:
        """The port that it listens on, 0 where it does not."""
        sockets = self._listening.sockets if self._listening else ()
        return int(sockets[0].getsockname()[1]) if sockets else 0

    async def open(self) -> None:
        """Listen, if it does not yet. Raises HaltError where the address cannot be had."""
        if self._runner is not None:
            return
        application = web.Application(
            middlewares=[self._heard, _problems], client_max_size=self._settings.body_bytes
        )
        application.add_routes([web.post(PATH, self._receive), web.get(HEALTH, self._health)])
        self._runner = web.AppRunner(
            application,
            access_log=None,
            logger=_server_log(),
            auto_decompress=False,
            keepalive_timeout=IDLE_CONNECTION_SECONDS,
            lingering_time=GOODBYE_SECONDS,
            shutdown_timeout=GOODBYE_SECONDS,
        )
        await self._runner.setup()
        await self._listen(self._runner)

    async def _listen(self, runner: web.AppRunner) -> None:
        if runner.server is None:
            raise RuntimeError("the runner is not set up")
        self._crowd = Crowd(runner.server, self._settings.body_seconds)
        where, loop = self._settings, asyncio.get_running_loop()
        try:
            self._listening = await loop.create_server(self._crowd, where.host, where.port)
        except OSError as error:
            raise _no_address(self._settings, error) from error

    async def close(self) -> None:
        """Listen no more; whoever waits is told to send again."""
        self._room.close()
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.close()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @web.middleware
    async def _heard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Whoever asks for something may stay."""
        if self._crowd is not None:
            self._crowd.heard(request)
        return await handler(request)

    async def _receive(self, request: web.Request) -> web.Response:
        answer = await self._answer(request)
        self._answered[str(answer.status.value)] += 1
        if not answer.accepted:
            log.warning("webhook refused", status=answer.status.value, rule=answer.rule)
        return answer.response

    async def _answer(self, request: web.Request) -> Answer:
        if early := self._room.refusal or self._wrong_form(request):
            return early
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                body = await request.read()
            name = self._verifier.name_of(request.headers, body)
        except OSError:  # it took too long, or the connection went
            return self._too_slow
        except web.HTTPRequestEntityTooLarge:
            return self._too_large
        except UnverifiedError as error:
            return refused(HTTPStatus.UNAUTHORIZED, error.rule, error.advice)
        return await self._room.answer(read_body(body, f"webhook {name}"))

    def _wrong_form(self, request: web.Request) -> Answer | None:
        """What can be seen before the body is read."""
        coding = request.headers.get("Content-Encoding", "")
        charset = (request.charset or "utf-8").lower()
        if request.content_type != JSON or charset != "utf-8" or coding not in PLAIN_CODINGS:
            advice = f"Send {JSON} in UTF-8, not compressed."
            return refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "webhook.type", advice)
        too_large = (request.content_length or 0) > self._settings.body_bytes
        return self._too_large if too_large else None

    @property
    def _too_large(self) -> Answer:
        advice = f"A body has {self._settings.body_bytes} bytes at most. Shorten its free text."
        return refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "webhook.too_large", advice)

    @property
    def _too_slow(self) -> Answer:
        advice = f"A body must be there within {self._settings.body_seconds:g} s. Send it again."
        return refused(HTTPStatus.REQUEST_TIMEOUT, "webhook.slow", advice)

    async def _health(self, _request: web.Request) -> web.Response:
        """For whoever watches: counts, and 503 where a webhook would be told to come again."""
        refusal = self._room.refusal
        said = {
            "status": "waits" if refusal else "ready",
            "waiting": self._room.inside,
            "answered": dict(self._answered),
        }
        status = refusal.status if refusal else HTTPStatus.OK
        return web.json_response(said, status=status)


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A path or a method that is not there, said as everything else is."""
    try:
        return await handler(request)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
        advice = f"POST webhooks to {PATH}; GET {HEALTH} says whether they are received."
        answer = refused(HTTPStatus(error.status), "webhook.path", advice).response
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer


class _WithoutInput(logging.Filter):
    """The server shows pieces of a broken request in its traceback: only its kind is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[0]:
            record.msg, record.args = f"{record.getMessage()}: {record.exc_info[0].__name__}", ()
            record.exc_info = record.exc_text = None
        return True


def _server_log() -> logging.Logger:
    server = logging.getLogger(f"{__name__}.server")
    if not server.filters:
        server.addFilter(_WithoutInput())
    return server


def _no_address(settings: PermitsSettings, error: OSError) -> HaltError:
    place = f"{settings.host}:{settings.port}"
    advice = (
        f"It cannot be listened on ({error.strerror or error}). Stop whoever has the port, or set "
        "SHEQU_PERMITS__HOST and SHEQU_PERMITS__PORT to an address that is free; then restart."
    )
    return HaltError(Finding(rule="receiver.address", place=place, advice=advice))
