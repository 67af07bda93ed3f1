"""What the tests of the streams room share."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from lane_work import Clock

from streams.lane.twin import MemoryLog


@pytest.fixture(autouse=True, scope="session")
def _only_warnings() -> Iterator[None]:
    """Hundreds of runs restore thousands of partitions, and each says so."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.reset_defaults()


@pytest.fixture
def clock() -> Clock:
    """Time that the test moves."""
    return Clock()


@pytest.fixture
def log(clock: Clock) -> MemoryLog:
    """An empty log."""
    return MemoryLog(clock)
