"""The programs of the matrices, and the table that is written when every cell has been run."""

import os
import sysconfig
from pathlib import Path

import pytest

from interop import table
from interop.ahead import Ahead
from interop.cells import Cell, State, run
from interop.programs import Failed
from interop.scripted import install
from interop.workshop import LENDER, OURS, Workshop, makers

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "interop.md"
COMMAND = Path(sysconfig.get_path("scripts")) / OURS
"""As it was installed with the package."""
_FOUND = pytest.StashKey()


def pytest_configure(config):
    config.stash[_FOUND] = table.Found()


@pytest.fixture(scope="session")
def workshop(tmp_path_factory):
    """Every program, ours among them, each started when it is first needed."""
    made = Workshop(tmp_path_factory.mktemp("interop"), makers(COMMAND, lambda: install(ROOT / "build")))
    yield made
    made.close()


@pytest.fixture(scope="session")
def outcomes(request, workshop):
    """``outcomes(cell)``: how it turned out; some are run ahead, in the order of the tests."""
    parameters = (getattr(item, "callspec", None) for item in request.session.items)
    cells = [p.params["cell"] for p in parameters if p and isinstance(p.params.get("cell"), Cell)]
    ahead = Ahead(cells, lambda cell: run(cell, workshop), workers=max(2, len(os.sched_getaffinity(0))))
    yield ahead.result
    ahead.close()


EXECUTABLES = {OURS: (), "openpgp.js": ("node", "npm"), "pysequoia": (), "rnp": ("rnp", "rnpkeys")}
"""Where they are not one of the same name."""


@pytest.fixture
def ready(program):
    """``ready("gosop")``: all that this program needs is here, or a skip with the reason."""

    def check(name):
        if name == OURS and not COMMAND.exists():
            pytest.skip(f"{OURS} is not installed: {COMMAND}")
        for executable in EXECUTABLES.get(name, (name,)):
            program(executable)
        if name == "pysequoia":
            pytest.importorskip("pysequoia")
        if name == "openpgp.js":
            try:
                install(ROOT / "build")
            except Failed as failed:
                pytest.skip(f"OpenPGP.js cannot be installed: {failed}")

    return check


@pytest.fixture
def outcome(request, cell, ready, outcomes, workshop):
    """How the cell of this test turned out, noted for the table."""
    ready(OURS)
    ready(cell.peer)
    if cell.kind.version == 4:
        ready(LENDER)
    made = outcomes(cell)
    found = request.config.stash[_FOUND]
    found.outcomes[cell] = made
    if cell.peer not in found.versions:
        found.versions[cell.peer] = workshop.program(cell.peer).version()
    return made


@pytest.fixture
def judge():
    """``judge(matrix, cell, outcome)``: as expected, or an error; an expected failure shows as such in the summary."""

    def compare(matrix, cell, outcome):
        complaint = matrix.complaint(cell, outcome)
        assert complaint is None, complaint
        if outcome.state is State.FAILS:
            pytest.xfail(matrix.limit(cell).reason)

    return compare


def pytest_sessionfinish(session):
    """Write the table, if this run has seen all of it."""
    found = session.config.stash[_FOUND]
    if found.whole():
        text = table.page(found)
        if not PAGE.exists() or PAGE.read_text() != text:
            PAGE.write_text(text)
