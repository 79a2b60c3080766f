"""What arguments name: files, variables, descriptors, standard input; and where outputs go."""

import contextlib
import os
import stat

import pytest

from cli.sop.processes import PASSWORD
from ithaca.cli.sop import designators
from ithaca.cli.sop.exit_codes import ExitCode, Failure


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def pipe():
    """Both ends of a pipe."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@contextlib.contextmanager
def full_pipe(octets):
    """The end to read from of a pipe that holds `octets` and is closed at the other."""
    reading, writing = os.pipe()
    os.write(writing, octets)
    os.close(writing)
    yield reading
    os.close(reading)


def code_of(call):
    with pytest.raises(Failure) as raised:
        call()
    return raised.value.code


def test_a_file_a_variable_and_a_descriptor(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"\xff\0")
    monkeypatch.setitem(os.environb, b"SOP_TEST", b"\xff value")
    assert designators.read("file") == b"\xff\0"
    assert designators.read("@ENV:SOP_TEST") == b"\xff value"
    with full_pipe(b"in a pipe") as reading:
        assert designators.read(f"@FD:{reading}") == b"in a pipe"


@pytest.mark.parametrize(
    ("designator", "code"),
    [
        ("missing", ExitCode.MISSING_INPUT),
        (".", ExitCode.MISSING_INPUT),
        ("", ExitCode.MISSING_INPUT),
        ("a\0b", ExitCode.MISSING_INPUT),
        ("@ENV:SOP_NOT_SET", ExitCode.MISSING_INPUT),
        ("@FD:987654", ExitCode.MISSING_INPUT),
        ("@FD:one", ExitCode.MISSING_INPUT),
        ("@FD:-1", ExitCode.MISSING_INPUT),
        ("@FD:²", ExitCode.MISSING_INPUT),
        ("@FD", ExitCode.UNSUPPORTED_SPECIAL_PREFIX),
        ("@env:HOME", ExitCode.UNSUPPORTED_SPECIAL_PREFIX),
        ("@HARDWARE:1", ExitCode.UNSUPPORTED_SPECIAL_PREFIX),
        ("-", ExitCode.INCOMPATIBLE_OPTIONS),
    ],
)
def test_an_input_that_cannot_be_had(designator, code):
    assert code_of(lambda: designators.read(designator)) == code


def test_a_special_designator_that_is_a_file_is_ambiguous_even_if_nothing_stands_behind_it(tmp_path):
    (tmp_path / "@ENV:HOME").symlink_to("nowhere")
    assert code_of(lambda: designators.read("@ENV:HOME")) == ExitCode.AMBIGUOUS_INPUT
    assert code_of(lambda: designators.Output("@ENV:HOME")) == ExitCode.AMBIGUOUS_INPUT
    (tmp_path / "@FD:9").write_bytes(b"its octets")
    assert designators.read("./@FD:9") == b"its octets"


def test_an_input_has_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(designators, "MOST_OCTETS", 10)
    (tmp_path / "file").write_bytes(bytes(10))
    assert designators.read("file") == bytes(10)
    (tmp_path / "file").write_bytes(bytes(11))
    assert code_of(lambda: designators.read("file")) == ExitCode.BAD_DATA


def test_no_sentence_holds_what_was_read(monkeypatch):
    monkeypatch.setitem(os.environb, b"SECRET", b"4711")
    with pytest.raises(Failure) as raised:
        designators.read("@ENV:SECRETS")
    assert "4711" not in str(raised.value)


# --- outputs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("designator", "code"),
    [
        ("there", ExitCode.OUTPUT_EXISTS),
        ("dangling", ExitCode.OUTPUT_EXISTS),
        (".", ExitCode.OUTPUT_EXISTS),
        ("@ENV:OUT", ExitCode.UNSUPPORTED_SPECIAL_PREFIX),
        ("@FILE:x", ExitCode.UNSUPPORTED_SPECIAL_PREFIX),
        ("@FD:987654", ExitCode.MISSING_INPUT),
        ("no/such/folder", ExitCode.UNSPECIFIED_FAILURE),
        ("-", ExitCode.INCOMPATIBLE_OPTIONS),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_anything_is_done(tmp_path, designator, code):
    (tmp_path / "there").write_bytes(b"kept")
    (tmp_path / "dangling").symlink_to("nowhere")
    assert code_of(lambda: designators.Output(designator)) == code
    assert (tmp_path / "there").read_bytes() == b"kept"


def test_an_output_that_somebody_made_meanwhile_is_not_replaced(tmp_path):
    out = designators.Output("new")
    (tmp_path / "new").write_bytes(b"theirs")
    assert code_of(lambda: out.write(b"ours")) == ExitCode.OUTPUT_EXISTS
    assert (tmp_path / "new").read_bytes() == b"theirs"


def test_a_secret_output_is_for_its_owner(tmp_path):
    old = os.umask(0o022)
    try:
        designators.Output("secret", secret=True).write(b"9:00")
        designators.Output("open").write(b"pgp-sha256")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o644


def test_an_output_to_a_descriptor(pipe):
    designators.Output(f"@FD:{pipe[1]}").write(b"there")
    assert os.read(pipe[0], 100) == b"there"


# --- as processes ------------------------------------------------------------------------------------


def test_password_from_each_place_is_the_same(sop):
    sop.write("password", PASSWORD)
    environment = {**sop.environment(), "WORD": PASSWORD.decode()}
    made = sop("encrypt", "--with-password=@ENV:WORD", octets=b"text", env=environment)
    assert sop("decrypt", "--with-password=password", octets=made) == b"text"
    with full_pipe(PASSWORD) as reading:
        assert sop("decrypt", f"--with-password=@FD:{reading}", octets=made, pass_fds=[reading]) == b"text"


def test_standard_input_may_hold_the_password_of_a_new_key(sop):
    key = sop("generate-key", "--with-key-password=-", octets=b"a new password\n")
    sop.write("key", key)
    assert sop.fails(67, "sign", "key", octets=b"x")
    sop.write("right", b"a new password")
    assert sop("sign", "--with-key-password=right", "key", octets=b"x")


def test_verifications_to_a_descriptor(sop, alice, pipe):
    message = sop("encrypt", f"--sign-with={alice.key}", alice.cert, octets=b"text")
    given = [f"--verifications-out=@FD:{pipe[1]}", f"--verify-with={alice.cert}", alice.key]
    assert sop("decrypt", *given, octets=message, pass_fds=[pipe[1]]) == b"text"
    assert alice.fingerprint in os.read(pipe[0], 1000).decode()
