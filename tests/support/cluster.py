"""Three real Kafka nodes, each broker and controller, with a proxy in front of each for clients.

Copies 3, in-sync 2, the broker's inner topics too: any one node may go without the quorum or a
record going with it. Brokers talk to one another past the proxies; so do the test's own tools.
"""

import asyncio
import base64
import contextlib
import os
import signal
import subprocess
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from confluent_kafka import ElectionType, TopicPartition
from confluent_kafka.admin import AdminClient
from proxy import HOST, Proxies

from ops.broker import child, java, ports
from ops.broker.configuration import server_properties
from ops.broker.folder import Folder, Memory
from ops.broker.storage import format_once
from ops.broker.watch import until_ready

NUMBERS = (1, 2, 3)
HEAP_MIB = 256
PATIENCE = 60.0
NOTHING: Mapping[str, str] = MappingProxyType({})
TRANSACTIONS, GROUPS = "__transaction_state", "__consumer_offsets"
_COPIES = {
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "share.coordinator.state.topic.replication.factor": "3",
    "share.coordinator.state.topic.min.isr": "2",
    "auto.leader.rebalance.enable": "false",  # leaders move when a test says so
    "replica.lag.time.max.ms": "5000",
    "unclean.leader.election.enable": "false",
    "inter.broker.listener.name": "INTERNAL",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "log.cleaner.backoff.ms": "500",
    "log.retention.check.interval.ms": "1000",
}


class Node:
    """One broker and controller."""

    def __init__(self, number: int, folder: Path) -> None:
        taken: list[int] = []
        for _ in range(4):
            taken.append(ports.choose(besides=taken))
        self.number, self.folder = number, Folder(folder)
        self.port, self.proxy, self.internal, self.controller = taken
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    def configure(self, voters: str, overrides: Mapping[str, str]) -> None:
        """Write its server.properties."""
        own = f"INTERNAL://{HOST}:{self.internal},CONTROLLER://{HOST}:{self.controller}"
        settings = {
            **_COPIES,
            "node.id": str(self.number),
            "listeners": f"PLAINTEXT://{HOST}:{self.port},{own}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{self.proxy},{own}",
            "controller.quorum.voters": voters,
            **overrides,
        }
        self.folder.prepare()
        text = server_properties(
            logs=self.folder.logs, port=self.port, controller_port=self.controller,
            overrides=settings,
        )  # fmt: skip
        self.folder.properties.write_text(text, "utf-8")

    def launch(self) -> None:
        """Start its process; it does not answer yet."""
        options = f"-Xmx{HEAP_MIB}m", f"-Dshequ.log={self.folder.log_file}"
        arguments = [str(self.folder.properties)]
        program = java.command(java.default_libs(), "kafka.Kafka", arguments, *options)
        lock = self.folder.lock()
        self._process = child.launch(program, output=self.folder.output, lock=lock, tied=True)
        os.close(lock)

    async def answering(self, cluster_id: str) -> None:
        """Return once it answers clients."""
        assert self._process is not None
        memory = Memory(cluster_id, self.internal, self.controller)
        await until_ready(self._process, memory=memory, folder=self.folder, limit=PATIENCE)

    def signal(self, sign: signal.Signals) -> None:
        """SIGKILL is a power cut, SIGSTOP a machine that hangs."""
        assert self._process is not None
        self._process.send_signal(sign)

    async def stop(self) -> None:
        """In order: its leaders move first."""
        if self._process is not None:
            await child.terminate(self._process, 20.0)


class Cluster:
    """The three, their proxies, and who leads what."""

    def __init__(self, folder: Path, overrides: Mapping[str, str] = NOTHING) -> None:
        """Choose ports; nothing is started."""
        self.nodes = {number: Node(number, folder / str(number)) for number in NUMBERS}
        self.id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").lstrip("-")
        self._overrides = overrides
        self.proxies = Proxies((node.proxy, node.port) for node in self.nodes.values())
        self.bootstrap = ",".join(f"{HOST}:{node.proxy}" for node in self.nodes.values())
        """For workers: through the proxies."""
        self.direct = ",".join(f"{HOST}:{node.internal}" for node in self.nodes.values())
        """For the test's own tools."""

    async def start(self) -> None:
        """All three and the proxies; returns when all answer."""
        each = self.nodes.values()
        voters = ",".join(f"{node.number}@{HOST}:{node.controller}" for node in each)
        for node in each:
            node.configure(voters, self._overrides)
            await format_once(node.folder, libs=java.default_libs(), cluster_id=self.id, quorum=())
            node.launch()
        self.proxies.__enter__()
        for node in each:
            await node.answering(self.id)

    async def stop(self) -> None:
        """Kill them: nobody reads their data again."""
        for node in self.nodes.values():
            if node.alive:
                node.signal(signal.SIGKILL)
            await node.stop()
        self.proxies.__exit__()

    async def start_again(self, number: int) -> None:
        """Start a node on the data it had; returns when every copy is in sync again."""
        self.nodes[number].launch()
        await self.nodes[number].answering(self.id)
        await self.in_sync()

    async def heal(self) -> None:
        """Whatever a scenario did to it: all nodes run, all pass, all copies are in sync."""
        self.proxies.mend()
        for node in self.nodes.values():
            if node.alive:
                node.signal(signal.SIGCONT)
            else:
                node.launch()
        for node in self.nodes.values():
            await node.answering(self.id)
        await self.in_sync()

    async def in_sync(self, limit: float = PATIENCE) -> None:
        """Return once every partition has a leader and all of its copies are in sync."""
        await self._until(lambda: not self._lagging(), limit, "all copies in sync")

    async def leader(self, topic: str, partition: int) -> int:
        """Number of the node that leads a partition now; waits until one does."""
        found: list[int] = []

        def led() -> bool:
            found[:] = [self._leaders().get((topic, partition), -1)]
            return found[0] > 0

        await self._until(led, PATIENCE, f"a leader of {topic}-{partition}")
        return found[0]

    async def coordinator(self, kind: str, key: str) -> int:
        """Number of the node that coordinates a group or a transactional id; waits for one."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.direct)
        await admin.start()
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    with contextlib.suppress(KafkaError):
                        return int(await admin.find_coordinator(key, int(kind == TRANSACTIONS)))
                    await asyncio.sleep(0.1)
        finally:
            await admin.close()

    async def elect_preferred(self, topic: str) -> bool:
        """Move the leaders of a topic to the first of their copies; whether any moved."""
        before = self._leaders()
        places = [TopicPartition(name, number) for name, number in before if name == topic]
        admin = self._admin()
        elected = admin.elect_leaders(ElectionType.PREFERRED, places)
        await asyncio.to_thread(elected.result, 20)
        after = self._leaders()
        return any(before[place] != after.get(place) for place in before if place[0] == topic)

    def _admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.direct, "log_level": 0})

    def _leaders(self) -> dict[tuple[str, int], int]:
        listed = self._admin().list_topics(timeout=10).topics
        return {
            (name, number): part.leader
            for name, topic in listed.items()
            for number, part in topic.partitions.items()
        }

    def _lagging(self) -> list[tuple[str, int]]:
        listed = self._admin().list_topics(timeout=10).topics
        return [
            (name, number)
            for name, topic in listed.items()
            for number, part in topic.partitions.items()
            if part.leader < 1 or len(part.isrs) < len(part.replicas)
        ]

    async def _until(self, holds: Callable[[], bool], limit: float, what: str) -> None:
        end = asyncio.get_running_loop().time() + limit
        while not await asyncio.to_thread(holds):
            if asyncio.get_running_loop().time() > end:
                raise TimeoutError(f"not within {limit:g} s: {what}")
            await asyncio.sleep(0.1)
