"""What the tests of the streams room share."""

import logging
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True, scope="session")
def _only_warnings() -> Iterator[None]:
    """Hundreds of runs restore thousands of partitions, and each says so."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.reset_defaults()
