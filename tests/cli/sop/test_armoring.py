"""armor and dearmor: the octets stay, and the armor says what is in it."""

import subprocess

import pytest

from cli.sop.processes import OCTETS
from ithaca.openpgp import armor as engine
from ithaca.openpgp import packets
from ithaca.openpgp.packets import Tag

PADDING = packets.encode(Tag.PADDING, bytes(20))
MARKER = packets.encode(Tag.MARKER, b"PGP")


@pytest.fixture
def binary(sop, alice, six):
    """``binary(what, person)``: what the program makes, without armor."""

    def make(what, who=alice):
        match what:
            case "PRIVATE KEY BLOCK":
                return sop("dearmor", octets=who.key.read_bytes())
            case "PUBLIC KEY BLOCK":
                return sop("dearmor", octets=who.cert.read_bytes())
            case "SIGNATURE":
                return sop("sign", "--no-armor", who.key, octets=OCTETS)
            case "signed":
                return sop("inline-sign", "--no-armor", who.key, octets=OCTETS)
            case "password":
                return sop("encrypt", "--no-armor", f"--with-password={sop.write('word', b'word')}", octets=OCTETS)
            case _:
                return sop("encrypt", "--no-armor", who.cert, octets=OCTETS)

    return make


@pytest.mark.parametrize(
    "what", ["PRIVATE KEY BLOCK", "PUBLIC KEY BLOCK", "SIGNATURE", "signed", "encrypted", "password"]
)
def test_there_and_back(sop, binary, what):
    octets = binary(what)
    armored = sop("armor", octets=octets)
    label = what if what.isupper() else "MESSAGE"
    assert armored.startswith(f"-----BEGIN PGP {label}-----\n\n".encode())
    assert armored.endswith(f"\n-----END PGP {label}-----\n".encode())
    assert b"\r" not in armored
    assert sop("dearmor", octets=armored) == octets


def test_what_is_done_already_stays(sop, binary):
    octets = binary("encrypted")
    armored = sop("armor", octets=octets).replace(b"\n", b"\r\n")
    assert sop("armor", octets=armored) == armored
    assert sop("dearmor", octets=octets) == octets


@pytest.mark.parametrize("what", ["PRIVATE KEY BLOCK", "PUBLIC KEY BLOCK", "SIGNATURE", "signed", "encrypted"])
def test_the_checksum_is_for_old_objects_alone(sop, binary, six, what):
    """RFC 9580 §6.1."""
    old, new = sop("armor", octets=binary(what)), sop("armor", octets=binary(what, six))
    assert (engine.dearmor(old).crc, engine.dearmor(new).crc) == ("good", "absent")


def test_what_may_stand_in_front_is_looked_past(sop, binary):
    signature, signed = binary("SIGNATURE"), binary("signed")
    assert b"PGP SIGNATURE" in sop("armor", octets=MARKER + PADDING + signature * 3)
    assert b"PGP MESSAGE" in sop("armor", octets=MARKER + signed)
    # A signed message in the old form: signature, then literal data (RFC 9580 §10.3).
    literal = packets.encode(Tag.LITERAL, b"b\0\0\0\0\0text")
    assert b"PGP MESSAGE" in sop("armor", octets=signature + literal)


@pytest.mark.parametrize("octets", [b"", b"text", b"\xff\xff\xff", bytes([0xCD, 3]) + b"Bob", b"\xc2\x10short"])
def test_what_is_no_openpgp_data_gets_no_armor(sop, octets):
    sop.fails(41, "armor", octets=octets)


def test_a_signature_that_is_cut_off_gets_none(sop, binary):
    sop.fails(41, "armor", octets=binary("SIGNATURE")[:-1])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda armored: armored[: len(armored) // 2],
        lambda armored: armored.replace(b"-----END", b"----END"),
        lambda armored: armored[:200] + b"*" + armored[201:],
        lambda armored: b"text alone",
        lambda armored: b"",
        lambda armored: b"-----BEGIN PGP MESSAGE-----\nno blank line",
    ],
)
def test_spoilt_armor_gives_nothing(sop, binary, spoil):
    armored = sop("armor", octets=binary("encrypted"))
    sop.fails(41, "dearmor", octets=spoil(armored))


def test_much_armor_that_is_spoilt_at_its_end_gives_nothing(sop, alice):
    armored = sop("encrypt", alice.cert, octets=bytes(8 << 20))
    sop.fails(41, "dearmor", octets=armored[:-100])


def test_a_cleartext_is_no_armor(sop, alice):
    sop.fails(41, "dearmor", octets=sop("inline-sign", "--as=clearsigned", alice.key, octets=b"text"))


@pytest.mark.parametrize("name", ["sqop", "gosop", "pgpainless-cli"])
def test_others_read_our_armor_and_we_theirs(sop, binary, program, name):
    octets = binary("encrypted")

    def ask(subcommand, given):
        return subprocess.run([program(name), subcommand], input=given, capture_output=True, check=True).stdout

    assert ask("dearmor", sop("armor", octets=octets)) == octets
    assert sop("dearmor", octets=ask("armor", octets)) == octets


def test_what_stands_in_front_is_not_kept_for_ever(sop):
    """Packets that do not tell what they are in front of stay in memory until one does."""
    padding = packets.encode(21, bytes(60_000))
    sop("armor", octets=padding * 3 + packets.encode(11, b"b\0\0\0\0\0x"))
    assert "in front of what it is" in sop.fails(41, "armor", octets=padding * 40)
