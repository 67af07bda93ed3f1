"""An adapter as a process: settings, signals, exit code."""

import asyncio
import signal
from typing import Any

from adapters.kit.adapter import Adapter
from adapters.kit.assembly import assemble
from adapters.kit.runner import Runner
from adapters.kit.settings import KitSettings, load


def run(adapter: Adapter[Any], *, once: bool = False) -> int:
    """Run until SIGTERM or SIGINT, or with `once` until the source has nothing more.

    Gives the exit code: 0, or 3 where the adapter halted. Raises WrongSettingError, and HaltError
    where the installation's files are wrong.
    """
    kit, own = load(KitSettings), load(adapter.settings)
    adapter = adapter.fitted(own)
    parts = assemble(adapter, kit, own)
    try:
        return asyncio.run(_run(Runner(adapter, parts), once=once))
    finally:
        parts.close()


async def _run(runner: Runner, *, once: bool) -> int:
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, runner.stop)
    return await runner.run(once=once)
