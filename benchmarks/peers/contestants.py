"""Everybody who takes part: the lane and its peers, each as a process on the same source."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.peers import topics
from benchmarks.peers.fold import EVENTS, ThinFold
from benchmarks.peers.process import Peer
from benchmarks.peers.setting import Setting
from benchmarks.peers.views import own_topics, quix_topic
from schemas.compiled import library
from schemas.naming import Lineage, Names

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "build" / "peers"
JAVA = BUILT / "kafka_streams"
QUIX_PYTHON = BUILT / "venv" / "bin" / "python"
QUIX_OWN = b"-"
LANE, STREAMS = "lane, ", "Kafka Streams, "
EXACTLY, AT_LEAST = "exactly_once", "at_least_once"
MEMORY, DISK = "memory", "disk"
WHERE = {MEMORY: "in memory", DISK: "on disk"}
COMMIT_MS = 100
"""Kafka Streams' own default under exactly once; the others get the same."""


class MissingPeerError(RuntimeError):
    """A peer cannot take part; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a peer runs. `number` keeps its topics and state apart from all others'."""

    bootstrap: str
    home: Path
    number: int
    prefix: str = ""

    @property
    def source(self) -> str:
        """Physical name of the topic of events."""
        return Names(prefix=self.prefix).physical(EVENTS)

    def setting(
        self, kind: str, guarantee: str = AT_LEAST, store: str = MEMORY, threads: int = 1
    ) -> Setting:
        """For a peer that is not the lane."""
        name = f"{kind}-{self.number}"
        folder = self.home / name
        folder.mkdir(parents=True, exist_ok=True)
        return Setting(
            self.bootstrap, self.source, name, guarantee, store, folder, COMMIT_MS, threads
        )


Make = Callable[[Place], Peer]


def lane(store: str = MEMORY, *, compiled: bool = False) -> Make:
    """The whole lane, exactly once, journal and digest on. Raises MissingPeerError when made."""

    def make(place: Place) -> Peer:
        if compiled and library().native is None:
            raise MissingPeerError(f"lane with what is compiled: {library().missing}")
        names = Names(Lineage("thin", place.number), place.prefix)
        fold = ThinFold(str(names.lineage))
        return Peer(
            f"{LANE}exactly once, {'compiled' if compiled else 'fastavro'}, {WHERE[store]}",
            [sys.executable, "-m", "benchmarks.peers.lane_worker"],
            {
                "SHEQU_BOOTSTRAP": place.bootstrap,
                "SHEQU_HOME": str(place.home / str(names.lineage)),
                "SHEQU_APP": names.lineage.app,
                "SHEQU_VIEW_VERSION": str(names.lineage.version),
                "SHEQU_TOPIC_PREFIX": place.prefix,
                "SHEQU_ROWS": store,
                "SHEQU_DECODER": "compiled" if compiled else "fastavro",
            },
            own_topics(names.physical(fold.cases.topic), names.physical(fold.summary.topic)),
            topics.of_lane(names),
        )

    return make


def raw_loop(place: Place) -> Peer:
    """The bare loop."""
    return _tabled("raw aiokafka + fastavro loop, at least once", "raw_loop", place.setting("raw"))


def stock_faust(place: Place) -> Peer:
    """Faust as it ships."""
    return _tabled("stock Faust, at least once, in memory", "stock_faust", place.setting("faust"))


def _tabled(name: str, module: str, setting: Setting) -> Peer:
    return Peer(
        name,
        [sys.executable, "-m", f"benchmarks.peers.{module}"],
        setting.environment(),
        own_topics(setting.cases, setting.summary),
        [topics.wanted(topic, "compact") for topic in (setting.cases, setting.summary)],
    )


def quix(guarantee: str, store: str, *, rows: str = "avro") -> Make:
    """Quix Streams, in its own environment. Raises MissingPeerError when made."""

    def make(place: Place) -> Peer:
        _require(QUIX_PYTHON)
        setting = replace(place.setting("quix", guarantee, store), rows=rows)
        as_json = ", rows in JSON" if rows == "json" else ""
        changelog = f"changelog__{setting.name}--{place.source}--default"
        return Peer(
            f"Quix Streams, {_said(guarantee)}, {WHERE[store]}{as_json}",
            [str(QUIX_PYTHON), "-m", "benchmarks.peers.quix"],
            {**setting.environment(), "PYTHONPATH": str(ROOT)},
            quix_topic(changelog, QUIX_OWN, json_rows=rows == "json"),
            [topics.wanted(changelog, "compact")],
        )

    return make


def kafka_streams(guarantee: str, store: str, threads: int = 1) -> Make:
    """Kafka Streams in Java. Raises MissingPeerError when made."""

    def make(place: Place) -> Peer:
        _require(JAVA / "classes")
        words = {EXACTLY: "exactly_once_v2"}.get(guarantee, guarantee)
        setting = place.setting("streams", words, store, threads)
        plural = "1 thread" if threads == 1 else f"{threads} threads"
        return Peer(
            f"{STREAMS}{_said(guarantee)}, {WHERE[store]}, {plural}",
            [_java(), "-Xmx1g", "-cp", f"{JAVA / 'classes'}:{JAVA / 'libs'}/*", "shequ.peers.Main"],
            setting.environment(),
            own_topics(setting.cases, setting.summary),
            [topics.wanted(topic, "compact") for topic in (setting.cases, setting.summary)],
            slow_start=True,
        )

    return make


def _said(guarantee: str) -> str:
    return guarantee.replace("_", " ")


def _java(environment: Mapping[str, str] = os.environ) -> str:
    home = environment.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else "java"


def _require(place: Path) -> None:
    if not place.exists():
        raise MissingPeerError(f"{place} is not there: run `make peers`")
