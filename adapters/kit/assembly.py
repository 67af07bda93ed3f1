"""Puts an adapter's parts together: the one place that knows how they fit."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from adapters.kit import kinds
from adapters.kit.adapter import Adapter
from adapters.kit.checkpoint import Changes, Checkpoint
from adapters.kit.desk import Desk
from adapters.kit.errors import Finding, HaltError
from adapters.kit.events import Events
from adapters.kit.heartbeat import TOPIC, Heartbeat
from adapters.kit.intake import Intake
from adapters.kit.letters import Letters
from adapters.kit.own_topic import Memory
from adapters.kit.places import Places
from adapters.kit.producer import Producer
from adapters.kit.settings import AdapterSettings, KitSettings
from schemas.gazetteer import Gazetteer, GazetteerError
from schemas.keystore import KeyStore
from schemas.naming import Names
from schemas.sealing import Sealer

BEAT_PATIENCE_SECONDS = 3.0
IDENTITY = "identity"


def now_ms() -> int:
    """The time, ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """All that one running adapter works with. `topic` and `dead_letters` are physical names."""

    kit: KitSettings
    own: AdapterSettings
    topic: str
    dead_letters: str
    clock: Callable[[], int]
    places: Places
    keys: KeyStore
    checkpoint: Checkpoint
    events: Events
    intake: Intake
    memory: Memory
    producer: Producer
    heartbeat: Heartbeat

    def close(self) -> None:
        """Let go of the files."""
        self.checkpoint.close()
        self.keys.close()


def assemble(
    adapter: Adapter[Any], kit: KitSettings, own: AdapterSettings, clock: Callable[[], int] = now_ms
) -> Parts:
    """Open what the adapter needs on disk; nothing is connected yet.

    Raises HaltError where a file of the installation is wrong or held by another process.
    """
    source, names = adapter.source_name(kit.city), Names(prefix=kit.topic_prefix)
    topic, dead_letters = names.physical(adapter.topic), names.dead_letters(adapter.topic)
    places = Places(_gazetteer(kit))
    checkpoint = Checkpoint(kit.folder(adapter.name))
    keys = KeyStore.open(kit.keys)
    _identify(checkpoint, source, topic, keys)
    events = Events(schema=adapter.schema, source=source, topic=topic, sealer=Sealer(keys))
    letters = Letters(source=source, topic=adapter.topic, dead_letters=dead_letters, keys=keys)
    desk = Desk(places, keys, kinds.known())
    return Parts(
        kit=kit,
        own=own,
        topic=topic,
        dead_letters=dead_letters,
        clock=clock,
        places=places,
        keys=keys,
        checkpoint=checkpoint,
        events=events,
        intake=Intake(adapter, desk=desk, events=events, letters=letters, checkpoint=checkpoint),
        memory=Memory(
            events=events, letters=letters, checkpoint=checkpoint, source=source, topic=topic
        ),
        producer=Producer(kit.bootstrap, f"shequ.{adapter.name}"),
        heartbeat=Heartbeat(
            Producer(kit.bootstrap, f"shequ.{adapter.name}.heartbeat", BEAT_PATIENCE_SECONDS),
            adapter=adapter.name,
            source=source,
            topic=adapter.topic,
            heartbeats=names.physical(TOPIC),
            clock=clock,
        ),
    )


def _gazetteer(kit: KitSettings) -> Gazetteer:
    try:
        return Gazetteer.load(kit.city, kit.estates)
    except (GazetteerError, OSError) as error:
        raise HaltError(Finding(rule="gazetteer.wrong", advice=str(error))) from error


def _identify(checkpoint: Checkpoint, source: str, topic: str, keys: KeyStore) -> None:
    """A checkpoint goes with one source, topic and key store; to others its hashes say nothing."""
    fingerprint = blake2b(keys.content_key, digest_size=8).hexdigest()
    ours = f"{source} {topic} {fingerprint}"
    known = checkpoint.marks().setdefault(IDENTITY, ours)
    if known != ours:
        checkpoint.close()
        advice = (
            f"The checkpoint is of {known}, this adapter is {ours} (source, topic, key store). Put "
            "the right SHEQU_HOME, SHEQU_TOPIC_PREFIX or key store back."
        )
        raise HaltError(Finding(rule="checkpoint.foreign", advice=advice))
    checkpoint.write(Changes(marks={IDENTITY: ours}))
