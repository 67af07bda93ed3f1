"""Everybody who takes part: the lane and its peers, each as a process on the same source."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.peers import topics
from benchmarks.peers.fold import EVENTS, ThinFold
from benchmarks.peers.process import Peer
from benchmarks.peers.setting import Setting
from benchmarks.peers.views import own_topics, quix_topic
from schemas.naming import Lineage, Names

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "build" / "peers"
JAVA = BUILT / "kafka_streams"
QUIX_PYTHON = BUILT / "venv" / "bin" / "python"
QUIX_OWN = b"-"
STORES = {"memory": "in memory", "disk": "on disk"}


class MissingPeerError(RuntimeError):
    """A peer was not built; the message says what to do."""


def lane(bootstrap: str, home: Path, number: int, store: str, *, compiled: bool = False) -> Peer:
    """The whole lane, exactly once. `number` makes a lineage of its own."""
    names = Names(Lineage("thin", number))
    fold = ThinFold(str(names.lineage))
    decoder = "compiled decoder" if compiled else "fastavro"
    return Peer(
        f"lane, exactly once, {decoder}, {STORES[store]}",
        [sys.executable, "-m", "benchmarks.peers.lane_worker", *(["--compiled"] * compiled)],
        {
            "SHEQU_BOOTSTRAP": bootstrap,
            "SHEQU_HOME": str(home / str(names.lineage)),
            "SHEQU_APP": names.lineage.app,
            "SHEQU_VIEW_VERSION": str(number),
            "SHEQU_ROWS": store,
        },
        own_topics(names.physical(fold.cases.topic), names.physical(fold.summary.topic)),
        topics.of_lane(names),
    )


def raw_loop(bootstrap: str, home: Path, number: int) -> Peer:
    """The bare loop."""
    setting = Setting(bootstrap, EVENTS, f"raw-{number}", folder=home)
    return _tabled("raw aiokafka + fastavro loop, at least once", "raw_loop", setting)


def stock_faust(bootstrap: str, home: Path, number: int) -> Peer:
    """Faust as it ships."""
    setting = Setting(bootstrap, EVENTS, f"faust-{number}", folder=home / f"faust-{number}")
    return _tabled("stock Faust, at least once, in memory", "stock_faust", setting)


def _tabled(name: str, module: str, setting: Setting) -> Peer:
    return Peer(
        name,
        [sys.executable, "-m", f"benchmarks.peers.{module}"],
        setting.environment(),
        own_topics(setting.cases, setting.summary),
        [topics.wanted(topic, "compact") for topic in (setting.cases, setting.summary)],
    )


def quix(bootstrap: str, home: Path, number: int, guarantee: str, store: str) -> Peer:
    """Quix Streams, in its own environment. Raises MissingPeerError."""
    _require(QUIX_PYTHON)
    name = f"quix-{number}"
    setting = Setting(bootstrap, EVENTS, name, guarantee, store, home / name, commit_ms=100)
    changelog = f"changelog__{name}--{EVENTS}--default"
    return Peer(
        f"Quix Streams, {guarantee.replace('_', ' ')}, {STORES[store]}",
        [str(QUIX_PYTHON), "-m", "benchmarks.peers.quix"],
        {**setting.environment(), "PYTHONPATH": str(ROOT)},
        quix_topic(changelog, QUIX_OWN),
        [topics.wanted(changelog, "compact")],
    )


def kafka_streams(
    bootstrap: str, home: Path, number: int, guarantee: str, store: str, threads: int = 1
) -> Peer:
    """Kafka Streams in Java. Raises MissingPeerError."""
    _require(JAVA / "classes")
    name = f"streams-{number}"
    words = {"exactly_once": "exactly_once_v2"}
    setting = Setting(
        bootstrap, EVENTS, name, words.get(guarantee, guarantee), store, home / name,
        commit_ms=100, threads=threads,
    )  # fmt: skip
    plural = "1 thread" if threads == 1 else f"{threads} threads"
    return Peer(
        f"Kafka Streams, {guarantee.replace('_', ' ')}, {STORES[store]}, {plural}",
        [_java(), "-Xmx1g", "-cp", f"{JAVA / 'classes'}:{JAVA / 'libs'}/*", "shequ.peers.Main"],
        setting.environment(),
        own_topics(setting.cases, setting.summary),
        [topics.wanted(topic, "compact") for topic in (setting.cases, setting.summary)],
    )


def _java(environment: Mapping[str, str] = os.environ) -> str:
    home = environment.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else "java"


def _require(place: Path) -> None:
    if not place.exists():
        raise MissingPeerError(f"{place} is not there: run `make peers`")
