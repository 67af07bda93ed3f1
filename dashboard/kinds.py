"""Names of kinds in Chinese and English, from the hub's lists as they ship with this code."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

import schemas

LISTS = Path(str(schemas.__file__)).parent / "lists"
Row = dict[str, Any]


@cache
def hub_kinds() -> list[Row]:
    """Rows of the list `kinds`: kind_id, zh, en, identity, work_class, dispose_hours."""
    return _rows("kinds")


@cache
def stated_kinds() -> list[Row]:
    """Codes that sources state, with the hub's kind and its names."""
    names = {row["kind_id"]: row for row in hub_kinds()}
    return [
        {**row, "zh": names[row["kind_id"]]["zh"], "en": names[row["kind_id"]]["en"]}
        for row in _rows("crosswalk")
    ]


def _rows(name: str) -> list[Row]:
    rows: list[Row] = yaml.safe_load((LISTS / f"{name}.yaml").read_text("utf-8"))["rows"]
    return rows
