"""How the command line writes its own log: to standard error, for people or for machines."""

import logging
import sys
from typing import Literal

import structlog
from typing_extensions import override

SECONDS = 10.0
MOST_REMEMBERED = 1_000


class Seldom(logging.Filter):
    """Lets a library say the same once in ten seconds: a client without a broker never stops."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is said."""
        what = record.name, record.getMessage()
        if record.created - self._said.get(what, -SECONDS) < SECONDS:
            return False
        if len(self._said) >= MOST_REMEMBERED:
            self._said.clear()
        self._said[what] = record.created
        return True


def configure(log_format: Literal["auto", "text", "json"]) -> None:
    """Write log lines as text or JSON; auto is text on a terminal, where it has colours.

    Libraries that log through the standard library are heard from warnings up, in the same form,
    and seldom.
    """
    terminal = sys.stderr.isatty()
    as_text = log_format == "text" or (log_format == "auto" and terminal)
    ending = (
        structlog.dev.ConsoleRenderer(colors=terminal)
        if as_text
        else structlog.processors.JSONRenderer()
    )
    every: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*every, ending],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Seldom())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *every],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, ending],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
