"""The streams app: Faust outside, the lane in the middle, the pure core inside.

`app` is built on first access, so that `faust -A streams.app` works and importing this module
connects to nothing and reads no setting.
"""

from typing import TYPE_CHECKING, Any

import faust

from streams.community_fold import CommunityFold
from streams.lane.faust_joints import LaneConsumer, LaneTopic, LaneTransport, end_process
from streams.lane.kafka import KafkaLog
from streams.lane.lane import Lane
from streams.settings import StreamsSettings

if TYPE_CHECKING:
    from streams.lane.port import Unit

__all__ = ["LaneConsumer", "ShequApp", "build"]


class ShequApp(faust.App):  # type: ignore[misc]
    """A Faust app whose consumer is the lane's."""

    lane: Lane

    def _new_transport(self) -> LaneTransport:
        """The hook by which the lane's consumer comes in."""
        return LaneTransport(self.conf.broker_consumer, self, loop=self.loop)


def build(settings: StreamsSettings | None = None) -> ShequApp:
    """The app of one worker: one agent over all source topics, one unit per batch."""
    settings = settings or StreamsSettings()
    names = settings.names
    app = ShequApp(
        f"{names.prefix}{names.lineage}",
        broker=";".join(f"kafka://{server}" for server in settings.bootstrap.split(",")),
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        datadir=settings.home / "faust",
        broker_session_timeout=settings.session_timeout,
        broker_heartbeat_interval=settings.session_timeout / 10,
        broker_request_timeout=max(90.0, settings.session_timeout),
        broker_max_poll_records=10_000,
        consumer_max_fetch_size=4 * 1024 * 1024,
        stream_wait_empty=False,
    )
    fold = CommunityFold.open(settings.home)
    app.lane = Lane(
        fold,
        KafkaLog(settings.bootstrap, names, int(settings.session_timeout * 667)),
        names,
        end_process,
    )
    sources = LaneTopic(app, topics=app.lane.source_topics)

    @app.agent(sources, name="community")  # type: ignore[untyped-decorator]
    async def community(units: Any) -> None:
        """Fold units; the lane commits them."""
        unit: Unit
        async for unit in units:
            app.lane.process(unit)

    return app


def __getattr__(name: str) -> Any:
    """Build `app` when it is first asked for."""
    if name == "app":
        globals()["app"] = build()
        return globals()["app"]
    raise AttributeError(name)
