"""Foreign text made safe for a line that a person reads."""

from collections.abc import Iterable

MOST_TEXT = 200
"""Characters of anything foreign that is quoted."""


def plain(text: str, most: int = MOST_TEXT) -> str:
    """Foreign text made safe for one line: control, format and bidirectional characters escaped, cut."""
    safe = text if text.isprintable() else "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return safe if len(safe) <= most else safe[: most - 1] + "…"


def listed(words: Iterable[str], conjunction: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {conjunction} {items[-1]}"
