"""SESSIONKEY, both ways."""

import pytest

from ithaca.cli.sop import session_keys
from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.openpgp.engine import SessionKey


def test_a_line_and_back(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(session_keys.encoded(SessionKey(9, b"\xab\x01")))
    assert path.read_bytes() == b"9:AB01\n"
    found = session_keys.read(str(path))
    assert (found.cipher, found.key) == (9, b"\xab\x01")


@pytest.mark.parametrize(
    "octets", [b"", b"9", b"9:", b"9:A", b"9:AG", b":AB", b"-9:AB", b"9999:AB", b"9:AB:CD", b"9:AB CD"]
)
def test_anything_else_is_refused_and_not_repeated(tmp_path, octets):
    path = tmp_path / "key"
    path.write_bytes(octets)
    with pytest.raises(Failure) as raised:
        session_keys.read(str(path))
    assert raised.value.code == ExitCode.BAD_DATA
    assert not octets or octets.decode() not in str(raised.value).replace(str(path), "")


def test_blanks_around_it_and_small_letters_are_taken(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(b" 7:ab01\r\n")
    assert session_keys.read(str(path)).key == b"\xab\x01"


def test_a_session_key_opens_the_message_that_it_came_from_and_no_other(sop, alice, bob):
    message = sop("encrypt", "--session-key-out=one", alice.cert, octets=b"text")
    other = sop("encrypt", "--session-key-out=other", alice.cert, octets=b"text")
    assert sop("decrypt", "--with-session-key=one", octets=message) == b"text"
    sop.fails(29, "decrypt", "--with-session-key=other", octets=message)
    assert sop("decrypt", "--with-session-key=one", "--with-session-key=other", octets=message) == b"text"
    assert sop("decrypt", "--with-session-key=one", "--with-session-key=other", octets=other) == b"text"
    # One that does not fit stands in nobody's way.
    assert sop("decrypt", "--with-session-key=one", alice.key, octets=other) == b"text"
    assert sop("decrypt", "--with-session-key=one", bob.key, octets=message) == b"text"


@pytest.mark.parametrize("line", [b"10:" + b"00" * 32, b"9:00", b"110:00"])
def test_one_that_can_open_nothing_stands_in_nobodys_way(sop, alice, line):
    message = sop("encrypt", "--session-key-out=one", alice.cert, octets=b"text")
    sop.write("strange", line)
    assert sop("decrypt", "--with-session-key=strange", "--with-session-key=one", octets=message) == b"text"
    sop.fails(29, "decrypt", "--with-session-key=strange", octets=message)


def test_it_is_the_same_for_who_encrypts_and_who_decrypts(sop, alice, six):
    for person in (alice, six):
        name = person.key.stem
        message = sop("encrypt", f"--session-key-out={name}-1", person.cert, octets=b"text")
        sop("decrypt", f"--session-key-out={name}-2", person.key, octets=message)
        assert sop.path(f"{name}-1").read_bytes() == sop.path(f"{name}-2").read_bytes()
        assert sop("decrypt", f"--with-session-key={name}-1", octets=message) == b"text"


def test_sqop_takes_it(sop, alice, program):
    import subprocess

    message = sop("encrypt", "--session-key-out=key", alice.cert, octets=b"text")
    command = [program("sqop"), "decrypt", f"--with-session-key={sop.path('key')}"]
    assert subprocess.run(command, input=message, capture_output=True, check=True).stdout == b"text"
