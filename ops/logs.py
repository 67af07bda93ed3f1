"""How the command line writes its own log: to standard error, for people or for machines."""

import logging
import sys
from typing import Literal

import structlog


def configure(log_format: Literal["auto", "text", "json"]) -> None:
    """Write log lines as text or JSON; auto is text on a terminal.

    Libraries that log through the standard library are heard from warnings up.
    """
    as_text = log_format == "text" or (log_format == "auto" and sys.stderr.isatty())
    ending = structlog.dev.ConsoleRenderer() if as_text else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            ending,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, force=True)
