"""What a stack is busy with: the innermost frame that says so, decides."""

from collections import defaultdict
from collections.abc import Mapping

from benchmarks.profiling.sampler import Stack

STAGES: Mapping[str, tuple[str, ...]] = {
    "decode": ("peers/thin.Shape.decode", "schemas/codec.Codec.decode", "compiled/reading"),
    "encode": (
        "peers/thin.Shape.encode", "schemas/codec.Codec.encode", "peers/fold.ThinFold.encode_row",
        "compiled/writing", "lane/partition.Partition._encode",
    ),
    "fold": (
        "peers/fold.ThinFold.apply", "peers/fold.ThinFold.tick", "peers/thin.", "community/",
        "lane/overlay.",
    ),
    "digest and rows": (
        "lane/row_", "lane/rows", "lane/partition.Partition._absorb",
        "lane/partition.Partition._count",
    ),
    "commit": (
        "lane/kafka.", "lane/producer.", "producer/", "lane/topic_map.", "lane/pending.",
        "lane/partition.Partition.freeze", "lane/partition.Partition._journal",
        "lane/partition.Partition._positions", "lane/lane.Lane._commit", "lane/telling.",
    ),
    "fetch": (
        "lane/unpacking.", "lane/faust_thread.", "consumer/fetcher.", "lane/intake.",
        "mode/threads.WorkerThread.run",
    ),
}  # fmt: skip
"""Parts of frames, by stage."""
REST = "rest (event loop, Faust, sockets)"


def stage_of(stack: Stack) -> str:
    """Name of the stage."""
    for frame in reversed(stack):
        for stage, parts in STAGES.items():
            if any(part in frame for part in parts):
                return stage
    return REST


def by_stage(stacks: Mapping[Stack, float]) -> dict[str, float]:
    """Sums, in the order of the stages."""
    sums = defaultdict[str, float](float)
    for stack, used in stacks.items():
        sums[stage_of(stack)] += used
    return {stage: sums[stage] for stage in (*STAGES, REST)}
