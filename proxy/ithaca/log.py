"""Where the log goes and what it may hold: metadata only.

The law of this file: neither mail nor credentials are ever logged, at any level. `trace` shows the verbs and
codes of the protocols, and nothing that a person typed.
"""

import logging
import os
import sys

_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class _Journal(logging.Formatter):
    """Lines that journald takes apart: ``<priority>text`` (sd-daemon(3))."""

    def format(self, record: logging.LogRecord) -> str:
        return f"<{_PRIORITIES.get(record.levelno, 6)}>{record.name}: {_one_line(record)}"


class _Terminal(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"{self.formatTime(record, '%H:%M:%S')} {record.levelname.lower()} {record.name}: {_one_line(record)}"


def _one_line(record: logging.LogRecord) -> str:
    # A traceback would show local text of a message; the class of the exception is enough to begin a search.
    text = record.getMessage()
    if record.exc_info and record.exc_info[0] is not None:
        text += f" ({record.exc_info[0].__name__})"
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def set_up(level: str = "info") -> None:
    """Log to standard error, in the journal's form when that is where it goes."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Journal() if os.environ.get("JOURNAL_STREAM") else _Terminal())
    root = logging.getLogger("ithaca")
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    root.propagate = False
    # asyncio's own messages print the repr of tasks and transports: nothing of ours passes through them.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
