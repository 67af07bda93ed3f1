"""Which adapters there are: a folder each. A new one is added here, and nowhere else."""

from importlib import import_module
from typing import Any

from adapters.kit.adapter import Adapter

NAMES = (
    "city_cases",  # 数字城管: files in a folder
    "household_registration",  # 户籍: a table of a front-end database
    "kafka_intake",  # departments that produce themselves: a topic in the clear
    "permits",  # 统一受理平台: webhooks
    "police_incidents",  # 公安警情: paged interface
)


class UnknownAdapterError(LookupError):
    """No adapter has this name; the message lists those there are."""


def find(name: str) -> Adapter[Any]:
    """The adapter of that name. Raises UnknownAdapterError."""
    if name not in NAMES:
        raise UnknownAdapterError(f"There is no adapter {name!r}. There are: {', '.join(NAMES)}.")
    adapter: Adapter[Any] = import_module(f"adapters.{name}").ADAPTER
    return adapter
