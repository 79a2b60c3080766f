"""Memory that was used for one piece serves for the next, instead of going back to the system in between.

The law of this file: it changes how fast large inputs go by, never what comes out, and does nothing where the C library
has no such call (musl).
"""

import ctypes
import functools

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""mallopt(3), of the GNU C library."""
KEPT = 16 << 20
"""Octets: far above all that is in use at a time, so nothing is given back."""


@functools.cache
def keep() -> bool:
    """From now on; False where that cannot be had.

    By default each buffer of more than 128 KiB is mapped, filled with zeros page by page, and unmapped again: with
    pieces of 256 KiB that takes longer than their base64 and checksum together.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_MMAP_THRESHOLD, KEPT)) and bool(mallopt(_TRIM_THRESHOLD, KEPT))
