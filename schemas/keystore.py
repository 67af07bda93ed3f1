"""One key per person, wrapped, in one store; destroying a key erases what it sealed."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cached_property, lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from schemas.errors import CatalogueError, KeyDestroyedError

SEAL_KEY_BYTES = 64
"""AES-256-SIV takes two keys of 32 bytes."""
MASTER_KEY_BYTES = 32

_TABLES = """
CREATE TABLE IF NOT EXISTS keys (
  owner TEXT PRIMARY KEY, wrapped BLOB, destroyed_at TEXT
) WITHOUT ROWID;
"""


class KeyStore:
    """SQLite file of wrapped keys, shared by the processes of one machine.

    A key is made by whoever asks first, atomically: two adapters that meet the same
    person at once seal with the same key. The master key lies beside the store in a file
    only its owner may read, or wherever the city keeps it (`master_key_file`).
    """

    def __init__(self, path: Path, master_key_file: Path) -> None:
        """Open or make the store. Raises CatalogueError where the master key does not fit."""
        self._path, self._file = path, master_key_file
        with self._readable():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if path.exists() and not master_key_file.exists():
                raise CatalogueError(
                    f"{master_key_file} is missing, and {path} holds keys that only it opens: "
                    "put it back from its backup"
                )
            self._master = _master_key(master_key_file)
            self._db = sqlite3.connect(
                path, timeout=30, isolation_level=None, check_same_thread=False
            )
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_TABLES)
            path.chmod(0o600)
        self.key = lru_cache(maxsize=100_000)(self._key)

    @classmethod
    def open(cls, folder: Path) -> "KeyStore":
        """Open the store of a data folder: `keys.sqlite` beside `master.key`."""
        return cls(folder / "keys.sqlite", folder / "master.key")

    @property
    def epoch(self) -> int:
        """Pseudonym epoch in force."""
        return 1

    def epoch_key(self, epoch: int) -> bytes:
        """32 bytes that pseudonyms of this epoch are made with."""
        return self.key(f"epoch/{epoch}")[:32]

    @cached_property
    def content_key(self) -> bytes:
        """32 bytes that content hashes are keyed with."""
        return self.key("content")[:32]

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Say what to do where the disk or the file fails."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            message = (
                f"the key store {self._path} cannot be read or written ({error}): look at the "
                "disk and the rights; a damaged one is put back from its backup"
            )
            raise CatalogueError(message) from error

    def _key(self, owner: str) -> bytes:
        wrapped = self._find(owner) or self._create(owner)
        try:
            return aes_key_unwrap(self._master, wrapped)
        except InvalidUnwrap as error:
            message = (
                f"{self._file} is not the master key of this key store: put the right file back"
            )
            raise CatalogueError(message) from error

    def _find(self, owner: str) -> bytes | None:
        with self._readable():
            row = self._db.execute(
                "SELECT wrapped, destroyed_at FROM keys WHERE owner = ?", (owner,)
            ).fetchone()
        if row is None:
            return None
        if row[0] is None:
            message = f"the key of {owner} was destroyed on {row[1]}: what it sealed is erased"
            raise KeyDestroyedError(message)
        return bytes(row[0])

    def _create(self, owner: str) -> bytes:
        fresh = aes_key_wrap(self._master, secrets.token_bytes(SEAL_KEY_BYTES))
        with self._readable():
            self._db.execute(
                "INSERT OR IGNORE INTO keys (owner, wrapped) VALUES (?, ?)", (owner, fresh)
            )
        found = self._find(owner)
        if found is None:
            message = f"the key store lost the key of {owner} while making it: check the disk"
            raise CatalogueError(message)
        return found

    def create_many(self, owners: list[str]) -> None:
        """Make all keys that are missing, in one transaction: a batch pays for one sync."""
        fresh = [
            (owner, aes_key_wrap(self._master, secrets.token_bytes(SEAL_KEY_BYTES)))
            for owner in owners
        ]
        with self._readable(), closing(self._db.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.executemany("INSERT OR IGNORE INTO keys (owner, wrapped) VALUES (?, ?)", fresh)
            cursor.execute("COMMIT")

    def destroy(self, owner: str) -> None:
        """Erase: the key goes, a mark stays, so that the same owner never gets a new one."""
        self._db.execute(
            "INSERT INTO keys (owner, wrapped, destroyed_at) VALUES (?, NULL, datetime('now')) "
            "ON CONFLICT (owner) DO UPDATE SET wrapped = NULL, destroyed_at = datetime('now')",
            (owner,),
        )
        self.key.cache_clear()

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _master_key(path: Path) -> bytes:
    """Read the master key, or make it where there is none: link() keeps it to one winner."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(MASTER_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    key = path.read_bytes()
    if len(key) != MASTER_KEY_BYTES:
        message = (
            f"{path} holds {len(key)} bytes, a master key has {MASTER_KEY_BYTES}: "
            "put the right file back"
        )
        raise CatalogueError(message)
    return key
