"""What may become a password, and how one that was given is tried."""

import pytest

from cli.sop.processes import PASSWORD
from ithaca.cli.sop import passwords
from ithaca.cli.sop.exit_codes import ExitCode, Failure


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n", b" \t\n", "\u00a0\u2003\n".encode()])
def test_blanks_at_the_end_are_no_part_of_a_new_password(ending):
    assert passwords.new("Größe 1".encode() + ending, "file") == "Größe 1".encode()


def test_blanks_at_the_start_are():
    assert passwords.new(b"  x", "file") == b"  x"


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\n",
        b" ",
        b"\xff\xfe",
        b"a\x00b",
        b"a\nb",
        b"a\tb",
        "a\u200db".encode(),
        "\ue000".encode(),
        b"\xed\xa0\x80",
    ],
)
def test_what_people_could_not_type_is_none(octets):
    with pytest.raises(Failure) as raised:
        passwords.new(octets, "file")
    assert raised.value.code == ExitCode.PASSWORD_NOT_HUMAN_READABLE
    assert octets.decode(errors="replace").strip() not in str(raised.value) or not octets.strip()


def test_one_that_was_given_is_tried_without_its_blanks_and_as_it_is():
    assert passwords.variants([b"a\n", b"b", b"a"]) == (b"a", b"a\n", b"b")
    assert passwords.variants([b"\xff \n"]) == (b"\xff", b"\xff \n")
    assert passwords.variants([b"a\xe2\x80\x83"]) == (b"a", b"a\xe2\x80\x83")
    assert passwords.variants([]) == ()


def test_a_password_with_a_line_end_opens_what_another_program_made_with_it(sop, program):
    gpg = program("gpg")
    import subprocess

    home = sop.path("gnupg")
    home.mkdir(mode=0o700)
    sop.write("word", b"secret \n")
    command = [gpg, "--homedir", home, "--batch", "--pinentry-mode=loopback", "--passphrase=secret ", "-c", "-o-"]
    made = subprocess.run(command, input=b"text", capture_output=True, check=True).stdout
    sop.fails(ExitCode.CANNOT_DECRYPT, "decrypt", "--with-password=word", octets=made)
    sop.write("exact", b"secret ")
    assert sop("decrypt", "--with-password=exact", octets=made) == b"text"


def test_no_new_key_or_message_with_a_password_that_is_none(sop, alice):
    sop.write("word", b"\x1b[A\n")
    sop.fails(31, "generate-key", "--with-key-password=word", "Alice")
    sop.fails(31, "encrypt", "--with-password=word", octets=b"text")
    sop.fails(31, "change-key-password", "--new-key-password=word", octets=alice.key.read_bytes())


def test_a_password_never_stands_in_what_is_said(sop, protected):
    sop.write("word", PASSWORD + b" is wrong")
    said = sop.fails(67, "sign", "--with-key-password=word", protected.key, octets=b"x")
    assert PASSWORD.decode() not in said
