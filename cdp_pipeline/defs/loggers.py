"""The logger of `cdp run`: prints the running step, instead of Dagster's own event lines."""

import logging
from collections.abc import Callable

import dagster as dg


class _Steps(logging.Handler):
    def __init__(self, log: Callable[[str], object]) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", {}) or {}
        event = meta.get("dagster_event")
        if event is not None and event.event_type_value == "STEP_START":
            self._log(str(event.step_key).replace("_", " "))


_listeners: list[Callable[[str], object]] = []


def on_step(log: Callable[[str], object]) -> None:
    """Have `log` called with the name of each step as it starts."""
    _listeners[:] = [log]


def _open_terminal_logger(_context: dg.InitLoggerContext) -> logging.Logger:
    """A logger that passes on step starts only."""
    logger = logging.Logger("cdp", level=logging.DEBUG)
    for log in _listeners:
        logger.addHandler(_Steps(log))
    return logger


terminal_logger = dg.LoggerDefinition(
    _open_terminal_logger, description="Names each step on the terminal as it starts."
)
