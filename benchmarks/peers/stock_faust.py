"""Faust as it ships, around the thin fold: an agent, two tables of bytes in memory, fastavro.

At least once: its own exactly_once is unusable. Each change of a row is a message of its own.
"""

from collections.abc import AsyncIterable
from typing import Any

import faust
from faust.serializers.codecs import Codec
from typing_extensions import override

from benchmarks.peers import thin
from benchmarks.peers.setting import Setting
from benchmarks.peers.thin import Fields
from benchmarks.peers.topics import PARTITIONS


class Framed(Codec):
    """The event's schema as Faust's serializer."""

    @override
    def _dumps(self, obj: Any) -> bytes:
        return thin.EVENT.encode(obj)

    @override
    def _loads(self, s: bytes) -> Any:
        return thin.EVENT.decode(s)


def build(setting: Setting) -> faust.App:
    """The app, as Faust's own guide would have it."""
    app = faust.App(
        setting.name,
        broker=f"kafka://{setting.bootstrap}",
        store="memory://",
        datadir=setting.folder,
        web_enabled=False,
        topic_partitions=PARTITIONS,
        key_serializer="raw",
    )
    source = app.topic(setting.source, key_type=bytes, value_serializer=Framed())
    cases = app.Table("cases", partitions=PARTITIONS, key_type=bytes, value_type=bytes)
    summary = app.Table("summary", partitions=PARTITIONS, key_type=bytes, value_type=bytes)

    @app.agent(source)
    async def fold(events: AsyncIterable[Fields]) -> None:
        async for event in events:
            key, code = thin.case_key(event).encode(), event["community"].encode()
            case, counts = thin.folded(
                event, _row(thin.CASE, cases.get(key)), _row(thin.SUMMARY, summary.get(code))
            )
            cases[key], summary[code] = thin.CASE.encode(case), thin.SUMMARY.encode(counts)

    return app


def _row(shape: thin.Shape, data: bytes | None) -> Fields | None:
    return None if data is None else shape.decode(data)


def main() -> None:
    """Until SIGTERM."""
    app = build(Setting.load())
    faust.Worker(app, loglevel="WARNING", quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main()
