"""The shape of the house: what a reviewer would have to check by eye otherwise."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "proxy" / "ithaca"
TESTS = ROOT / "tests"

FORBIDDEN = {"utils", "helpers", "helper", "common", "misc", "manager", "base", "core"}
# Proved through others: entry point, values without behaviour, the protocol of an engine.
WITHOUT_OWN_TEST = {
    "__main__.py": "tests/cli start the program",
    "errors.py": "values; each is raised and read by its room's tests",
    "decision.py": "values; tests/test_policy.py makes them",
    "facts.py": "values; tests/test_policy.py decides on them",
    "gathering.py": "tests/test_outgoing.py",
    "incoming/lesson.py": "values; tests/test_incoming.py reads them",
    "incoming/envelope.py": "a record that the walk fills",
    "incoming/keys.py": "values",
    "incoming/looking.py": "tests/test_incoming.py",
    "incoming/walk.py": "tests/test_incoming.py",
    "incoming/judging.py": "tests/test_incoming.py",
    "report/plain.py": "tests/test_report.py",
    "report/sending.py": "tests/test_report.py",
    "openpgp/engine.py": "a protocol; tests/openpgp/test_pgpy_engine.py proves the implementation",
    "sealing/plan.py": "values and protocols",
    "sealing/style.py": "values",
    "sealing/encrypting.py": "tests/sealing/test_sending.py seals through it",
    "pop3/link.py": "tests/pop3/test_proxy.py speaks through it with a scripted server",
    "pop3/message.py": "tests/pop3/test_proxy.py fetches every kind of message through it",
    "pop3/settings.py": "plain values",
}
# Tests of several rooms together.
WITHOUT_MODULE = {
    "test_architecture.py",
    "test_passing_on.py",
    "test_forgery.py",
    "openpgp/test_bombs.py",
    "pop3/test_passing.py",
}
FOLDERS_WITHOUT_MODULES = {
    "integration",
    "configs",
    "bench",
    "certificates",
    "clients",
    "corpus",
    "fuzz",
    "interop",
    "messages",
    "mutation",
    "newcomer",
    "servers",
}


def modules() -> list[Path]:
    return [p.relative_to(PACKAGE) for p in sorted(PACKAGE.rglob("*.py")) if p.name != "__init__.py"]


def test_every_module_has_a_test_file_of_its_own():
    missing = [
        str(m)
        for m in modules()
        if str(m) not in WITHOUT_OWN_TEST and not (TESTS / m.parent / f"test_{m.name}").exists()
    ]
    assert missing == []


def test_every_test_file_has_its_module():
    stray = []
    for path in sorted(TESTS.rglob("test_*.py")):
        relative = path.relative_to(TESTS)
        if relative.parts[0] in FOLDERS_WITHOUT_MODULES or str(relative) in WITHOUT_MODULE:
            continue
        module = PACKAGE / relative.parent / relative.name.removeprefix("test_")
        # What a room does as a whole is proved beside it: tests/test_incoming.py for incoming/.
        if not module.exists() and not module.with_suffix("").is_dir():
            stray.append(str(relative))
    assert stray == []


def test_exceptions_from_the_mirror_still_exist():
    assert [m for m in WITHOUT_OWN_TEST if not (PACKAGE / m).exists()] == []


def test_no_module_has_a_name_that_says_nothing():
    assert [str(m) for m in modules() if m.stem in FORBIDDEN] == []


def test_every_rfc_that_code_cites_is_listed():
    listed = set(re.findall(r"RFC (\d{3,5})", (ROOT / "docs" / "rfc.md").read_text()))
    cited = {n for m in modules() for n in re.findall(r"RFC (\d{3,5})", (PACKAGE / m).read_text())}
    assert cited - listed == set()


@pytest.mark.parametrize("module", modules(), ids=str)
def test_module_says_what_it_is(module):
    first = (PACKAGE / module).read_text().lstrip()
    assert first.startswith('"""'), f"{module} begins without a docstring"


# Above 400 lines with an argument.
ARGUED = {
    "config.py": "one file's models, reading and checks: each error names a key of the models above it",
    "smtp/front.py": "one subclass of aiosmtpd's session: its commands cannot be spread over files",
}


@pytest.mark.parametrize("module", [m for m in modules() if str(m) not in ARGUED], ids=str)
def test_module_has_one_subject(module):
    lines = len((PACKAGE / module).read_text().splitlines())
    assert lines <= 400, f"{module} has {lines} lines: split it, or argue for it"
