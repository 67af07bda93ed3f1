"""An app of stock Faust, as its documentation would have it: `python -m stock_faust`.

Three agents, each on a topic of its own: one raises on "bad", one takes batches and raises on
each that has a "bad", one is given what is no JSON. What an agent has done it appends to a file.
STOCK_BROKER, STOCK_PREFIX, STOCK_FILE: where.
"""

import os
import sys
from collections.abc import AsyncIterable
from pathlib import Path

import faust

PREFIX = os.environ.get("STOCK_PREFIX", "")
TOPICS = ("raises", "takes", "decodes")


class DefectError(Exception):
    """What a handler raises."""


def _done(file: Path, agent: str, value: str) -> None:
    with file.open("a") as sink:
        sink.write(f"{agent} {value}\n")


def _raises(app: faust.App, file: Path) -> None:
    @app.agent(app.topic(f"{PREFIX}raises"))
    async def raises(values: AsyncIterable[str]) -> None:
        async for value in values:
            if value == "bad":
                raise DefectError(value)
            _done(file, "raises", value)


def _takes(app: faust.App, file: Path) -> None:
    @app.agent(app.topic(f"{PREFIX}takes"))
    async def takes(values: faust.StreamT[str]) -> None:
        async for batch in values.take(10, within=0.5):
            if "bad" in batch:
                raise DefectError(batch)
            for value in batch:
                _done(file, "takes", value)


def _decodes(app: faust.App, file: Path) -> None:
    @app.agent(app.topic(f"{PREFIX}decodes"))
    async def decodes(values: AsyncIterable[str]) -> None:
        async for value in values:
            _done(file, "decodes", value)


def build(broker: str, file: Path) -> faust.App:
    """The app."""
    app = faust.App(
        f"{PREFIX}stock", broker=f"kafka://{broker}", value_serializer="json",
        broker_commit_interval=0.2, web_enabled=False, topic_disable_leader=True,
        topic_allow_declare=False, worker_redirect_stdouts=False, stream_wait_empty=False,
        datadir=file.parent / "stock",
    )  # fmt: skip

    _raises(app, file)
    _takes(app, file)
    _decodes(app, file)
    return app


if __name__ == "__main__":
    sys.argv = ["faust", "worker", "--without-web", "-l", "warn"]
    build(os.environ["STOCK_BROKER"], Path(os.environ["STOCK_FILE"])).main()
