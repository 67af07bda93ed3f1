"""The broker's data folder: what is where, what it remembers, whether it can be written."""

import shutil
from pathlib import Path

import msgspec

from ops.broker import holding
from ops.broker.errors import FolderError, FolderInUseError

ENOUGH_BYTES = 256 * 1024 * 1024  # a handful of new segments and the metadata log


class Memory(msgspec.Struct, frozen=True):
    """What a data folder keeps about its broker between starts."""

    cluster_id: str
    port: int
    controller_port: int


class Folder:
    """A data folder: `logs/` is Kafka's, the rest is ours."""

    def __init__(self, path: Path) -> None:
        """Name the files; nothing is made or read."""
        self.path = path.resolve()
        self.logs = self.path / "logs"
        self.log_file = self.path / "broker.log"
        self.output = self.path / "broker.out"
        self.properties = self.path / "server.properties"
        self._memory = self.path / "broker.json"
        self._lock = self.path / "broker.lock"

    @property
    def is_formatted(self) -> bool:
        """Whether Kafka has written its identity into `logs/`."""
        return (self.logs / "meta.properties").is_file()

    def prepare(self) -> None:
        """Make the folder, and prove that it can be written and has room.

        Raises:
            FolderError: it cannot, or has not.
        """
        probe = self.path / ".probe"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"can this folder be written?")
            probe.unlink()
        except OSError as error:
            raise FolderError(
                f"the broker's data folder {self.path} cannot be written: {error.strerror}. "
                f"Make room or mend its rights, or set SHEQU_HOME to another folder."
            ) from error
        self._require_room()

    def recall(self) -> Memory | None:
        """What the last start remembered; None for a new folder.

        Raises:
            FolderError: the file is damaged.
        """
        try:
            return msgspec.json.decode(self._memory.read_bytes(), type=Memory)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            raise FolderError(
                f"{self._memory} is damaged ({error}). Delete that file: no data is lost, the "
                f"ports are chosen anew and the cluster id is taken from {self.logs}."
            ) from error

    def remember(self, memory: Memory) -> None:
        """Keep it, whole or not at all."""
        new = self._memory.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(memory))
        new.replace(self._memory)

    def cluster_id_on_disk(self) -> str | None:
        """The id that Kafka wrote when the folder was formatted; None for a new folder."""
        if not self.is_formatted:
            return None
        lines = (self.logs / "meta.properties").read_text("utf-8").splitlines()
        names_and_values = dict(line.split("=", 1) for line in lines if "=" in line)
        return names_and_values.get("cluster.id")

    def lock(self, patience: float = 2.0) -> int:
        """Take the folder's lock and return its descriptor; see `holding.take`.

        A broker that was just killed may take a moment to go: hence the patience (seconds).

        Raises:
            FolderInUseError: another broker holds it.
        """
        descriptor = holding.take(self._lock, patience)
        if descriptor is None:
            raise self._in_use()
        return descriptor

    def sign(self, pid: int, *, starting: bool) -> None:
        """Write down which process holds the lock, and whether its broker still starts."""
        holding.sign(self._lock, holding.Holder(pid=pid, starting=starting))

    def holder(self) -> holding.Holder | None:
        """Who holds the lock; None if nobody does."""
        return holding.holder(self._lock)

    def _require_room(self) -> None:
        free = shutil.disk_usage(self.path).free
        if free < ENOUGH_BYTES:
            raise FolderError(
                f"the disk of the broker's data folder {self.path} is full: {free >> 20} MiB free, "
                f"{ENOUGH_BYTES >> 20} needed. Make room, or set SHEQU_HOME to another disk."
            )

    def _in_use(self) -> FolderInUseError:
        holder, memory = self.holder(), self.recall()
        who = f"process {holder.pid}" if holder else "a process that is just ending"
        where = f", port {memory.port}" if memory else ""
        return FolderInUseError(
            f"a broker already runs on {self.path}: {who}{where}. Use that one, stop it with "
            f"`shequ broker stop`, or set SHEQU_HOME to another folder."
        )
