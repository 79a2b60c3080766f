"""An attribute that is worked out when it is first asked for, and kept as long as the object that it is of.

The law of this file: no lock. `functools.cached_property` of Python 3.11 holds one for all objects of a class while it
works, so that a large letter in one thread would stall the small ones in all others. Two threads that ask the same
object at once may both do the work; whoever uses this asks for what is the same each time.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 (a decorator, like property)
    """A decorator for methods of objects whose attributes never change, without slots."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work = work
        self._name = ""
        self.__doc__ = work.__doc__

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "once[T]": ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> "once[T] | T":
        if instance is None:
            return self
        # From now on the instance's own attribute is found first: this is no data descriptor.
        found = instance.__dict__[self._name] = self._work(instance)
        return found
