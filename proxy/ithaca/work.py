"""What costs CPU runs here, in small pieces, so that no big letter stalls a small one.

The law of this file: a job is a generator that yields after at most `PIECE` octets of work; the pool gives
each job one step at a time, round-robin, on threads of its own. Name resolution never shares these threads.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

PIECE = 1 << 18
"""At most so many octets are worked on in one step (256 KiB: a few milliseconds)."""

T = TypeVar("T")
Job = Generator[None, None, T]
"""A job: yields between its pieces, returns its value."""


def run(job: Job[T]) -> T:
    """Drive a job to its end in this thread; for commands and tests."""
    while True:
        try:
            next(job)
        except StopIteration as stop:
            value: T = stop.value
            return value


class Pool:
    """Threads for CPU work. The executor's queue is first in, first out, which makes the steps round-robin."""

    def __init__(self, threads: int = 2) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="ithaca-work")

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """One piece of work, for example ``sealer.feed(octets)`` with at most `PIECE` octets."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)

    async def drive(self, job: Job[T]) -> T:
        """Drive a job, one step at a time; cancelling closes the job."""
        try:
            while True:
                done, value = await self.call(_step, job)
                if done:
                    result: T = value
                    return result
        finally:
            # After a cancellation a step may still be running in its thread: closing it then raises ValueError.
            with contextlib.suppress(ValueError):
                job.close()

    def close(self) -> None:
        """Let the running steps end and take no more."""
        self._executor.shutdown(wait=True, cancel_futures=True)


def _step(job: Job[Any]) -> tuple[bool, Any]:
    try:
        next(job)
    except StopIteration as stop:
        return True, stop.value
    return False, None


class Budget:
    """Octets of mail held in memory at one time, over all sessions."""

    def __init__(self, octets: int = 256 << 20) -> None:
        self._free = octets
        self._total = octets
        self._changed = asyncio.Condition()

    @property
    def total(self) -> int:
        """The whole budget in octets; one holder can never have more."""
        return self._total

    def try_take(self, octets: int) -> bool:
        """Take that many octets if they are free now (SMTP answers 452 otherwise)."""
        if octets > self._free:
            return False
        self._free -= octets
        return True

    async def take(self, octets: int) -> None:
        """Wait until that many octets are free, then take them (POP3)."""
        async with self._changed:
            await self._changed.wait_for(lambda: octets <= self._free)
            self._free -= octets

    async def give(self, octets: int) -> None:
        """Give back what was taken."""
        async with self._changed:
            self._free += octets
            self._changed.notify_all()


class TaskSet:
    """Tasks that somebody keeps: a task without a reference may be collected while it runs."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, coroutine: Coroutine[Any, Any, T], *, name: str | None = None) -> "asyncio.Task[T]":
        """Start and keep a task until it ends."""
        task = asyncio.create_task(coroutine, name=name)  # noqa: TID251 (the one place that may)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109 (a limit for all tasks together)
        """Wait for all tasks, at most `timeout` seconds; True when none is left."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=timeout)
        return not self._tasks

    async def cancel(self) -> None:
        """Cancel what still runs and wait for its end."""
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
