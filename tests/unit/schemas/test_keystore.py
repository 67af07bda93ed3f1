"""The key store: one key per owner, whoever asks first, wherever."""

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.errors import CatalogueError, KeyDestroyedError
from schemas.keystore import KeyStore
from schemas.pseudonyms import pseudonym

ASK = """
import sys
from pathlib import Path
from schemas.keystore import KeyStore
sys.stdin.readline()
store = KeyStore.open(Path(sys.argv[1]))
print(" ".join(store.key(f"person/{number}").hex() for number in range(20)))
"""


def test_processes_that_ask_at_once_get_the_same_keys(tmp_path: Path) -> None:
    """Two adapters meet the same person in the same moment, on a store that is not there yet."""
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", ASK, str(tmp_path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for process in asking:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = {process.communicate(timeout=60)[0].strip() for process in asking}
    assert len(answers) == 1
    (keys,) = answers
    assert len(set(keys.split())) == 20
    assert list(tmp_path.glob("master.key.*")) == []


def test_a_key_is_the_same_after_a_restart_and_another_for_everybody(tmp_path: Path) -> None:
    """64 bytes each: AES-SIV takes two keys of 32."""
    before = KeyStore.open(tmp_path)
    one, two = before.key("one"), before.key("two")
    before.close()
    after = KeyStore.open(tmp_path)
    assert (after.key("one"), after.key("two")) == (one, two)
    assert one != two
    assert len(one) == 64


def test_many_keys_are_made_at_once_and_known_ones_stay(tmp_path: Path) -> None:
    """A batch of persons pays for one sync."""
    store = KeyStore.open(tmp_path)
    known = store.key("known")
    store.create_many(["known", "new"])
    assert store.key("known") == known
    assert store.key("new") == KeyStore.open(tmp_path).key("new")


def test_a_destroyed_key_is_never_made_again(tmp_path: Path) -> None:
    """Not by this process, not by another, not by a batch, not before it was ever made."""
    store, other = KeyStore.open(tmp_path), KeyStore.open(tmp_path)
    store.key("gone")
    store.destroy("gone")
    store.destroy("never there")
    store.create_many(["gone", "never there"])
    for asked in (store, other, KeyStore.open(tmp_path)):
        for owner in ("gone", "never there"):
            with pytest.raises(KeyDestroyedError, match=owner):
                asked.key(owner)


def test_keys_lie_wrapped_and_only_the_owner_may_read(tmp_path: Path) -> None:
    """A copied file is worth nothing without the master key."""
    store = KeyStore.open(tmp_path)
    key = store.key("one")
    content = sqlite3.connect(tmp_path / "keys.sqlite").execute("SELECT wrapped FROM keys")
    assert all(key not in row[0] and row[0] not in key for row in content)
    for name in ("keys.sqlite", "master.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_the_wrong_master_key_is_named(tmp_path: Path) -> None:
    """The file was lost and made anew, or restored from elsewhere."""
    KeyStore.open(tmp_path).key("one")
    (tmp_path / "master.key").write_bytes(bytes(32))
    with pytest.raises(CatalogueError, match=r"master\.key is not the master key of this"):
        KeyStore.open(tmp_path).key("one")
    (tmp_path / "master.key").write_bytes(b"short")
    with pytest.raises(CatalogueError, match="holds 5 bytes, a master key has 32"):
        KeyStore.open(tmp_path)


def test_a_pseudonym_joins_records_and_names_nobody(tmp_path: Path) -> None:
    """The same number gives the same name, of its kind, in this hub only."""
    keys = KeyStore.open(tmp_path / "one")
    name = pseudonym(keys, "resident_id", "420704199001010016")
    assert name == pseudonym(keys, "resident_id", "420704199001010016")
    assert name.startswith("e1.")
    assert name.isascii()
    assert name == name.lower()
    others = {
        pseudonym(keys, "phone", "420704199001010016"),
        pseudonym(keys, "resident_id", "420704199001010024"),
        pseudonym(KeyStore.open(tmp_path / "two"), "resident_id", "420704199001010016"),
    }
    assert len(others | {name}) == 4
