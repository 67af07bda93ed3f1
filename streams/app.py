"""The streams app: Faust outside, the lane in the middle, the pure core inside.

`app` is built on first access, so that `faust -A streams.app` works and importing this module
connects to nothing and reads no setting.
"""

import sys
from collections.abc import AsyncIterable

import faust
from aiokafka.errors import KafkaConnectionError
from typing_extensions import override

from streams.community_fold import CommunityFold
from streams.lane.errors import LaneError
from streams.lane.faust_joints import LaneTopic, LaneTransport, end_process
from streams.lane.kafka import KafkaLog
from streams.lane.lane import Lane
from streams.lane.port import Unit
from streams.settings import StreamsSettings, WrongSettingError, load

RESTORE_SECONDS = 3600.0
"""Faust gives a restore the time of a request; twelve million rows take longer than that."""


class ShequApp(faust.App):
    """A Faust app whose consumer is the lane's."""

    lane: Lane

    @override
    def _new_transport(self) -> LaneTransport:
        """The hook by which the lane's consumer comes in."""
        return LaneTransport(self.conf.broker_consumer, self)

    @override
    async def start(self) -> None:
        """Start, or end with one clear message: Faust's own last word would be a traceback."""
        try:
            await super().start()
        except KafkaConnectionError:
            servers = ",".join(f"{url.host}:{url.port}" for url in self.conf.broker)
            end_process(
                LaneError(f"no broker answers at {servers}: start it, or correct SHEQU_BOOTSTRAP")
            )
        except Exception as error:  # noqa: BLE001 -- each cause says itself what to do
            end_process(error)

    @override
    def _crash(self, reason: BaseException) -> None:
        """Whatever crashed, memory may be ahead of the log: end at once, to be started again."""
        end_process(reason)


def build(settings: StreamsSettings | None = None) -> ShequApp:
    """The app of one worker: one agent over all source topics, one unit per batch.

    Raises WrongSettingError where the environment has a value that is not allowed.
    """
    settings = settings or load()
    names = settings.names
    app = ShequApp(
        f"{names.prefix}{names.lineage}",
        broker=";".join(f"kafka://{server}" for server in settings.bootstrap.split(",")),
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        worker_redirect_stdouts=False,
        datadir=settings.home / "faust",
        broker_session_timeout=settings.session_timeout,
        broker_heartbeat_interval=settings.session_timeout / 10,
        broker_request_timeout=RESTORE_SECONDS,
        broker_max_poll_records=10_000,
        consumer_max_fetch_size=4 * 1024 * 1024,
        stream_wait_empty=False,
    )
    log = KafkaLog(settings.bootstrap, names, int(settings.transaction_timeout * 1000))
    fold = CommunityFold.open(settings.home)
    app.lane = Lane(fold, log, names, end_process, quiesce_seconds=settings.quiesce_timeout)
    sources = LaneTopic(app, topics=app.lane.source_topics)

    @app.agent(sources, name="community")
    async def community(units: AsyncIterable[Unit]) -> None:
        """Fold units; the lane commits them."""
        async for unit in units:
            app.lane.process(unit)

    return app


def __getattr__(name: str) -> ShequApp:
    """Build `app` when it is first asked for. A wrong setting is one message, and exit code 2."""
    if name != "app":
        raise AttributeError(name)
    try:
        built = globals()["app"] = build()
    except WrongSettingError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    return built
