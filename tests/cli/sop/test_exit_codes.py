"""Every code, raised by what it is for; the numbers are the draft's."""

import re
from pathlib import Path

import pytest

from cli.sop.processes import Sop, revoked_key
from ithaca.cli.sop.exit_codes import ExitCode
from openpgp import raw

PAGE = Path(__file__).resolve().parents[3] / "docs" / "sop.md"
DRAFT = {
    "OK": 0,
    "UNSPECIFIED_FAILURE": 1,
    "NO_SIGNATURE": 3,
    "UNSUPPORTED_ASYMMETRIC_ALGO": 13,
    "CERT_CANNOT_ENCRYPT": 17,
    "MISSING_ARG": 19,
    "INCOMPLETE_VERIFICATION": 23,
    "CANNOT_DECRYPT": 29,
    "PASSWORD_NOT_HUMAN_READABLE": 31,
    "UNSUPPORTED_OPTION": 37,
    "BAD_DATA": 41,
    "EXPECTED_TEXT": 53,
    "OUTPUT_EXISTS": 59,
    "MISSING_INPUT": 61,
    "KEY_IS_PROTECTED": 67,
    "UNSUPPORTED_SUBCOMMAND": 69,
    "UNSUPPORTED_SPECIAL_PREFIX": 71,
    "AMBIGUOUS_INPUT": 73,
    "KEY_CANNOT_SIGN": 79,
    "INCOMPATIBLE_OPTIONS": 83,
    "UNSUPPORTED_PROFILE": 89,
}
"""As the draft has them."""

CASES = {
    "UNSPECIFIED_FAILURE": ["sign", "--micalg-out=no/such/folder", "{alice.key}"],
    "NO_SIGNATURE": ["verify", "{signature}", "{alice.cert}"],
    "UNSUPPORTED_ASYMMETRIC_ALGO": ["encrypt", "{of-another-kind}"],
    "CERT_CANNOT_ENCRYPT": ["encrypt", "{signer.cert}"],
    "MISSING_ARG": ["sign"],
    "INCOMPLETE_VERIFICATION": ["decrypt", "--verify-with={alice.cert}", "{alice.key}"],
    "CANNOT_DECRYPT": ["decrypt", "{bob.key}"],
    "PASSWORD_NOT_HUMAN_READABLE": ["encrypt", "--with-password={empty}"],
    "UNSUPPORTED_OPTION": ["sign", "--loudly", "{alice.key}"],
    "BAD_DATA": ["encrypt", "{alice.key}"],
    "EXPECTED_TEXT": ["sign", "--as=text", "{alice.key}"],
    "OUTPUT_EXISTS": ["sign", "--micalg-out={empty}", "{alice.key}"],
    "MISSING_INPUT": ["sign", "nobody.key"],
    "KEY_IS_PROTECTED": ["sign", "{protected.key}"],
    "UNSUPPORTED_SUBCOMMAND": ["conjure"],
    "UNSUPPORTED_SPECIAL_PREFIX": ["sign", "@HARDWARE:card"],
    "AMBIGUOUS_INPUT": ["sign", "@ENV:KEY"],
    "KEY_CANNOT_SIGN": ["sign", "{revoked}"],
    "INCOMPATIBLE_OPTIONS": ["inline-sign", "--as=clearsigned", "--no-armor", "{alice.key}"],
    "UNSUPPORTED_PROFILE": ["generate-key", "--profile=rfc1991"],
}
"""What ends with each."""


@pytest.fixture(scope="session")
def files(person, tmp_path_factory):
    """What the cases name."""
    sop = Sop(tmp_path_factory.mktemp("cases"))
    names = [(name, kind) for name in ("alice", "bob", "signer", "protected") for kind in ("key", "cert")]
    found = {f"{name}.{kind}": getattr(person(name), kind) for name, kind in names}
    found["signature"] = sop.write("signature", sop("sign", found["alice.key"], octets=b"something else"))
    found["empty"] = sop.write("empty", b"")
    # A certificate of version 4 with an algorithm that is in no table.
    found["of-another-kind"] = sop.write("other", bytes([0xC6, 6, 4, 0, 0, 0, 0, 99]))
    found["revoked"] = sop.write("revoked", revoked_key(sop, found["alice.key"]))
    return found


def test_the_numbers_are_the_drafts():
    assert {code.name: code.value for code in ExitCode} == DRAFT


def test_the_page_lists_them():
    rows = re.findall(r"^\| (\d+) \| ([A-Z_]+) \|", PAGE.read_text(), re.MULTILINE)
    assert {name: int(number) for number, name in rows} == DRAFT


def test_every_code_has_a_case():
    assert {code.name for code in ExitCode} == {"OK", *CASES}


@pytest.mark.parametrize("name", CASES)
def test_a_failure_has_its_code(sop, files, alice, name):
    sop.write("@ENV:KEY", b"a file of that name")
    octets = sop("encrypt", alice.cert, octets=b"x") if name == "CANNOT_DECRYPT" else b"no text: \xff"
    sop.fails(ExitCode[name], *(filled(argument, files) for argument in CASES[name]), octets=octets)


def filled(argument, files):
    """With the path of what stands in braces."""
    head, brace, name = argument.partition("{")
    return head + str(files[name.removesuffix("}")]) if brace else argument


def test_success_is_silent(sop, alice):
    assert sop("sign", alice.key, octets=b"x").startswith(b"-----BEGIN PGP SIGNATURE-----\n")


def test_a_curve_that_is_not_supported_is_read_and_refused(sop):
    """secp256k1 (SEC 2): the key is whole, and what is asked of it cannot be done."""
    public = b"\x04\x65\x00\x00\x00\x13\x05\x2b\x81\x04\x00\x0a" + raw.mpi(b"\x04" + b"\x11" * 64)
    secret = raw.mpi(b"\x11" * 32)
    key = raw.packet(5, public + b"\0" + secret + (sum(secret) & 0xFFFF).to_bytes(2, "big"))
    assert "curve is not supported" in sop.fails(17, "encrypt", sop.write("cert", raw.packet(6, public)), octets=b"x")
    assert "curve is not supported" in sop.fails(79, "sign", sop.write("key", key), octets=b"x")
