"""Values that are made when first asked for, each once, however many threads ask at the same time.

The law of this file: whoever asks second waits for whoever asked first, and is told of the same failure.
"""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

V = TypeVar("V")


class Once(Generic[V]):
    """``once(name, make)`` gives what ``make()`` gave the first time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[Hashable, Future[V]] = {}

    def __call__(self, name: Hashable, make: Callable[[], V]) -> V:
        with self._lock:
            first = name not in self._made
            future = self._made.setdefault(name, Future())
        if first:
            try:
                future.set_result(make())
            except BaseException as error:  # noqa: BLE001 (handed to everybody who waits)
                future.set_exception(error)
        return future.result()

    def values(self) -> list[V]:
        """What was made without failing, in the order of asking."""
        return [f.result() for f in self._made.values() if f.done() and not f.exception()]
