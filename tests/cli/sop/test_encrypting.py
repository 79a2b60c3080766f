"""encrypt: to whom, in what form, signed by whom; and that nobody is left out in silence."""

import os
import subprocess
import time

import pytest

from cli.sop.processes import OCTETS, PASSWORD, TEXT
from ithaca.openpgp import armor, packets, skesk
from ithaca.openpgp.algorithms import KeyFlag, SignatureType
from ithaca.openpgp.own_keys import generation, profiles, self_signatures
from ithaca.openpgp.own_keys.issuer import Issuer
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.pgpy_engine import PgpyEngine


def seen(message):
    """(versions of the PKESK packets, versions of the SKESK packets, version of the SEIPD packet)."""
    found = list(packets.split(armor.binary(message)))
    versions = {tag: [p.body[0] for p in found if p.tag == tag] for tag in (Tag.PKESK, Tag.SKESK, Tag.SEIPD)}
    (seipd,) = versions[Tag.SEIPD]
    return versions[Tag.PKESK], versions[Tag.SKESK], seipd


@pytest.mark.parametrize(
    ("profile", "who", "form"),
    [
        ("default", ["alice"], ([3], [], 1)),
        ("default", ["six"], ([6], [], 2)),
        ("default", ["alice", "six"], ([3, 3], [], 1)),
        ("rfc4880", ["six"], ([3], [], 1)),
        ("compatibility", ["six"], ([3], [], 1)),
        ("rfc9580", ["six"], ([6], [], 2)),
        ("security", ["six"], ([6], [], 2)),
    ],
)
def test_what_all_certificates_can_read_or_what_the_profile_demands(sop, person, profile, who, form):
    people = [person(name) for name in who]
    message = sop("encrypt", f"--profile={profile}", *(p.cert for p in people), octets=OCTETS)
    assert seen(message) == form
    # RFC 9580 §6.1.
    assert armor.dearmor(message).crc == ("good" if form[2] == 1 else "absent")
    for one in people:
        assert sop("decrypt", one.key, octets=message) == OCTETS


def test_a_profile_is_never_given_up_in_silence(sop, alice, six):
    said = sop.fails(17, "encrypt", "--profile=rfc9580", six.cert, alice.cert, octets=b"x")
    assert str(alice.cert) in said
    assert "SEIPDv2" in said


@pytest.mark.parametrize(
    ("profile", "who", "form"),
    [
        ("default", [], ([], [4], 1)),
        ("rfc4880", [], ([], [4], 1)),
        ("rfc9580", [], ([], [6], 2)),
        ("default", ["alice"], ([3], [4], 1)),
        ("default", ["six"], ([3], [4], 1)),
        ("rfc9580", ["six"], ([6], [6], 2)),
    ],
)
def test_passwords(sop, person, password, profile, who, form):
    people = [person(name) for name in who]
    message = sop(
        "encrypt", f"--profile={profile}", "--with-password=password", *(p.cert for p in people), octets=OCTETS
    )
    assert seen(message) == form
    assert sop("decrypt", "--with-password=password", octets=message) == OCTETS
    for one in people:
        assert sop("decrypt", one.key, octets=message) == OCTETS
    specifier = next(skesk.parse(p.body).s2k for p in packets.split(armor.binary(message)) if p.tag == Tag.SKESK)
    assert specifier.kind == (3 if form[2] == 1 else 4)


def test_each_of_several_passwords_opens_it(sop, password):
    sop.write("second", b"another")
    message = sop("encrypt", "--with-password=password", "--with-password=second", octets=b"x")
    assert seen(message)[1] == [4, 4]
    sop.write("wrong", b"wrong")
    for right in ("password", "second"):
        assert sop("decrypt", "--with-password=wrong", f"--with-password={right}", octets=message) == b"x"
    sop.fails(29, "decrypt", "--with-password=wrong", octets=message)


@pytest.mark.parametrize(("kind", "octet"), [("binary", b"b"), ("text", b"u")])
def test_signed_inside(sop, alice, six, bob, kind, octet):
    given = [f"--as={kind}", f"--sign-with={alice.key}", f"--sign-with={six.key}"]
    message = sop("encrypt", *given, bob.cert, octets=TEXT)
    verify = [f"--verify-with={alice.cert}", f"--verify-with={six.cert}", "--verifications-out=v"]
    assert sop("decrypt", *verify, bob.key, octets=message) == TEXT
    lines = sop.path("v").read_text().splitlines()
    assert {line.split()[2] for line in lines} == {alice.fingerprint, six.fingerprint}
    assert all(f" mode:{kind} " in line for line in lines)


def test_text_has_to_be_text(sop, alice):
    sop.fails(53, "encrypt", "--as=text", "--session-key-out=s", alice.cert, octets=b"\xff")
    assert not sop.path("s").exists()


def test_a_protected_key_signs(sop, protected, password, bob):
    sop.fails(67, "encrypt", f"--sign-with={protected.key}", bob.cert, octets=b"x")
    given = [f"--with-key-password={password}", f"--sign-with={protected.key}"]
    assert sop("encrypt", *given, bob.cert, octets=b"x")


def test_hidden_recipients_are_named_nowhere(sop, alice, bob, six):
    for people, versions in (([alice, bob], 3), ([six], 6)):
        message = sop("encrypt", "--hidden", f"--sign-with={alice.key}", *(p.cert for p in people), octets=TEXT)
        bodies = [p.body for p in packets.split(armor.binary(message)) if p.tag == Tag.PKESK]
        assert [body[0] for body in bodies] == [versions] * len(people)
        assert all(body[1:9] == bytes(8) if versions == 3 else body[1] == 0 for body in bodies)
        for one in people:
            verify = [f"--verify-with={alice.cert}", f"--verifications-out={one.fingerprint}"]
            assert sop("decrypt", *verify, one.key, octets=message) == TEXT
            assert sop.path(one.fingerprint).read_bytes()


def test_the_signature_says_for_whom_it_is_unless_they_are_hidden(sop, alice, bob, six):
    """Sealed anew for somebody else it counts no more (RFC 9580 §5.2.3.36); a hidden recipient learns of no other."""
    from ithaca.openpgp import decryption
    from ithaca.openpgp.decryption import Keys, pieces_of
    from ithaca.openpgp.signature import Signature
    from ithaca.openpgp.verification import Surroundings
    from ithaca.work import run

    engine = PgpyEngine()
    from ithaca.openpgp import secret_key

    unlocked = secret_key.unlock(armor.binary(bob.key.read_bytes()), None, engine)

    def intended(*options):
        message = sop("encrypt", *options, f"--sign-with={alice.key}", bob.cert, six.cert, octets=TEXT)
        around = Surroundings(engine, lambda _: (), 0)
        opened = run(decryption.open_message(pieces_of(message), Keys(engine, unlocked.decrypting()), around))
        (body,) = opened.bodies
        return set(Signature.parse(body).intended_recipients)

    sop.write("word", PASSWORD)
    assert intended() == {bob.fingerprint, six.fingerprint}
    assert intended("--hidden") == set()
    assert intended("--with-password=word") == set()


@pytest.fixture
def two_subkeys(sop):
    """A key whose two encryption subkeys are for one purpose each: its file, its certificate's, and their key IDs."""
    engine, now = PgpyEngine(), int(time.time()) - 10
    made = generation.generate(
        profiles.PROFILES["ed25519"], ["A"], None, created=now, engine=engine, random=os.urandom, signing_only=True
    )
    from ithaca.openpgp import secret_key

    primary = secret_key.unlock(made.octets, None, engine).components[0]
    issuer = Issuer(primary, engine, os.urandom, now)
    public, secret, names = made.certificate, made.octets, {}
    for purpose, flag in (
        ("storage", KeyFlag.ENCRYPT_STORAGE),
        ("communications", KeyFlag.ENCRYPT_COMMUNICATIONS),
    ):
        subkey = engine.generate_key(profiles.PROFILES["ed25519"].encryption, now, subkey=True)
        body = self_signatures.binding(issuer, subkey.public, (self_signatures.flags(flag),))
        bound = packets.encode(Tag.SIGNATURE, body)
        public += packets.encode(Tag.PUBLIC_SUBKEY, subkey.public.body) + bound
        secret += engine.lock(subkey, None, random=os.urandom) + bound
        names[purpose] = subkey.public.key_id
    return sop.write("two.key", secret), sop.write("two.cert", public), names


def test_what_it_is_for_chooses_the_subkey(sop, two_subkeys):
    key, cert, names = two_subkeys

    def recipients(*options):
        message = sop("encrypt", *options, cert, octets=b"x")
        assert sop("decrypt", key, octets=message) == b"x"
        return {p.body[1:9].hex().upper() for p in packets.split(armor.binary(message)) if p.tag == Tag.PKESK}

    assert recipients() == recipients("--for=any") == set(names.values())
    assert recipients("--for=storage") == {names["storage"]}
    assert recipients("--for=communications") == {names["communications"]}


def test_a_certificate_without_a_key_for_it_is_refused(sop, alice, two_subkeys):
    _, cert, _ = two_subkeys
    octets = cert.read_bytes()
    # Without its last subkey, which was the one for communications.
    last = max(p.offset for p in packets.split(octets) if p.tag == Tag.PUBLIC_SUBKEY)
    said = sop.fails(17, "encrypt", "--for=communications", sop.write("half", octets[:last]), octets=b"x")
    assert "has no subkey for communications" in said
    assert sop("encrypt", "--for=communications", alice.cert, octets=b"x")


def test_one_who_cannot_read_it_stops_it(sop, alice, person):
    said = sop.fails(17, "encrypt", alice.cert, person("signer").cert, octets=b"x")
    assert str(person("signer").cert) in said


def test_no_armor(sop, alice):
    assert sop("encrypt", "--no-armor", alice.cert, octets=b"x")[0] & 0x80


def test_the_armor_of_files_has_lf(sop, alice):
    assert b"\r" not in sop("encrypt", alice.cert, octets=bytes(100_000))


@pytest.mark.parametrize("name", ["sqop", "gosop", "pgpainless-cli"])
@pytest.mark.parametrize("way", ["key", "password"])
def test_others_read_it(sop, alice, bob, program, name, way):
    sop.write("word", PASSWORD)
    to = [bob.cert] if way == "key" else ["--with-password=word"]
    message = sop("encrypt", f"--sign-with={alice.key}", *to, octets=TEXT)
    out = "--verify-out" if name == "gosop" else "--verifications-out"
    opening = [bob.key] if way == "key" else [f"--with-password={sop.path('word')}"]
    command = [program(name), "decrypt", f"--verify-with={alice.cert}", f"{out}={sop.path('v')}", *opening]
    if name == "gosop":
        # Options first.
        command = [*command[:-1], *opening]
    done = subprocess.run(command, input=message, capture_output=True, check=True)
    assert done.stdout == TEXT
    assert alice.fingerprint in sop.path("v").read_text()


def test_gpg_reads_it(sop, alice, bob, program):
    home = sop.path("gnupg")
    home.mkdir(mode=0o700)
    gpg = [program("gpg"), "--homedir", home, "--batch", "--pinentry-mode=loopback", "--passphrase=", "--status-fd=2"]
    for path in (bob.key, alice.cert):
        subprocess.run([*gpg, "--import", path], check=True, capture_output=True)
    for options in ([], ["--no-armor"], ["--hidden"]):
        message = sop("encrypt", *options, f"--sign-with={alice.key}", bob.cert, octets=TEXT)
        done = subprocess.run([*gpg, "-d"], input=message, capture_output=True, check=True)
        assert done.stdout == TEXT
        assert f"VALIDSIG {alice.fingerprint}".encode() in done.stderr
    # Of a text it hashes what stands in the message, so it has to stand there as it is signed; and it shows LF.
    smooth = TEXT.replace(b" \n", b"\n")
    given = ["--as=text", f"--sign-with={alice.key}", bob.cert]
    message = sop("encrypt", *given, octets=smooth.replace(b"\n", b"\r\n"))
    done = subprocess.run([*gpg, "-d"], input=message, capture_output=True, check=True)
    assert done.stdout == smooth
    assert f"VALIDSIG {alice.fingerprint}".encode() in done.stderr


def test_kinds_of_signatures_are_the_engines():
    from ithaca.cli.sop import signing

    assert signing.KINDS == {"binary": SignatureType.BINARY, "text": SignatureType.TEXT}
