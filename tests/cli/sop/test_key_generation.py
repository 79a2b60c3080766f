"""generate-key: what each profile makes, and what others say of it."""

import subprocess

import pytest

from ithaca.cli.sop import profiles
from ithaca.openpgp import armor, packets, secret_key
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.openpgp.secret_key import Protection

KINDS = {
    "rfc4880-ed25519": (4, [(22, "Ed25519"), (18, "Curve25519")]),
    "rfc9580": (6, [(27, "Ed25519"), (25, "X25519")]),
    "rfc9580-448": (6, [(28, "Ed448"), (26, "X448")]),
    "rfc4880-rsa3072": (4, [(1, 3072), (1, 3072)]),
    "rfc4880-p256": (4, [(19, "P-256"), (18, "P-256")]),
    "rfc4880-p384": (4, [(19, "P-384"), (18, "P-384")]),
    "rfc4880-brainpool256": (4, [(19, "brainpoolP256r1"), (18, "brainpoolP256r1")]),
}
ALIASES = {
    "default": "rfc4880-ed25519",
    "compatibility": "rfc4880-ed25519",
    "security": "rfc9580",
    "performance": "rfc9580",
}


def generated(sop, *arguments):
    return secret_key.split(armor.binary(sop("generate-key", *arguments)))


def user_ids(key):
    return [p.body.decode() for p in packets.split(key.public_octets) if p.tag == Tag.USER_ID]


def test_every_profile_is_tested():
    # RSA of 4096 bits takes many seconds at times, and differs from that of 3072 in a number of the engine's table.
    assert {*KINDS, "rfc4880-rsa4096"} == {row.name for row in profiles.PROFILES["generate-key"]}


@pytest.mark.parametrize("profile", KINDS)
def test_a_profile_makes_its_kind_of_key(sop, profile):
    key = generated(sop, f"--profile={profile}", "Alice <alice@example.org>")
    made = [(part.public.algorithm, part.public.curve or part.public.bits) for part in key.parts]
    assert (key.version, made) == KINDS[profile]
    assert {part.protection for part in key.parts} == {Protection.NONE}


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_makes_the_same(sop, alias):
    key = generated(sop, f"--profile={alias}", "Alice")
    assert [part.public.algorithm for part in key.parts] == [a for a, _ in KINDS[ALIASES[alias]][1]]


def test_user_ids_as_they_were_given(sop):
    names = ["Ναυσικᾶ <n@example.org>", "second", "-- third"]
    assert user_ids(generated(sop, "--", *names)) == names
    assert user_ids(generated(sop)) == []


def test_a_user_id_that_is_none(sop):
    sop.fails(53, "generate-key", b"\xff".decode(errors="surrogateescape"))
    sop.fails(41, "generate-key", "")
    sop.fails(41, "generate-key", "two\nlines")


def test_signing_only(sop):
    key = sop.write("key", sop("generate-key", "--signing-only", "Alice"))
    cert = sop.write("cert", sop("extract-cert", octets=key.read_bytes()))
    assert len(secret_key.split(armor.binary(key.read_bytes())).parts) == 1
    signature = sop.write("signature", sop("sign", key, octets=b"x"))
    assert sop("verify", signature, cert, octets=b"x")
    sop.fails(17, "encrypt", cert, octets=b"x")


@pytest.mark.parametrize("profile", ["rfc4880-ed25519", "rfc9580"])
def test_with_a_password_every_part_is_protected(sop, profile):
    sop.write("password", b"no man\n")
    key = generated(sop, f"--profile={profile}", "--with-key-password=password", "Alice")
    assert {part.protection for part in key.parts} == {Protection.PASSPHRASE}
    for part in key.parts:
        assert secret_key.unlock_part(part, b"no man", PgpyEngine())


def test_binary(sop):
    octets = sop("generate-key", "--no-armor", "Alice")
    assert octets[0] & 0x80
    assert secret_key.split(octets)


def test_it_can_be_used_at_once_and_expires_in_three_years(sop):
    key = generated(sop, "Alice")
    certificate = Certificate.parse(key.public_octets, PgpyEngine())
    created = certificate.created
    assert certificate.encryption_refused(created) is None
    assert certificate.expires(created) == created + 3 * 365 * 86400


@pytest.mark.parametrize("name", ["sqop", "gosop", "pgpainless-cli"])
def test_others_encrypt_to_it_and_we_read(sop, alice, program, name):
    command = [program(name), "encrypt", alice.cert]
    message = subprocess.run(command, input=b"text", capture_output=True, check=True).stdout
    assert sop("decrypt", alice.key, octets=message) == b"text"


def test_gpg_takes_a_protected_key_and_signs_with_it(sop, protected, program):
    home = sop.path("gnupg")
    home.mkdir(mode=0o700)
    gpg = [program("gpg"), "--homedir", home, "--batch", "--pinentry-mode=loopback", "--passphrase=no man is my name"]
    subprocess.run([*gpg, "--import", protected.key], check=True, capture_output=True)
    signature = subprocess.run([*gpg, "-b"], input=b"text", check=True, capture_output=True).stdout
    assert protected.fingerprint in sop("verify", sop.write("s", signature), protected.cert, octets=b"text").decode()
