"""One real Kafka node on a loopback port, started and stopped by this process."""

import asyncio
import base64
import os
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self

import structlog

from ops.broker import child, java, ports
from ops.broker.configuration import server_properties
from ops.broker.errors import BrokerFailedError
from ops.broker.folder import Folder, Memory
from ops.broker.storage import format_once
from ops.broker.watch import PortTakenError, until_ready

_NOTHING: Mapping[str, str] = MappingProxyType({})
_TRIES = 3  # a port that was free a moment ago may be taken when Kafka binds it

log = structlog.get_logger(__name__)


class EmbeddedBroker:
    """A Kafka node whose data live in one folder and survive a kill.

    The first start formats the folder; later starts take the same port again if it is free.
    Use it as `async with EmbeddedBroker(folder) as broker: ... broker.bootstrap`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        libs: Path | None = None,
        heap_mib: int = 384,
        tied: bool = True,
        overrides: Mapping[str, str] = _NOTHING,
    ) -> None:
        """Describe the broker; nothing is started.

        Args:
            folder: where its data, log and lock live; made if absent.
            port: the wished loopback port; if it is taken, another is chosen and logged.
            libs: Kafka's jars; where `make jars` puts them if not given.
            heap_mib: the most heap that its JVM may take.
            tied: end when this process ends; otherwise outlast it.
            overrides: settings of server.properties that win over ours.
        """
        self.folder = Folder(folder)
        self._wished = port
        self._libs = libs or java.default_libs()
        self._heap = heap_mib
        self._tied = tied
        self._overrides = dict(overrides)
        self._node: subprocess.Popen[bytes] | None = None
        self._port: int | None = None

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients; known once started, and kept after a stop or a kill."""
        if self._port is None:
            raise BrokerFailedError("the broker was not started yet: await its start() first.")
        return f"{ports.HOST}:{self._port}"

    @property
    def alive(self) -> bool:
        """Whether the node's process runs."""
        return self._node is not None and self._node.poll() is None

    @property
    def pid(self) -> int | None:
        """The process id of the running node; None if it does not run."""
        return self._node.pid if self._node is not None and self.alive else None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, limit: float = 60.0) -> str:
        """Start the node and return its bootstrap address once it answers clients.

        Raises:
            JavaError: there is no usable Java.
            JarsMissingError: the folder of jars holds no Kafka.
            FolderError: the data folder is full or cannot be written.
            FolderInUseError: another broker runs on the data folder.
            BrokerFailedError: the node ended, or did not answer within the limit (seconds).
        """
        if self.alive:
            return self.bootstrap
        program = self._program()
        self.folder.prepare()
        lock = await asyncio.to_thread(self.folder.lock)
        try:
            await self._start_locked(program, lock, limit)
        finally:
            os.close(lock)  # from here on the node's process holds it, and nobody else
        return self.bootstrap

    async def stop(self, limit: float = 20.0) -> None:
        """Let the node end in order; kill it if that takes longer than the limit (seconds)."""
        if self._node is not None:
            await child.terminate(self._node, limit)

    def kill(self) -> None:
        """End the node at once, as a power cut would (SIGKILL)."""
        if self._node is not None:
            self._node.kill()
            self._node.wait()

    async def wait(self) -> None:
        """Return when the node's process has ended, whatever the reason."""
        while self.alive:
            await asyncio.sleep(0.2)

    def _program(self) -> list[str]:
        return java.command(
            self._libs,
            "kafka.Kafka",
            [str(self.folder.properties)],
            f"-Xmx{self._heap}m",
            f"-Dshequ.log={self.folder.log_file}",
        )

    async def _start_locked(self, program: list[str], lock: int, limit: float) -> None:
        for tries_left in reversed(range(_TRIES)):
            memory = self._choose()
            self._write_properties(memory)
            await format_once(self.folder, libs=self._libs, cluster_id=memory.cluster_id)
            try:
                await self._launch(program, lock, memory, limit)
            except PortTakenError:
                if not tries_left:
                    raise
            else:
                return

    async def _launch(self, program: list[str], lock: int, memory: Memory, limit: float) -> None:
        output = self.folder.output
        node = self._node = child.launch(program, output=output, lock=lock, tied=self._tied)
        try:
            self.folder.sign(node.pid, starting=True)
            await until_ready(node, memory=memory, folder=self.folder, limit=limit)
            self.folder.remember(memory)
            self.folder.sign(node.pid, starting=False)
        except BaseException:  # a cancelled start, too, leaves no process behind
            self.kill()
            raise
        self._port = memory.port

    def _choose(self) -> Memory:
        before = self.folder.recall()
        port = ports.choose(self._wished, before.port if before else None)
        if self._wished not in {None, port}:
            log.warning("the wished port is taken: using another", wished=self._wished, port=port)
        controller = ports.choose(before.controller_port if before else None, besides=(port,))
        return Memory(
            cluster_id=self.folder.cluster_id_on_disk() or _new_cluster_id(),
            port=port,
            controller_port=controller,
        )

    def _write_properties(self, memory: Memory) -> None:
        text = server_properties(
            logs=self.folder.logs,
            port=memory.port,
            controller_port=memory.controller_port,
            overrides=self._overrides,
        )
        self.folder.properties.write_text(text, "utf-8")


def _new_cluster_id() -> str:
    """16 random bytes in Kafka's base64; a leading dash would look like an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text
