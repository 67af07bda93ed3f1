"""A key store whose files are gone, damaged or not to be written says what to do."""

import os
import sqlite3
from pathlib import Path

import pytest

from schemas.errors import CatalogueError
from schemas.keystore import KeyStore


def test_a_lost_master_key_is_not_made_anew(tmp_path: Path) -> None:
    """A new one would open nothing, and stand where the backup belongs."""
    store = KeyStore.open(tmp_path)
    store.key("somebody")
    store.close()
    (tmp_path / "master.key").unlink()
    with pytest.raises(CatalogueError, match="put it back from its backup"):
        KeyStore.open(tmp_path)
    assert not (tmp_path / "master.key").exists()


def test_a_damaged_store_is_named(tmp_path: Path) -> None:
    KeyStore.open(tmp_path).close()
    (tmp_path / "keys.sqlite").write_bytes(os.urandom(8192))
    with pytest.raises(CatalogueError, match=r"not a database.*backup"):
        KeyStore.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").touch()
    with pytest.raises(CatalogueError, match="cannot be read or written"):
        KeyStore.open(tmp_path / "keys")


def test_a_store_that_is_damaged_while_it_is_used_is_named(tmp_path: Path) -> None:
    store = KeyStore.open(tmp_path)
    with sqlite3.connect(tmp_path / "keys.sqlite") as other:
        other.execute("DROP TABLE keys")
    for use in (lambda: store.key("somebody"), lambda: store.create_many(["somebody"])):
        with pytest.raises(CatalogueError, match="no such table"):
            use()
    store.close()
