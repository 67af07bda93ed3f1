"""The server.properties of the embedded broker: one node, both roles, small."""

from collections.abc import Mapping
from pathlib import Path

from ops.broker.ports import HOST

_ALWAYS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # A topic is made on purpose, with its own retention and partitions, or not at all.
    "auto.create.topics.enable": "false",
    # One node: its inner topics have one replica, and few partitions, so that it starts fast.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    # Nobody else is about to join: a new group need not wait for others.
    "group.initial.rebalance.delay.ms": "0",
    # After a kill the node waits out its own former session before it may serve: 4 s in all
    # instead of 11. A machine that stalls longer than this is fenced, and heals by itself.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # The cleaner's map is a quarter of the heap by default.
    "log.cleaner.dedupe.buffer.size": "16777216",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "metric.reporters": "",
}


def server_properties(
    *, logs: Path, port: int, controller_port: int, overrides: Mapping[str, str]
) -> str:
    """The text of server.properties; overrides win over what is set here."""
    listeners = f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}"
    places = {
        "log.dirs": str(logs),
        "listeners": listeners,
        "advertised.listeners": listeners,
        "controller.quorum.bootstrap.servers": f"{HOST}:{controller_port}",
    }
    merged = _ALWAYS | places | dict(overrides)
    return "".join(f"{name}={_escaped(value)}\n" for name, value in merged.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\")
