"""Reads a department's system as its adapter would, publishes nothing, and says what it found."""

from adapters.check.report import Report
from adapters.check.run import check

__all__ = ["Report", "check"]
