"""An iterator in a thread of its own: the same items, the same error, and nothing left behind."""

import gc
import itertools
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.openpgp import overlap
from ithaca.openpgp.overlap import ahead

WAIT = 10
"""Seconds until a test gives up."""


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "ithaca-ahead"]


def until(done):
    """Wait for what another thread is about to do."""
    end = time.monotonic() + WAIT
    while not done():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.001)


@given(st.lists(st.binary(max_size=3)), st.integers(1, 5))
def test_all_items_come_in_order(items, most):
    assert list(ahead(items, most)) == items


def test_it_runs_in_another_thread():
    (seen,) = ahead(threading.current_thread() for _ in range(1))
    assert seen is not threading.current_thread()


def test_the_source_runs_ahead_and_no_further_than_it_may():
    given_out = []

    def source():
        for number in itertools.count():
            given_out.append(number)
            yield number

    items = ahead(source(), 3)
    assert next(items) == 0
    # One was taken, three wait, and one is held by the thread that cannot put it down.
    until(lambda: len(given_out) == 5)
    time.sleep(0.05)
    assert len(given_out) == 5
    items.close()


def test_an_error_comes_behind_the_items_before_it():
    def source():
        yield 1
        yield 2
        raise KeyError("x")

    items = ahead(source())
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(KeyError, match="x"):
        next(items)


@pytest.mark.parametrize("leave", [lambda items: items.close(), lambda items: None], ids=["closed", "let go"])
@pytest.mark.parametrize("taken", [0, 1, 3])
def test_who_leaves_early_leaves_no_thread_and_no_open_source(leave, taken):
    closed = threading.Event()

    def source():
        try:
            yield from itertools.count()
        finally:
            closed.set()

    items = ahead(source(), 2)
    assert [next(items) for _ in range(taken)] == list(range(taken))
    leave(items)
    del items
    gc.collect()
    if taken:
        assert closed.wait(WAIT)
    until(lambda: not threads())


def test_who_leaves_does_not_wait_for_a_source_that_waits_itself():
    """As for standard input, where nobody is typing."""
    typed = threading.Event()

    def source():
        yield 1
        typed.wait(WAIT)
        yield 2

    items = ahead(source())
    assert next(items) == 1
    before = time.monotonic()
    items.close()
    assert time.monotonic() - before < WAIT / 2
    typed.set()
    until(lambda: not threads())


def test_nothing_waits_after_the_consumer_left():
    """What waits are pieces of letters."""
    line = overlap._Line(2)
    thread = threading.Thread(target=line.fill, args=(itertools.count(),))
    thread.start()
    until(lambda: len(line._items) == 2)
    line.stop()
    thread.join(WAIT)
    assert not thread.is_alive()
    assert not line._items
