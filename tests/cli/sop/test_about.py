"""version, the help, and how long it takes to say so."""

import importlib.metadata
import re
import subprocess

import pytest

import ithaca
from cli.sop.processes import COMMAND
from ithaca.cli.sop import SUBCOMMANDS, about


def test_the_script_is_installed_with_the_package():
    (script,) = [e for e in importlib.metadata.entry_points(group="console_scripts") if e.name == "ithaca-sop"]
    assert script.value == "ithaca.cli.sop:main"


def test_version(sop):
    assert sop("version") == f"ithaca-sop {ithaca.__version__}\n".encode()
    assert re.fullmatch(r"cryptography [\d.]+\n", sop("version", "--backend").decode())
    extended = sop("version", "--extended").decode().splitlines()
    assert extended[0] == f"ithaca-sop {ithaca.__version__}"
    assert {"PGPy", "OpenSSL", "CPython"} <= {line.split()[0] for line in extended}
    assert sop("version", "--sopv") == b"1.0\n"


def test_what_is_missing_of_the_specification_is_said(sop):
    lines = sop("version", "--sop-spec").decode().splitlines()
    assert lines[0] == "~draft-dkg-openpgp-stateless-cli-14"
    assert not set(about.MISSING) & set(SUBCOMMANDS)
    assert all(name in lines[1] for name in about.MISSING)
    for name in about.MISSING:
        sop.fails(69, name)


def test_one_answer_at_a_time(sop):
    sop.fails(83, "version", "--backend", "--extended")


def test_what_is_slow_to_load_stays_out():
    """So that it comes at once; `tests/bench` measures it."""
    loaded = (
        "import sys; from ithaca.cli.sop import main; main(['version']);"
        "assert not {'pgpy', 'cryptography', 'pydantic', 'asyncio', 'yaml', 'rich'} & set(sys.modules), sys.modules"
    )
    done = subprocess.run([COMMAND[0], "-c", loaded], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("name", ["", *SUBCOMMANDS])
def test_each_subcommand_explains_itself(sop, name):
    """Without octets of a terminal, and in words of the house."""
    said = sop(*filter(None, [name]), "--help").decode()
    assert said.startswith(f"Usage: ithaca-sop {name}".rstrip())
    assert "\x1b" not in said
    assert max(map(len, said.splitlines())) <= 100
    assert not re.search(r"\bTODO\b|None", said)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 19),
        (["sign"], 19),
        (["sign", "--with-key-password"], 19),
        (["inline-detach"], 19),
        (["encrypt"], 19),
        (["decrypt"], 19),
        (["verify", "signature"], 19),
        (["sign", "--as=mime", "key"], 37),
        (["sign", "--no-armor=yes", "key"], 37),
        (["encrypt", "--for=fun", "cert"], 37),
        (["verify", "--not-after=tomorrow", "signature", "cert"], 37),
        (["verify", "--not-before=2026-13-01", "signature", "cert"], 37),
        (["armor", "--label=sig"], 37),
        (["armor", "file"], 37),
        (["decrypt", "--with-passwor=x"], 37),
        (["-x"], 37),
        (["Sign"], 69),
        (["help"], 69),
    ],
)
def test_what_is_wrong_with_arguments_has_its_code(sop, arguments, code):
    sop.fails(code, *arguments)


def test_debug_shows_where_a_failure_comes_from_and_keeps_its_code(sop):
    for arguments in (["--debug", "sign", "nobody.key"], ["sign", "--debug", "nobody.key"]):
        done = sop.run(*arguments)
        assert (done.returncode, done.stdout) == (61, b"")
        assert b"Traceback" in done.stderr
        assert done.stderr.endswith(b"[MISSING_INPUT]\n")


def test_what_should_not_happen_is_one_sentence(sop):
    broken = (
        "import sys; from ithaca.cli.sop import about, main; about.version.callback = lambda **_: 1 / 0;"
        "sys.exit(main(['version']))"
    )
    done = subprocess.run([COMMAND[0], "-c", broken], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.count(b"\n") == 1
    assert b"ZeroDivisionError" in done.stderr
