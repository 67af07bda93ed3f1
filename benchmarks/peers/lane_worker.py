"""`python -m benchmarks.peers.lane_worker`: the whole lane around the thin fold, in a Faust worker.

Exactly once, journal and digest on. Settings as the hub's worker has them: SHEQU_BOOTSTRAP,
SHEQU_HOME, SHEQU_APP and SHEQU_VIEW_VERSION (its lineage), SHEQU_TOPIC_PREFIX, SHEQU_ROWS,
SHEQU_DECODER.
The topics are there before: `python -m benchmarks.peers.topics`.
"""

import argparse

import structlog

from benchmarks.peers.fold import ThinFold
from streams import worker
from streams.lane.faust.app import LaneApp, lane_app
from streams.settings import load

WARNING = 30


def build(*, compiled: bool = False) -> LaneApp:
    """The app, from the environment. Raises WrongSettingError; RuntimeError without a compiler."""
    settings = load()
    compiled = compiled or settings.decoder == "compiled"
    settings.home.mkdir(parents=True, exist_ok=True)
    return lane_app(ThinFold(str(settings.names.lineage), compiled=compiled), settings)


def main() -> None:
    """Run until SIGINT or SIGTERM; exit codes as `streams.worker` has them."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--compiled", action="store_true", help="read and write compiled Avro")
    options.add_argument("--quiet", action="store_true", help="log warnings only")
    given = options.parse_args()
    if given.quiet:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(WARNING))
    worker.run(build(compiled=given.compiled))


if __name__ == "__main__":
    main()
