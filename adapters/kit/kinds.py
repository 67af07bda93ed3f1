"""The kinds that the hub knows, by the lists that departments use."""

from collections.abc import Collection
from functools import cache
from pathlib import Path

import yaml

import schemas
from adapters.kit.desk import Code

CROSSWALK = Path(schemas.__file__).parent / "lists" / "crosswalk.yaml"


@cache
def known() -> Collection[Code]:
    """All codes of the crosswalk that ships with the hub."""
    rows = yaml.safe_load(CROSSWALK.read_text("utf-8"))["rows"]
    return frozenset((row["list"], row["version"], row["value"]) for row in rows)


def standard(text: str) -> tuple[str, str]:
    """A standard as sources write it -> list and version: GB/T 47678.5-2026 -> (.., 2026).

    A version may have a dash itself (demo-1), so known lists come first.
    """
    text = text.strip()
    for name, version in sorted({code[:2] for code in known()}):
        if text == f"{name}-{version}":
            return name, version
    name, _, version = text.rpartition("-")
    return (name, version) if name else (text, "")
