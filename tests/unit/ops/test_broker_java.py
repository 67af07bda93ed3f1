"""Java and the jars: what is missing is named, with the way to get it."""

import stat
from pathlib import Path

import pytest

from ops.broker import JarsMissingError, JavaError, java


def _fake_java(folder: Path, version: str) -> Path:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    return folder


@pytest.mark.parametrize("version", ["17.0.15", "21", "25-ea"])
def test_java_17_and_later_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """JAVA_HOME comes first."""
    home = _fake_java(tmp_path, version)
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert java.find_java() == str(home / "bin" / "java")


@pytest.mark.parametrize("version", ["11.0.20", "1.8.0_402"])
def test_an_older_java_is_refused_with_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """8 was still called 1.8."""
    monkeypatch.setenv("JAVA_HOME", str(_fake_java(tmp_path, version)))
    with pytest.raises(JavaError, match=r"is Java (8|11); Kafka needs 17 or later\. Install"):
        java.find_java()


def test_no_java_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it was looked for."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(JavaError, match=r"there is no java on the PATH.*apt-get install"):
        java.find_java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(JavaError, match="holds no bin/java"):
        java.find_java()


def test_missing_jars_say_make_jars(tmp_path: Path) -> None:
    """And name the folder."""
    with pytest.raises(JarsMissingError, match=rf"not in {tmp_path}\. Run `make jars`"):
        java.find_jars(tmp_path)
