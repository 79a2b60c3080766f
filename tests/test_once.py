"""An attribute that is worked out once."""

import threading
from dataclasses import dataclass

import pytest

from ithaca.once import once


@dataclass(frozen=True)
class Letter:
    text: str
    asked: list[str]

    @once
    def words(self) -> list[str]:
        """How the text comes apart."""
        self.asked.append(self.text)
        if not self.text:
            raise ValueError("no text")
        return self.text.split()


def test_it_is_worked_out_when_it_is_first_asked_for_and_then_kept():
    letter = Letter("a b", [])
    assert letter.asked == []
    assert letter.words is letter.words
    assert letter.words == ["a", "b"]
    assert letter.asked == ["a b"]


def test_each_object_has_its_own_and_equality_does_not_hang_on_it():
    one, two = Letter("a", []), Letter("b", [])
    assert (one.words, two.words) == (["a"], ["b"])
    assert Letter("a", one.asked) == one


def test_an_error_is_not_kept():
    letter = Letter("", [])
    for _ in range(2):
        with pytest.raises(ValueError, match="no text"):
            _ = letter.words
    assert letter.asked == ["", ""]


def test_it_tells_what_it_is():
    assert Letter.words.__doc__ == "How the text comes apart."


def test_one_object_at_work_does_not_stall_another():
    """The large one goes on when the small one is done: with a lock for both neither would ever be."""
    begun, small_is_done = threading.Event(), threading.Event()

    class Waiting:
        def __init__(self, *, large: bool) -> None:
            self.large = large

        @once
        def done(self) -> bool:
            if not self.large:
                return True
            begun.set()
            return small_is_done.wait(20)

    large, small = Waiting(large=True), Waiting(large=False)
    thread = threading.Thread(target=lambda: large.done)
    thread.start()
    assert begun.wait(20)
    assert small.done
    small_is_done.set()
    thread.join()
    assert large.done
