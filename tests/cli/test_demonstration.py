"""``ithaca demo``, as README starts it."""

import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path


def test_the_demo_holds_and_says_so(ithaca):
    shown = ithaca("demo").stdout.decode()
    held, of = re.search(r"(\d+) of (\d+) facts held", shown).groups()
    assert held == of
    assert int(of) >= 11
    assert "✗" not in shown
    assert "What the ISP saw" in shown
    assert not list(Path(tempfile.gettempdir()).glob("ithaca-demo-*"))


def test_it_is_coloured_on_a_terminal(ithaca):
    main, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ithaca", "demo"],
        stdout=side,
        env={**ithaca.environment, "TERM": "xterm-256color"},
    )
    os.close(side)
    octets = b""
    try:
        while piece := os.read(main, 65536):
            octets += piece
    except OSError:
        pass
    os.close(main)
    assert process.wait(30) == 0
    assert b"\x1b[" in octets


def test_keep_prints_settings_and_cleans_up_at_the_end(ithaca):
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "ithaca", "demo", "--keep"],
        stdout=subprocess.PIPE,
        env=ithaca.environment,
    )
    seen = ""
    while "Everything runs until" not in seen:
        line = process.stdout.readline().decode()
        assert line, seen
        seen += line
    assert "localhost, port" in seen
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert not list(Path(tempfile.gettempdir()).glob("ithaca-demo-*"))
