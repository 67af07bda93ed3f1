"""Processes of the hub under measurement: started, watched by hand, stopped."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from ops.demo.service import Service

PAGE_KIB = 1024


@asynccontextmanager
async def running(services: Iterable[Service]) -> AsyncIterator[list[Service]]:
    """Start services, and stop them at the end; one that dies stays dead and is seen."""
    started = list(services)
    for service in started:
        service.start()
    try:
        yield started
    finally:
        for service in started:
            await service.stop()


def proportional_mib(pids: Iterable[int]) -> float:
    """Memory of processes and all their children, MiB: shared pages count once (PSS)."""
    total = 0
    for pid in family(pids):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / PAGE_KIB


def family(pids: Iterable[int]) -> set[int]:
    """The processes and all that descend from them."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            parent = _parent(entry)
            children.setdefault(parent, []).append(int(entry.name))
    found: set[int] = set()
    waiting = list(pids)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, [])
    return found


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text("ascii").rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
