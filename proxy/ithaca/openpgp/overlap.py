"""An iterator that runs ahead of its consumer, in a thread of its own: two cores where one would do.

The law of this file: the consumer sees what it would see without the thread, in the same order, errors included. No
more items wait than were allowed. Whoever stops early waits for nobody: the source may be waiting itself, for a person
or a network.
"""

import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
AHEAD = 4
"""Items that wait at most: enough for two threads that are about as fast as each other to sleep seldom."""


def ahead(source: Iterable[T], most: int = AHEAD) -> Generator[T, None, None]:
    """The items of `source`, taken from it by another thread before they are asked for.

    The thread begins when the first item is asked for. When the generator is closed, or nobody holds it any more, the
    thread ends as soon as `source` gives its next item, and closes `source`.
    """
    line = _Line[T](most)
    threading.Thread(target=line.fill, args=(source,), name="ithaca-ahead", daemon=True).start()
    try:
        yield from line.taken()
    finally:
        line.stop()


class _Line(Generic[T]):
    """What waits between the two threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._has_ended = False
        """Nothing more comes."""
        self._is_stopped = False
        """Nobody takes any more."""
        self._error: BaseException | None = None

    def fill(self, source: Iterable[T]) -> None:
        """The source's side."""
        error: BaseException | None = None
        try:
            for item in source:
                if not self._put(item):
                    break
            if isinstance(source, Generator):
                source.close()
        except BaseException as raised:  # noqa: BLE001 (it is raised again, on the other side)
            error = raised
        with self._changed:
            self._error, self._has_ended = error, True
            self._changed.notify_all()

    def _put(self, item: T) -> bool:
        """False: nobody wants it."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopped or len(self._items) < self._most)
            if self._is_stopped:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def taken(self) -> Iterator[T]:
        """The consumer's side."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._items or self._has_ended)
                if not self._items:
                    break
                item = self._items.popleft()
                self._changed.notify_all()
            yield item
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """The consumer has gone."""
        with self._changed:
            self._is_stopped = True
            self._items.clear()
            self._changed.notify_all()
