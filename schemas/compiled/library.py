"""The C part, compiled once for this Python and kept: loading it takes a millisecond after that."""

import importlib.machinery
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol, cast

from schemas.compiled import cache as kept
from schemas.compiled.nodes import Plan

SOURCES = Path(__file__).with_name("native")
NAME = "shequ_avro"
FLAGS = ("-O2", "-std=c11", "-fPIC", "-shared", "-fwrapv", "-fstack-protector-strong")
SECONDS = 120.0
"""What a compiler may take; half a second is usual."""


class Decoder(Protocol):
    """Reads frames of one schema id: `head`, then the record."""

    decode: Callable[[bytes], dict[str, Any] | None]


class Encoder(Protocol):
    """Writes frames of one schema id."""

    encode: Callable[[object], bytes | None]


class Native(Protocol):
    """What native/module.c offers. Its methods answer None for whatever fastavro has to decide."""

    Decoder: Callable[[Plan, bytes], Decoder]
    Encoder: Callable[[Plan, bytes], Encoder]


@dataclass(frozen=True, slots=True)
class Library:
    """The C part, or None and why it is not there; `path` is where it was loaded from."""

    native: Native | None
    path: Path | None = None
    missing: str = ""


class NoLibraryError(Exception):
    """There is no C part; the message says why, and what to do."""


@cache
def library() -> Library:
    """Load the C part once per process, compiling it where it is not kept yet. Raises nothing."""
    try:
        path = kept.private(kept.folder()) / f"{NAME}-{key()}.so"
        return Library(_loaded(path), path)
    except (NoLibraryError, kept.NotPrivateError, OSError, RuntimeError) as error:
        return Library(None, missing=str(error))


def key() -> str:
    """Names a compiled file: sources, flags, this Python, this kind of machine."""
    digest = blake2b(digest_size=12)
    for path in sorted(SOURCES.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    about = (*FLAGS, sys.version, sysconfig.get_config_var("SOABI"), platform.machine())
    digest.update(repr(about).encode())
    return digest.hexdigest()


def _loaded(path: Path) -> Native:
    if not kept.whole(path):
        kept.keep(_made(), path)
    loader = importlib.machinery.ExtensionFileLoader(NAME, str(path))
    found = importlib.util.spec_from_loader(NAME, loader)
    if found is None:
        message = f"Python has no way to load {path}"
        raise NoLibraryError(message)
    try:
        module = importlib.util.module_from_spec(found)
        loader.exec_module(module)
    except ImportError as error:
        path.unlink(missing_ok=True)
        message = f"what was compiled does not load: {error}"
        raise NoLibraryError(message) from error
    return cast("Native", module)


def _made() -> bytes:
    """Compile. Raises NoLibraryError with what the compiler said."""
    headers = sysconfig.get_paths()["include"]
    if not Path(headers, "Python.h").exists():
        message = f"no Python.h in {headers}: install Python's headers (Debian: python3-dev)"
        raise NoLibraryError(message)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "made.so")
        source = str(SOURCES / "module.c")
        command = [*_compiler(), *FLAGS, "-I", headers, source, "-o", str(target)]
        try:
            done = subprocess.run(
                command, check=False, capture_output=True, text=True, timeout=SECONDS
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            message = f"the C compiler {command[0]} does not run: {error}"
            raise NoLibraryError(message) from error
        if done.returncode != 0:
            message = f"{shlex.join(command)} failed: {done.stderr.strip()[-500:]}"
            raise NoLibraryError(message)
        return target.read_bytes()


def _compiler() -> list[str]:
    """`CC`, the compiler that made this Python, or `cc`. Raises NoLibraryError."""
    for stated in (os.environ.get("CC"), sysconfig.get_config_var("CC"), "cc"):
        command = shlex.split(stated or "")
        if command and shutil.which(command[0]):
            return command
    message = "no C compiler (Debian: apt install gcc python3-dev)"
    raise NoLibraryError(message)
