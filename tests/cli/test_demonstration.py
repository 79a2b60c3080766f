"""``ithaca demo``, as README starts it."""

import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest


@pytest.fixture(autouse=True)
def _interruptible():
    """What is started here hears SIGINT, even where these tests run in a shell's background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def environment(ithaca, tmp_path):
    """With a place of its own for temporary folders: what is left there was left behind by the demo."""
    place = tmp_path / "temporary"
    place.mkdir()
    return {**ithaca.environment, "TMPDIR": str(place)}


def left_behind(environment):
    return os.listdir(environment["TMPDIR"])


@contextmanager
def started(environment, *arguments, **more):
    """The command, running; it is killed if a test leaves early."""
    command = [sys.executable, "-u", "-W", "error", "-m", "ithaca", "demo", *arguments]
    with subprocess.Popen(command, env=environment, **more) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process, words):
    seen = ""
    while words not in seen:
        line = process.stdout.readline().decode()
        assert line, seen
        seen += line
    return seen


def test_the_demo_holds_and_says_so(environment):
    with started(environment, stdout=subprocess.PIPE) as process:
        shown = process.communicate(timeout=30)[0].decode()
    held, of = re.search(r"(\d+) of (\d+) facts held", shown).groups()
    assert process.returncode == 0
    assert held == of
    assert int(of) >= 11
    assert "✗" not in shown
    assert "What the ISP saw" in shown
    assert "\x1b[" not in shown, "colours into a pipe"
    assert left_behind(environment) == []


def test_it_is_coloured_on_a_terminal(environment):
    main, side = pty.openpty()
    with started({**environment, "TERM": "xterm-256color"}, stdout=side) as process:
        os.close(side)
        octets = b""
        try:
            while piece := os.read(main, 65536):
                octets += piece
        except OSError:
            pass  # Linux says EIO at the end of a terminal.
        finally:
            os.close(main)
        assert process.wait(30) == 0
    assert b"\x1b[" in octets


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_keep_prints_settings_and_cleans_up_however_it_is_ended(environment, number):
    with started(environment, "--keep", stdout=subprocess.PIPE) as process:
        assert "localhost, port" in read_until(process, "Everything runs until")
        assert left_behind(environment) != []
        process.send_signal(number)
        process.communicate(timeout=20)
    assert process.returncode == 0
    assert left_behind(environment) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_broken_off_does_not_say_that_it_held(environment, number):
    with started(environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        read_until(process, "Two people")
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in errors
    assert left_behind(environment) == []


def test_a_demo_in_the_background_can_be_ended_too(environment):
    """A shell has SIGINT ignored in what it runs with "&"."""
    ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with started(environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            signal.signal(signal.SIGINT, ignored)
            read_until(process, "Two people")
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
    finally:
        signal.signal(signal.SIGINT, ignored)
    assert process.returncode == 130
    assert left_behind(environment) == []
