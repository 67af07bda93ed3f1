"""The Faust app of a fold: Faust outside, the lane in the middle, any fold inside."""

from collections.abc import AsyncIterable
from pathlib import Path
from typing import Protocol

import faust
from aiokafka.errors import KafkaConnectionError
from typing_extensions import override

from schemas.kafka_access import access
from schemas.naming import Names
from streams.lane.errors import LaneError
from streams.lane.faust.joints import LaneTopic, LaneTransport, end_process
from streams.lane.fold import AnyFold
from streams.lane.kafka.log import KafkaLog
from streams.lane.kafka.topics_there import require_topics
from streams.lane.lane import Lane
from streams.lane.port import Log, Unit
from streams.lane.rows.choice import DiskStores, MemoryStores, Stores
from streams.lane.telemetry.telling import Telling

RESTORE_SECONDS = 3600.0
"""Faust gives a restore the time of a request; twelve million rows take longer than that."""


class LaneOptions(Protocol):
    """What a worker is told by its settings; times in seconds; `rows`: `memory` or `disk`."""

    @property
    def home(self) -> Path: ...
    @property
    def bootstrap(self) -> str: ...
    @property
    def names(self) -> Names: ...
    @property
    def rows(self) -> str: ...
    @property
    def session_timeout(self) -> float: ...
    @property
    def transaction_timeout(self) -> float: ...
    @property
    def quiesce_timeout(self) -> float: ...


class LaneApp(faust.App):
    """A Faust app whose consumer is the lane's."""

    lane: Lane

    @override
    def _new_transport(self) -> LaneTransport:
        """The hook by which the lane's consumer comes in."""
        return LaneTransport(self.conf.broker_consumer, self)

    @override
    async def start(self) -> None:
        """Start, or end with one clear message: Faust's own last word would be a traceback."""
        servers = ",".join(f"{url.host}:{url.port}" for url in self.conf.broker)
        try:
            await require_topics(servers, self.lane.topics)
            await super().start()
        except KafkaConnectionError:
            end_process(
                LaneError(f"no broker answers at {servers}: start it, or correct {_address()}")
            )
        except Exception as error:  # noqa: BLE001 -- each cause says itself what to do
            end_process(error)

    @override
    def _crash(self, reason: BaseException) -> None:
        """Whatever crashed, memory may be ahead of the log: end at once, to be started again."""
        end_process(reason)


def _stores(fold: AnyFold, options: LaneOptions) -> Stores:
    if options.rows != "disk":
        return MemoryStores(fold)
    names = options.names
    return DiskStores(fold, options.home / "rows" / f"{names.prefix}{names.lineage}")


def _address() -> str:
    """Settings to correct: a refused login looks like a broker that is away."""
    secured = access()["security_protocol"] != "PLAINTEXT"
    return "SHEQU_BOOTSTRAP" + (", or SHEQU_KAFKA_SECURITY and its like" if secured else "")


def _credentials() -> faust.SASLCredentials | faust.SSLCredentials | None:
    """The access to Kafka as Faust takes it. Raises WrongAccessError."""
    given = access()
    if "sasl_mechanism" in given:
        return faust.SASLCredentials(
            username=given["sasl_plain_username"],
            password=given["sasl_plain_password"],
            mechanism=given["sasl_mechanism"],
            ssl_context=given.get("ssl_context"),
        )
    return faust.SSLCredentials(given["ssl_context"]) if "ssl_context" in given else None


def lane_app(
    fold: AnyFold, options: LaneOptions, log: Log | None = None, telling: Telling | None = None
) -> LaneApp:
    """The app of one worker: one agent over all source topics, one unit per batch.

    `log`: Kafka's, where none is given. `telling`: the log alone, where none is given.
    """
    names = options.names
    app = LaneApp(
        f"{names.prefix}{names.lineage}",
        broker=";".join(f"kafka://{server}" for server in options.bootstrap.split(",")),
        broker_credentials=_credentials(),
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        worker_redirect_stdouts=False,
        datadir=options.home / "faust",
        broker_session_timeout=options.session_timeout,
        broker_heartbeat_interval=options.session_timeout / 10,
        broker_request_timeout=RESTORE_SECONDS,
        broker_max_poll_records=10_000,
        consumer_max_fetch_size=4 * 1024 * 1024,
        stream_wait_empty=False,
    )
    log = log or KafkaLog(options.bootstrap, names, int(options.transaction_timeout * 1000))
    app.lane = Lane(
        fold, log, names, end_process,
        quiesce_seconds=options.quiesce_timeout, telling=telling, stores=_stores(fold, options),
    )  # fmt: skip
    sources = LaneTopic(app, topics=app.lane.source_topics)

    @app.agent(sources, name=names.lineage.app)
    async def fold_units(units: AsyncIterable[Unit]) -> None:
        """Fold units; the lane commits them."""
        async for unit in units:
            app.lane.process(unit)

    return app
