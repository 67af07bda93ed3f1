"""What reading and writing one record costs: fastavro beside what is compiled from the schema.

`python -m benchmarks.codec`. Both are timed in turn, many times, in one process; the least is told,
because other work on the machine only ever adds.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

from benchmarks.peers import events, thin
from benchmarks.peers.compiled import CompiledShape
from schemas import examples
from schemas.codec import Codec
from schemas.compiled import library

CALLS, ROUNDS = 300, 60
SHOWN = ("shequ.city.Case", "shequ.police.Incident", "shequ.views.Case", "shequ.views.Summary")
Ask = Callable[[], object]
Row = tuple[str, int, list[float], list[float]]
"""Name, bytes of a record, microseconds of reading and of writing: fastavro's, the compiled."""


def main() -> None:
    """A row per schema: microseconds of a record, and how many times faster."""
    print(library().missing or f"compiled: {library().path}")
    print("| schema | bytes | read by fastavro | compiled | | written by fastavro | compiled | |")
    print("|---|---|---|---|---|---|---|---|")
    for name, size, read, written in (*_hub(), _peers()):
        print(f"| {name} | {size} | {_cells(read)} | {_cells(written)} |")


def _cells(times: list[float]) -> str:
    plain, compiled = times
    return f"{plain:.2f} us | {compiled:.2f} us | {plain / compiled:.1f}x"


def _hub() -> Iterator[Row]:
    """The hub's schemas, through the codec: what the lane pays, frame and schema id included."""
    plain, fast = Codec(checked=False), Codec(checked=False, compiled=True)
    first = {example.schema: example.record for example in reversed(list(examples.accepted()))}
    for name in SHOWN:
        frame = plain.encode(name, first[name])
        record = plain.decode(frame)[1]
        fast.encode(name, fast.decode(frame)[1])  # compiled from here on
        read = _least(partial(plain.decode, frame), partial(fast.decode, frame))
        written = _least(partial(plain.encode, name, record), partial(fast.encode, name, record))
        yield name, len(frame), read, written


def _peers() -> Row:
    """The event of 22 fields that the lane's peers fold."""
    frame = next(islice(events.generated(1000), 500, None)).value
    plain, fast = thin.EVENT, CompiledShape(thin.EVENT)
    record = plain.decode(frame)
    read = _least(partial(plain.decode, frame), partial(fast.decode, frame))
    written = _least(partial(plain.encode, record), partial(fast.encode, record))
    return "the peers' event", len(frame), read, written


def _least(*asked: Ask) -> list[float]:
    """Microseconds of each, in turn."""
    found = [float("inf")] * len(asked)
    for _ in range(ROUNDS):
        for place, ask in enumerate(asked):
            started = time.perf_counter()
            for _ in range(CALLS):
                ask()
            found[place] = min(found[place], (time.perf_counter() - started) / CALLS * 1e6)
    return found


if __name__ == "__main__":
    main()
