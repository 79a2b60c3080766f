"""A Thunderbird for each person who needs one, and a place for photographs of what it shows."""

import contextlib
import os
from pathlib import Path

import pytest

from clients import thunderbird as thunderbirds
from clients.programs import Account
from clients.screen import screen


@pytest.fixture
def photographs(tmp_path):
    """The folder that ITHACA_SCREENSHOTS names, to be kept and looked at; else one of the test's own."""
    folder = Path(os.environ.get("ITHACA_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def thunderbird(program, passwords, photographs):
    """``thunderbird("ulysses", ports)``: a person's Thunderbird, pointed at the SMTP and POP3 ports of an Ithaca."""
    for name in ("thunderbird", "Xvfb", "openbox", "xdotool", "import"):
        program(name)
    with contextlib.ExitStack() as stack:

        def start(name, ports):
            address = f"{name}@ithaca.example"
            account = Account(address, passwords[address], *ports)
            shown = stack.enter_context(screen())
            return stack.enter_context(thunderbirds.thunderbird(account, name.title(), shown, photographs))

        yield start
