"""Work in pieces: fair to small jobs, bounded memory, tasks that are kept."""

import asyncio
import threading

import pytest

from ithaca.work import Budget, Pool, TaskSet, run


def counting(steps, seen=None, name=None):
    for _ in range(steps):
        if seen is not None:
            seen.append(name)
        yield
    return steps


def test_a_job_runs_to_its_value():
    assert run(counting(3)) == 3


def test_a_small_job_is_not_stalled_by_a_big_one():
    async def scenario():
        pool = Pool(threads=1)
        seen = []
        try:
            big = asyncio.ensure_future(pool.drive(counting(200, seen, "big")))
            await pool.drive(counting(3, seen, "small"))
            big_done = seen.count("big")
            await big
        finally:
            pool.close()
        return big_done

    assert asyncio.run(scenario()) < 20


def test_an_error_in_a_job_reaches_the_caller():
    def failing():
        yield
        raise ValueError("boom")

    async def scenario():
        pool = Pool()
        try:
            await pool.drive(failing())
        finally:
            pool.close()

    with pytest.raises(ValueError, match="boom"):
        asyncio.run(scenario())


def test_a_cancelled_job_is_closed():
    closed = threading.Event()

    def endless():
        try:
            while True:
                yield
        finally:
            closed.set()

    async def scenario():
        pool = Pool()
        task = asyncio.ensure_future(pool.drive(endless()))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        pool.close()

    asyncio.run(scenario())
    # The step that ran when the task was cancelled ends first; then nobody holds the job any more.
    assert closed.wait(5)


def test_the_budget_makes_the_second_wait_and_refuses_at_once_when_asked():
    async def scenario():
        budget = Budget(100)
        await budget.take(80)
        refused = budget.try_take(30)
        waiting = asyncio.ensure_future(budget.take(30))
        await asyncio.sleep(0)
        before = waiting.done()
        await budget.give(80)
        await waiting
        return refused, before

    assert asyncio.run(scenario()) == (False, False)


def test_tasks_are_kept_and_counted():
    async def scenario():
        tasks = TaskSet()
        tasks.start(asyncio.sleep(10))
        early = await tasks.wait(0.01)
        await tasks.cancel()
        return early, len(tasks)

    assert asyncio.run(scenario()) == (False, 0)
