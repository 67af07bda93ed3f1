"""The broker's data folder: lock, memory, and errors that say what to do."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from ops.broker import FolderError, FolderInUseError
from ops.broker.folder import Folder, Memory

MEMORY = Memory(cluster_id="abc", port=9092, controller_port=9093)


def test_it_remembers_between_starts(tmp_path: Path) -> None:
    """The same ports and the same cluster again."""
    assert Folder(tmp_path).recall() is None
    Folder(tmp_path).remember(MEMORY)
    assert Folder(tmp_path).recall() == MEMORY


def test_a_damaged_memory_says_which_file_to_delete(tmp_path: Path) -> None:
    """And that no data is lost by that."""
    Folder(tmp_path).remember(MEMORY)
    (tmp_path / "broker.json").write_text("{")
    with pytest.raises(FolderError, match=r"broker\.json is damaged .* no data is lost"):
        Folder(tmp_path).recall()


def test_the_lock_is_held_once_and_names_its_holder(tmp_path: Path) -> None:
    """Until its descriptor is closed."""
    folder = Folder(tmp_path)
    folder.remember(MEMORY)
    descriptor = folder.lock()
    folder.sign(4711, starting=False)
    with pytest.raises(FolderInUseError, match="process 4711, port 9092"):
        Folder(tmp_path).lock(patience=0)
    os.close(descriptor)
    assert folder.holder() is None
    os.close(Folder(tmp_path).lock(patience=0))


def test_a_place_that_is_no_folder_is_refused_with_the_reason(tmp_path: Path) -> None:
    """The message names the place and the setting."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FolderError, match=r"cannot be written: .* set SHEQU_HOME"):
        Folder(tmp_path / "file" / "broker").prepare()


def test_a_full_disk_is_refused_before_kafka_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kafka would start and then shut down in the middle of a write."""
    usage = SimpleNamespace(total=100 << 20, used=99 << 20, free=1 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(FolderError, match="is full: 1 MiB free, 256 needed"):
        Folder(tmp_path).prepare()


def test_the_cluster_id_is_read_from_kafkas_own_file(tmp_path: Path) -> None:
    """So that a lost memory file loses nothing."""
    folder = Folder(tmp_path)
    assert folder.cluster_id_on_disk() is None
    folder.logs.mkdir()
    (folder.logs / "meta.properties").write_text("#made\nversion=1\ncluster.id=MkU3=\nnode.id=1\n")
    assert folder.is_formatted
    assert folder.cluster_id_on_disk() == "MkU3="
