"""Quix Streams around the thin fold, as its users write it: a stateful function per event.

It runs in a virtual environment of its own (`make peers`): it holds confluent-kafka and pydantic
below the versions that the hub is locked to. State is a store per partition, prefixed with the
event's key by Quix itself; what a checkpoint changed is written once per row. Rows are bytes of
Avro, as everybody's; or JSON, which is what Quix makes of a dict.
"""

import sys
from typing import Any

from quixstreams import Application
from quixstreams.state import State
from quixstreams.state.memory import MemoryStore

from benchmarks.peers import thin
from benchmarks.peers.setting import Setting

OWN = b"-"
"""State key of the community's own row; a case's is its record id."""


def fold(data: bytes, state: State[bytes, bytes]) -> None:
    """Fold one event."""
    event = thin.EVENT.decode(data)
    key = event["record_id"].encode()
    before, counts = state.get_bytes(key), state.get_bytes(OWN)
    case, summary = thin.folded(
        event,
        None if before is None else thin.CASE.decode(before),
        None if counts is None else thin.SUMMARY.decode(counts),
    )
    state.set_bytes(key, thin.CASE.encode(case))
    state.set_bytes(OWN, thin.SUMMARY.encode(summary))


def fold_json(data: bytes, state: State[str, Any]) -> None:
    """Fold one event; rows are left to Quix, which has no bytes in its JSON."""
    event = thin.EVENT.decode(data)
    before = state.get(event["record_id"])
    if before is not None:
        before["hash"] = bytes.fromhex(before["hash"])
    case, summary = thin.folded(event, before, state.get(OWN.decode()))
    state.set(event["record_id"], {**case, "hash": case["hash"].hex()})
    state.set(OWN.decode(), summary)


def build(setting: Setting) -> Application:
    """The application; its checkpoint interval is the peers' common one."""
    app = Application(
        broker_address=setting.bootstrap,
        consumer_group=setting.name,
        auto_offset_reset="earliest",
        processing_guarantee=(
            "exactly-once" if setting.guarantee == "exactly_once" else "at-least-once"
        ),
        commit_interval=setting.commit_ms / 1000,
        state_dir=setting.folder,
        loglevel="WARNING",
    )
    topic = app.topic(setting.source, key_deserializer="bytes", value_deserializer="bytes")
    frame = app.dataframe(topic)
    if setting.store == "memory":
        frame.register_store(store_type=MemoryStore)
    frame.update(fold_json if setting.rows == "json" else fold, stateful=True)
    return app


def main() -> int:
    """Until SIGTERM, which Quix handles itself."""
    build(Setting.load()).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
