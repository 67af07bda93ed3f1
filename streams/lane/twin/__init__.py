"""The lane's deterministic twin: the same code on a log in memory, in virtual time, with faults.

Public, for tests of any fold. docs/lane.md shows it at work.
"""

from streams.lane.twin.claim import MemoryClaim
from streams.lane.twin.crew import Said, Say
from streams.lane.twin.disk import Machine
from streams.lane.twin.exactness import Exactness, NotExactError
from streams.lane.twin.log import MemoryLog
from streams.lane.twin.loop import VirtualLoop, in_virtual_time
from streams.lane.twin.pure import PureRows
from streams.lane.twin.schedule import ACTS, FAULTS, START, Schedule, schedules
from streams.lane.twin.worker import MemoryWorker

__all__ = [
    "ACTS", "FAULTS", "START", "Exactness", "Machine", "MemoryClaim", "MemoryLog", "MemoryWorker",
    "NotExactError", "PureRows", "Said", "Say", "Schedule", "VirtualLoop", "in_virtual_time",
    "schedules",
]  # fmt: skip
