"""KEYS and CERTS: several in one file, twice the same, the one where the other belongs, damaged ones."""

import os
import time

import pytest

from cli.sop.processes import revoked_key
from ithaca.openpgp import armor, packets, secret_key
from ithaca.openpgp.own_keys import generation, profiles
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.pgpy_engine import PgpyEngine
from openpgp import raw


def binary(path):
    return armor.binary(path.read_bytes())


def recipients(message):
    """The key IDs of the PKESK packets, version 3."""
    found = packets.split(armor.binary(message))
    return [packet.body[1:9].hex().upper() for packet in found if packet.tag == Tag.PKESK]


@pytest.mark.parametrize("armored", [True, False])
def test_several_certificates_in_one_file(sop, alice, bob, armored):
    if armored:
        both = sop.write("both", alice.cert.read_bytes() + b"\nsome text between\n" + bob.cert.read_bytes())
    else:
        both = sop.write("both", binary(alice.cert) + binary(bob.cert))
    message = sop("encrypt", both, octets=b"text")
    assert sop("decrypt", alice.key, octets=message) == sop("decrypt", bob.key, octets=message) == b"text"


def test_several_keys_in_one_file(sop, alice, bob):
    both = sop.write("both", binary(alice.key) + binary(bob.key))
    signature = sop.write("signature", sop("sign", both, octets=b"text"))
    lines = sop("verify", signature, alice.cert, bob.cert, octets=b"text").decode().splitlines()
    assert [line.split()[2] for line in lines] == [alice.fingerprint, bob.fingerprint]
    certificates = sop("extract-cert", octets=both.read_bytes())
    assert len(recipients(sop("encrypt", sop.write("certs", certificates), octets=b"x"))) == 2


def test_the_same_twice_counts_once(sop, alice):
    assert len(recipients(sop("encrypt", alice.cert, alice.cert, octets=b"x"))) == 1
    signature = sop("sign", alice.key, alice.key, octets=b"x")
    assert len(list(packets.split(armor.binary(signature)))) == 1


def test_a_certificate_that_others_have_flooded_is_used(sop, alice):
    other = raw.packet(2, raw.Key(1_600_000_000).sign(0x13, b"", 1_600_000_000))
    flooded = sop.write("flooded", armor.binary(alice.cert.read_bytes()) + other * 25_000)
    assert len(recipients(sop("encrypt", flooded, octets=b"x"))) == 1
    assert len(recipients(sop("encrypt", flooded, flooded, alice.cert, octets=b"x"))) == 1


def test_a_revocation_in_one_of_two_states_counts(sop, alice):
    revoked = sop.write("revoked", sop("revoke-key", octets=alice.key.read_bytes()))
    for order in ([alice.cert, revoked], [revoked, alice.cert]):
        said = sop.fails(17, "encrypt", *order, octets=b"x")
        assert "was revoked" in said
    signature = sop.write("signature", sop("sign", alice.key, octets=b"x"))
    sop.fails(3, "verify", signature, alice.cert, revoked, octets=b"x")


@pytest.mark.parametrize(
    "arguments",
    [
        ["encrypt", "{key}"],
        ["verify", "{signature}", "{key}"],
        ["verify", "{cert}", "{cert}"],
        ["inline-verify", "{key}"],
        ["sign", "{cert}"],
        ["inline-sign", "{cert}"],
        ["encrypt", "--sign-with={cert}", "{cert}"],
        ["decrypt", "{cert}"],
        ["decrypt", "--verify-with={key}", "--verifications-out=v", "{key}"],
        ["encrypt", "{signature}"],
        ["encrypt", "{empty}"],
        ["sign", "{empty}"],
        ["sign", "{text}"],
        ["encrypt", "{text}"],
        ["encrypt", "{cut}"],
    ],
)
@pytest.mark.parametrize("armored", [True, False], ids=["armored", "binary"])
def test_the_one_where_the_other_belongs_is_bad_data(sop, alice, arguments, armored):
    def write(name, octets):
        return sop.write(name, octets if armored else armor.binary(octets))

    files = {
        "key": write("key", alice.key.read_bytes()),
        "cert": write("cert", alice.cert.read_bytes()),
        "signature": write("signature", sop("sign", alice.key, octets=b"x")),
        "empty": sop.write("empty", b""),
        "text": sop.write("text", b"no OpenPGP"),
        "cut": sop.write("cut", (alice.cert.read_bytes() if armored else binary(alice.cert))[:150]),
    }
    said = sop.fails(41, *(argument.format_map(files) for argument in arguments), octets=b"x")
    assert str(sop.folder) in said


@pytest.mark.parametrize("armored", [True, False])
def test_the_one_where_the_other_belongs_is_named(sop, alice, armored):
    """The commonest of all mistakes."""
    key, cert = (p if armored else sop.write(p.name, binary(p)) for p in (alice.key, alice.cert))
    assert f"{key}: it holds a secret key, no certificate. " in sop.fails(41, "encrypt", key, octets=b"x")
    for subcommand in ("sign", "decrypt"):
        assert f"{cert}: it holds a certificate, no secret key. " in sop.fails(41, subcommand, cert, octets=b"x")
    assert f"{cert}: it holds a certificate, no signature. " in sop.fails(41, "verify", cert, alice.cert, octets=b"x")


def test_standard_input_of_the_wrong_kind_is_bad_data(sop, alice):
    for subcommand in ("extract-cert", "revoke-key", "change-key-password"):
        said = sop.fails(41, subcommand, octets=alice.cert.read_bytes())
        assert "standard input: it holds a certificate, no secret key." in said
        sop.fails(41, subcommand, octets=b"")


def test_a_primary_key_that_is_elsewhere_is_the_reason_that_is_named(sop, alice):
    """As ``gpg --export-secret-subkeys`` leaves it: specifier 101 is GnuPG's own."""
    key = secret_key.split(binary(alice.key))
    subkeys = [part.packet for part in key.parts[1:]]
    stub = packets.encode(Tag.SECRET_KEY, key.parts[0].public.body + b"\xff\x00\x65\x00GNU\x01")
    said = sop.fails(79, "sign", sop.write("stub", secret_key.join(key.public_octets, [stub, *subkeys])), octets=b"x")
    assert f"cannot sign: the secret half of {alice.fingerprint}, which may, is not in there." in said


def test_a_key_signs_with_whichever_password_opens_it(sop, protected, password):
    wrong = sop.write("wrong", b"some other")
    assert "give its password" in sop.fails(67, "sign", protected.key, octets=b"x")
    assert "no password that was given" in sop.fails(
        67, "sign", f"--with-key-password={wrong}", protected.key, octets=b"x"
    )
    given = [f"--with-key-password={wrong}", f"--with-key-password={password}"]
    signature = sop.write("signature", sop("sign", *given, protected.key, octets=b"x"))
    assert sop("verify", signature, protected.cert, octets=b"x")


def test_a_password_is_not_asked_of_a_key_that_has_none(sop, alice, password):
    assert sop("sign", f"--with-key-password={password}", alice.key, octets=b"x")


def test_a_key_that_may_not_sign_says_why(sop, alice):
    revoked = sop.write("revoked", revoked_key(sop, alice.key))
    assert "was revoked" in sop.fails(79, "sign", revoked, octets=b"x")


def test_an_expired_certificate_is_not_encrypted_to_and_an_expired_key_does_not_sign(sop):
    created = int(time.time()) - 1000
    made = generation.generate(
        profiles.PROFILES["ed25519"], ["Old"], None, created=created, engine=PgpyEngine(), random=os.urandom, life=10
    )
    key = sop.write("key", made.octets)
    cert = sop.write("cert", made.certificate)
    assert "expired" in sop.fails(17, "encrypt", cert, octets=b"x")
    assert "expired" in sop.fails(79, "sign", key, octets=b"x")


def test_a_designated_revoker_among_the_certificates_counts(sop):
    """RFC 9580 §5.2.3.23."""
    made = 1_700_000_000
    alice, carol = raw.Key(made), raw.Key(made)
    appointed = raw.sub(12, b"\x80\x16" + carol.fingerprint)
    direct = raw.packet(2, alice.sign(0x1F, alice.hashed, made, hashed=appointed))
    revocation = raw.packet(2, carol.sign(0x20, alice.hashed, made + 60))
    keys = [raw.subkey(one, raw.Key(made, encrypting=True), made) for one in (alice, carol)]
    user_ids = [raw.user_id(one, b"<somebody@example.org>", made) for one in (alice, carol)]
    revoked = sop.write("revoked", raw.packet(6, alice.body) + direct + revocation + user_ids[0] + keys[0])
    revoker = sop.write("revoker", raw.packet(6, carol.body) + user_ids[1] + keys[1])
    sop("encrypt", revoked, octets=b"x")
    sop.fails(17, "encrypt", revoked, revoker, octets=b"x")
