"""`python -m benchmarks.profiling.worker STACKS`: the lane's worker around the thin fold, sampled.

Settings as `benchmarks.peers.lane_worker` has them; the stacks are written when it ends.
"""

import atexit
import sys
from pathlib import Path

from benchmarks.peers import lane_worker
from benchmarks.profiling.sampler import Sampler
from streams import worker


def main() -> None:
    """Sample from the moment at which it has partitions."""
    app = lane_worker.build()
    sampler = Sampler(lambda: app.lane.partitions)
    atexit.register(sampler.write, Path(sys.argv[1]))
    atexit.register(sampler.stop)  # the last one registered is the first one called
    sampler.start()
    worker.run(app)


if __name__ == "__main__":
    main()
