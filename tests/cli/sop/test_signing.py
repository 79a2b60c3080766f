"""sign and inline-sign, read by ourselves and by others."""

import subprocess

import pytest

from cli.sop.processes import OCTETS, TEXT
from ithaca.openpgp import armor, packets
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.signature import Signature


def signatures(octets):
    return [Signature.parse(p.body) for p in packets.split(armor.binary(octets)) if p.tag == Tag.SIGNATURE]


def fingerprints(verifications):
    return [line.split()[2] for line in verifications.decode().splitlines()]


@pytest.mark.parametrize("who", ["alice", "six", "p384"])
@pytest.mark.parametrize(("kind", "number"), [("binary", 0), ("text", 1)])
def test_a_detached_signature_of_each_kind(sop, person, who, kind, number):
    someone = person(who)
    made = sop("sign", f"--as={kind}", someone.key, octets=TEXT)
    assert [s.type for s in signatures(made)] == [number]
    found = sop("verify", sop.write("s", made), someone.cert, octets=TEXT)
    assert f" mode:{kind} " in found.decode()
    assert fingerprints(found) == [someone.fingerprint]
    # A text signature does not mind line ends, a binary one does.
    crlf = TEXT.replace(b"\n", b"\r\n")
    if kind == "text":
        assert sop("verify", "s", someone.cert, octets=crlf)
    else:
        sop.fails(3, "verify", "s", someone.cert, octets=crlf)


@pytest.mark.parametrize("subcommand", ["sign", "inline-sign"])
@pytest.mark.parametrize("octets", [b"\xff", TEXT[:-1] + b"\xc3"])
def test_text_has_to_be_text(sop, alice, subcommand, octets):
    sop.fails(53, subcommand, "--as=text", alice.key, octets=octets)
    if subcommand == "inline-sign":
        sop.fails(53, subcommand, "--as=clearsigned", alice.key, octets=octets)


@pytest.mark.parametrize(
    ("who", "micalg"),
    [(["alice"], "pgp-sha256"), (["p384"], "pgp-sha384"), (["alice", "bob"], "pgp-sha256"), (["alice", "p384"], "")],
)
def test_the_hash_is_named(sop, person, who, micalg):
    sop("sign", "--micalg-out=micalg", *(person(name).key for name in who), octets=b"x")
    assert sop.path("micalg").read_text() == micalg


def test_one_signature_for_each_key_or_none(sop, alice, six, protected):
    made = sop("sign", alice.key, six.key, octets=b"x")
    assert [s.version for s in signatures(made)] == [4, 6]
    assert b"\n=" not in made
    sop.fails(67, "sign", alice.key, protected.key, octets=b"x")


def test_no_armor(sop, alice):
    for subcommand in ("sign", "inline-sign"):
        assert sop(subcommand, "--no-armor", alice.key, octets=b"x")[0] & 0x80


@pytest.mark.parametrize("kind", ["binary", "text"])
def test_a_signed_message(sop, alice, six, kind):
    octets = OCTETS if kind == "binary" else TEXT
    made = sop("inline-sign", f"--as={kind}", alice.key, six.key, octets=octets)
    assert made.startswith(b"-----BEGIN PGP MESSAGE-----\n")
    tags = [p.tag for p in packets.split(armor.binary(made))]
    assert tags == [Tag.ONE_PASS_SIGNATURE] * 2 + [Tag.LITERAL] + [Tag.SIGNATURE] * 2
    literal = next(p for p in packets.split(armor.binary(made)) if p.tag == Tag.LITERAL)
    assert literal.body == {"binary": b"b", "text": b"u"}[kind] + bytes(5) + octets
    assert sop("inline-verify", "--verifications-out=v", alice.cert, six.cert, octets=made) == octets
    assert set(fingerprints(sop.path("v").read_bytes())) == {alice.fingerprint, six.fingerprint}


@pytest.mark.parametrize(
    "text", [TEXT, b"", b"\n", b"no line end", b"-\n- -\n\n\n", b"a\r\nb\r\n", b"x" * 300_000 + b"\n"]
)
def test_a_clearsigned_text(sop, alice, six, text):
    made = sop("inline-sign", "--as=clearsigned", alice.key, six.key, octets=text)
    assert made.startswith(b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n")
    lines = [line.rstrip(b" \t\r") for line in text.removesuffix(b"\n").split(b"\n")]
    shown = sop("inline-verify", "--verifications-out=v", alice.cert, six.cert, octets=made)
    # RFC 9580 §7.2: blanks at the ends of lines are not signed, so they are not given on.
    assert shown == b"\n".join(lines) + b"\n"
    assert len(fingerprints(sop.path("v").read_bytes())) == 2


@pytest.mark.parametrize("name", ["sqop", "gosop", "pgpainless-cli"])
def test_others_verify_a_detached_signature(sop, alice, program, name):
    signature = sop.write("s", sop("sign", alice.key, octets=OCTETS))
    command = [program(name), "verify", signature, alice.cert]
    done = subprocess.run(command, input=OCTETS, capture_output=True, check=True)
    assert alice.fingerprint.encode() in done.stdout


@pytest.mark.parametrize("name", ["sqop", "pgpainless-cli"])
@pytest.mark.parametrize("kind", ["binary", "text", "clearsigned"])
def test_others_verify_a_signed_message(sop, alice, program, name, kind):
    text = "Größe\n- a dash\nFrom here\n\nend\n".encode()
    made = sop("inline-sign", f"--as={kind}", alice.key, octets=text)
    done = subprocess.run([program(name), "inline-verify", alice.cert], input=made, capture_output=True, check=True)
    assert done.stdout.rstrip(b"\n") == text.rstrip(b"\n")


@pytest.mark.parametrize("kind", ["sign", "inline-sign", "clearsigned"])
def test_gpg_verifies_it(sop, alice, program, kind):
    home = sop.path("gnupg")
    home.mkdir(mode=0o700)
    gpg = [program("gpg"), "--homedir", home, "--batch", "--status-fd=2"]
    subprocess.run([*gpg, "--import", alice.cert], check=True, capture_output=True)
    if kind == "sign":
        made, rest = sop("sign", alice.key, octets=TEXT), [sop.write("text", TEXT)]
    else:
        made, rest = (
            sop("inline-sign", *(["--as=clearsigned"] if kind == "clearsigned" else []), alice.key, octets=TEXT),
            [],
        )
    done = subprocess.run([*gpg, "--verify", sop.write("made", made), *rest], capture_output=True, check=True)
    assert f"VALIDSIG {alice.fingerprint}".encode() in done.stderr
