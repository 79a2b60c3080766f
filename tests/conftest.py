"""Fixtures that more than one room uses."""

import asyncio
import os
import shutil
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("fast", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))

PACKAGES = {
    "gpg": "gnupg",
    "sqop": "sqop",
    "rnp": "rnp",
    "swaks": "swaks",
    "curl": "curl",
    "strace": "strace",
}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With ITHACA_NO_SKIP=1 a skipped test is a failed one."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("ITHACA_NO_SKIP") == "1" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although ITHACA_NO_SKIP=1: {report.longrepr}"


@pytest.fixture
def program():
    """``program("gpg")``: its path, or a skip with the reason."""

    def find(name):
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"{name} is not installed: apt-get install {PACKAGES[name]}")
        return path

    return find


@pytest.fixture
def sample_keyring(tmp_path):
    """``sample_keyring("alice")``: a private copy of a sample keyring (Git keeps no 0600)."""

    def copy(name):
        target = tmp_path / "keyrings" / name
        shutil.copytree(ROOT / "keyrings" / name, target, dirs_exist_ok=True)
        for path in (target, *target.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
        target.parent.chmod(0o700)
        return target

    return copy


class Loop:
    """An event loop in a thread of its own, for servers that blocking clients talk to."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine, seconds=30):
        """The result of a coroutine that runs in the loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(seconds)

    def close(self):
        async def end():
            tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._loop.shutdown_asyncgens()
            await self._loop.shutdown_default_executor()

        self.run(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def loop():
    running = Loop()
    yield running
    running.close()
