"""Which adapters there are. A new one is added here, and nowhere else."""

from importlib import import_module
from typing import Any

from adapters.kit.adapter import Adapter

NAMES = (
    "city_cases",  # 数字城管: files in a folder
    "household_registration",  # 户籍: a table of a front-end database
    "kafka_intake",  # departments that produce themselves: city cases, on a topic in the clear
    "kafka_intake_moves",  # the same: household moves
    "permits",  # 统一受理平台: webhooks
    "police_incidents",  # 公安警情: paged interface
)

BESIDE = {"kafka_intake_moves": ("kafka_intake", "ADAPTER_MOVES")}
"""Those that share another one's folder: which, and their name in it. Others have a folder each."""


class UnknownAdapterError(LookupError):
    """No adapter has this name; the message lists those there are."""


def find(name: str) -> Adapter[Any]:
    """The adapter of that name. Raises UnknownAdapterError."""
    if name not in NAMES:
        raise UnknownAdapterError(f"There is no adapter {name!r}. There are: {', '.join(NAMES)}.")
    folder, attribute = BESIDE.get(name, (name, "ADAPTER"))
    adapter: Adapter[Any] = getattr(import_module(f"adapters.{folder}"), attribute)
    return adapter
