"""Results that are made a few ahead of being asked for, since most of a cell is waiting for programs.

The law of this file: what is not asked for and not next is not made; a failure is told to whoever asks for its result.
"""

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Ahead(Generic[K, V]):
    """``ahead.result(name)`` is what ``make(name)`` gives, which may be under way already."""

    def __init__(self, names: Sequence[K], make: Callable[[K], V], *, workers: int) -> None:
        self._names = list(names)
        self._make = make
        self._window = 2 * workers
        self._pool = ThreadPoolExecutor(workers)
        self._futures: dict[K, Future[V]] = {}

    def result(self, name: K) -> V:
        """Wait for it."""
        at = self._names.index(name)
        for following in self._names[at : at + self._window]:
            if following not in self._futures:
                self._futures[following] = self._pool.submit(self._make, following)
        return self._futures[name].result()

    def close(self) -> None:
        """Wait for what is under way, and begin nothing more."""
        self._pool.shutdown(cancel_futures=True)
