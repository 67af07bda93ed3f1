"""The streams app: Faust outside, the lane in the middle, the pure core inside.

`app` is built on first access, so that `faust -A streams.app` works and importing this module
connects to nothing and reads no setting.
"""

import sys

import structlog

from schemas.kafka_access import WrongAccessError, access
from streams.community_fold import CommunityFold
from streams.lane.faust.app import LaneApp, lane_app
from streams.lane.recovery.progress import Progress
from streams.lane.telemetry.telling import Telling
from streams.metering import sink
from streams.settings import StreamsSettings, WrongSettingError, load

logger = structlog.get_logger()


def build(settings: StreamsSettings | None = None, progress: Progress | None = None) -> LaneApp:
    """The app of one worker. `progress`: whom to tell of a restore; none: the log.

    Raises WrongSettingError where the environment has a value that is not allowed.
    """
    settings = settings or load()
    try:
        access()
    except WrongAccessError as error:
        raise WrongSettingError(str(error)) from None
    fold = CommunityFold.open(settings.home, compiled=settings.decoder == "compiled")
    if settings.decoder == "compiled":
        logger.info("records are read and written", by=fold.engine)
    return lane_app(fold, settings, telling=Telling(sink(settings), progress))


def __getattr__(name: str) -> LaneApp:
    """Build `app` when it is first asked for. A wrong setting is one message, and exit code 2."""
    if name != "app":
        raise AttributeError(name)
    try:
        built = globals()["app"] = build()
    except WrongSettingError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    return built
