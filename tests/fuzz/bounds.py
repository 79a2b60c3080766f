"""What any octets may cost a target: a second of process time and some memory.

The law of this file: both are measured for each input, round the call of the target alone.
"""

import resource
import time
from collections.abc import Callable

from ithaca.errors import Error

SECONDS = 1.0
"""No input may take longer; on a machine that does other things the processor's time counts."""
MEMORY = 128 << 20
"""Octets by which one input may raise the most memory that the process ever had (`ru_maxrss`): what may be unpacked
before the ratio counts is 16 MiB, and a string-to-key function that a target lets through takes less."""


class Exceeded(AssertionError):
    """An input that costs too much."""


def survives(target: Callable[[bytes], None], octets: bytes) -> None:
    """Call it: an error of our family is an answer. Raises `Exceeded`, and whatever else the target raises."""
    most, before = _most_memory(), time.process_time()
    try:
        target(octets)
    except Error:
        pass
    seconds = time.process_time() - before
    memory = _most_memory() - most
    if seconds >= SECONDS:
        raise Exceeded(f"{seconds:.2f} s of process time for {len(octets)} octets")
    if memory >= MEMORY:
        raise Exceeded(f"{memory >> 20} MiB of memory for {len(octets)} octets")


def _most_memory() -> int:
    """The most that this process ever had, in octets."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
