"""The secret part of a key packet: opened with the passphrase, and with nothing else."""

import hashlib
import itertools
import os
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import LimitExceeded, MalformedPacket, OpenPGPError, PassphraseError, UnsupportedAlgorithm
from ithaca.openpgp import aead, packets, protection, public_key, s2k, symmetric
from ithaca.openpgp.engine import SessionKey
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.public_key import encode_mpi
from ithaca.openpgp.s2k import S2K
from openpgp import annex_a, raw

PASSPHRASE = b"correct horse"
NOW = 1_790_000_000
KEY = raw.Key(NOW - 1000)
MATERIAL = encode_mpi(KEY.private.private_bytes_raw())
V4 = public_key.parse_public(KEY.body)
SECRET_6 = ed25519.Ed25519PrivateKey.generate()
V6 = public_key.encode(6, NOW - 1000, 27, SECRET_6.public_key().public_bytes_raw())
MATERIAL_6 = SECRET_6.private_bytes_raw()
CHEAP = S2K(s2k.ARGON2, salt=bytes(range(16)), passes=1, lanes=1, memory=3)
SALTED = S2K(s2k.SALTED, 8, bytes(range(8)))
IV = bytes(range(40, 56))
WRONG = "The passphrase does not open the secret key {}."


@pytest.fixture
def cheap(monkeypatch):
    """What is written costs next to nothing."""
    monkeypatch.setattr(s2k, "argon2", lambda salt: S2K(s2k.ARGON2, salt=salt, passes=1, lanes=1, memory=3))
    monkeypatch.setattr(s2k, "iterated", lambda salt: S2K(s2k.ITERATED, 8, salt, 0))


def unlocked(public, body, passphrase=PASSPHRASE, tag=Tag.SECRET_KEY):
    return protection.unlock(protection.split(public, body), public, tag, passphrase)


def cfb(public, usage, cipher, specifier, material, proof, *, passphrase=PASSPHRASE):
    """The body of a packet with usage 254 or 255, from §5.5.3."""
    iv = IV[: symmetric.CIPHERS[cipher].block_length]
    session = SessionKey(cipher, specifier.derive(passphrase, symmetric.CIPHERS[cipher].key_length))
    encrypted = symmetric.encryptor(session, iv).update(material + proof)
    encoded = specifier.encode()
    if public.version == 6:
        parameters = bytes([cipher, len(encoded)]) + encoded + iv
        return public.body + bytes([usage, len(parameters)]) + parameters + encrypted
    return public.body + bytes([usage, cipher]) + encoded + iv + encrypted


def sha1(material):
    return hashlib.sha1(material).digest()


def checksum(material):
    return (sum(material) % 65536).to_bytes(2, "big")


# --- what we write -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("public", "material"), [(V4, MATERIAL), (V6, MATERIAL_6)], ids=["v4", "v6"])
@pytest.mark.parametrize("tag", [Tag.SECRET_KEY, Tag.SECRET_SUBKEY])
@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_what_is_locked_opens_again(public, material, tag, passphrase):
    body = protection.lock(public, tag, material, passphrase, os.urandom)
    assert body.startswith(public.body)
    assert (material in body) is (passphrase is None)
    assert protection.split(public, body).is_protected is (passphrase is not None)
    assert unlocked(public, body, passphrase, tag) == material


def test_version_4_is_locked_as_gnupg_reads_it_and_version_6_as_the_standard_wants_it():
    four = protection.split(V4, protection.lock(V4, 5, MATERIAL, PASSPHRASE, os.urandom))
    assert (four.usage, four.cipher, four.mode) == (254, 9, 0)
    assert (four.s2k.kind, four.s2k.hash, s2k.octets_of(four.s2k.count)) == (s2k.ITERATED, 8, 65_011_712)
    six = protection.split(V6, protection.lock(V6, 5, MATERIAL_6, PASSPHRASE, os.urandom))
    assert (six.usage, six.cipher, six.mode, six.s2k.kind) == (253, 9, 2, s2k.ARGON2)


def test_salt_and_iv_are_drawn_anew_each_time(cheap):
    for public, material in ((V4, MATERIAL), (V6, MATERIAL_6)):
        drawn = []

        def random(count, drawn=drawn):
            drawn.append(os.urandom(count))
            return drawn[-1]

        secrets = [protection.split(public, protection.lock(public, 5, material, PASSPHRASE, random)) for _ in "ab"]
        assert {s.s2k.salt for s in secrets} | {s.iv for s in secrets} == set(drawn)
        assert len(set(drawn)) == 4


def test_gpg_imports_what_is_locked_and_signs_with_it(gpg):
    body = protection.lock(V4, Tag.SECRET_KEY, MATERIAL, PASSPHRASE, os.urandom)
    user_id = raw.user_id(KEY, b"Alice <alice@example.org>", NOW - 1000)
    gpg("--import", data=packets.encode(Tag.SECRET_KEY, body) + user_id)
    clock = ("--faked-system-time", str(NOW))
    assert b"-----BEGIN PGP SIGNATURE-----" in gpg(*clock, "--armor", "--detach-sign", data=b"document").stdout


# --- what others wrote ---------------------------------------------------------------------------------


def test_the_sample_of_annex_a_opens(sample_memory):
    """A.4 and A.5: the same key, unlocked and locked with AES-256, OCB and Argon2 over 2 GiB."""
    public = public_key.parse(annex_a.A4_PRIMARY)
    material = unlocked(public, annex_a.A4_PRIMARY, None)
    assert ed25519.Ed25519PrivateKey.from_private_bytes(material).public_key().public_bytes_raw() == public.material
    assert unlocked(public, annex_a.A5_PRIMARY, annex_a.LOCKED_PASSPHRASE) == material


@pytest.fixture
def sample_memory():
    available = re.search(r"MemAvailable: *(\d+) kB", Path("/proc/meminfo").read_text())
    if available is None or int(available[1]) << 10 < 3 << 30:
        pytest.skip("less than 3 GiB of memory can be had, and the sample takes two")


def test_a_key_that_gpg_made_opens(gpg):
    gpg("--faked-system-time", str(NOW), "--quick-generate-key", "Test <t@example.org>", "ed25519", "sign", "never")
    packet = next(packets.split(gpg("--export-secret-keys").stdout))
    public = public_key.parse(packet.body)
    secret = protection.split(public, packet.body)
    material = protection.unlock(secret, public, packet.tag, PASSPHRASE)
    seed = material[2:].rjust(32, b"\0")
    made = ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert public.material.endswith(made)
    with pytest.raises(PassphraseError):
        protection.unlock(secret, public, packet.tag, b"wrong horse")


@pytest.mark.parametrize("cipher", [n for n in symmetric.CIPHERS if n != 10])
@pytest.mark.parametrize("specifier", [S2K(s2k.SIMPLE, 2), SALTED, S2K(s2k.ITERATED, 2, bytes(8), 0x60)])
def test_every_cipher_that_ever_protected_a_key_opens(cipher, specifier):
    for usage, proof in ((254, sha1), (255, checksum)):
        body = cfb(V4, usage, cipher, specifier, MATERIAL, proof(MATERIAL))
        assert unlocked(V4, body) == MATERIAL


def test_version_6_may_have_a_digest():
    assert unlocked(V6, cfb(V6, 254, 9, SALTED, MATERIAL_6, sha1(MATERIAL_6))) == MATERIAL_6


@pytest.mark.parametrize("version", [4, 6])
def test_authentication_goes_with_every_specifier_but_the_stub(version):
    public, material = (V4, MATERIAL) if version == 4 else (V6, MATERIAL_6)
    for specifier, (cipher, mode) in itertools.product((CHEAP, SALTED), ((7, 2), (8, 3), (9, 2), (9, 3))):
        assert unlocked(public, authenticated(public, material, specifier, cipher, mode)) == material


def authenticated(public, material, specifier, cipher, mode, tag=5):
    """The body of a packet with usage 253, from §5.5.3."""
    head = bytes([0xC0 | tag])
    derived = specifier.derive(PASSPHRASE, symmetric.CIPHERS[cipher].key_length)
    info = head + bytes([public.version, cipher, mode])
    nonce = IV[: aead.MODES[mode].nonce]
    encrypted = aead.Wrapping(cipher, mode, derived, info).encrypt(nonce, material, head + public.body)
    encoded = specifier.encode()
    counted = bytes([len(encoded)]) if public.version == 6 else b""
    parameters = bytes([cipher, mode]) + counted + encoded + nonce
    counted = bytes([len(parameters)]) if public.version == 6 else b""
    return public.body + bytes([253]) + counted + parameters + encrypted


# --- refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("usage", [1, 3, 9, 99, 100, 252])
def test_protection_of_long_ago_is_refused_in_words(usage):
    with pytest.raises(UnsupportedAlgorithm, match=f"{V4.fingerprint} .*long ago.*GnuPG"):
        protection.split(V4, V4.body + bytes([usage]) + bytes(60))


@pytest.mark.parametrize("usage", [1, 9, 99, 252, 255])
def test_version_6_with_what_is_forbidden_to_it_is_malformed(usage):
    """§3.7.2.1: MUST be rejected, even where all else is right."""
    body = cfb(V6, 255, 9, SALTED, MATERIAL_6, checksum(MATERIAL_6))
    at = len(V6.body)
    assert body[at] == 255
    with pytest.raises(MalformedPacket):
        protection.split(V6, body[:at] + bytes([usage]) + body[at + 1 :])


@pytest.mark.parametrize("usage", [254, 255])
def test_argon2_without_authentication_is_malformed(usage):
    """§3.7.2.1: MUST be rejected as malformed."""
    proof = {254: sha1, 255: checksum}[usage]
    with pytest.raises(MalformedPacket, match="Argon2"):
        protection.split(V4, cfb(V4, usage, 9, CHEAP, MATERIAL, proof(MATERIAL)))


def test_no_key_costs_more_than_it_may():
    dear = S2K(s2k.ARGON2, salt=bytes(16), passes=255, lanes=4, memory=31)
    body = V4.body + bytes([253, 9, 2]) + dear.encode() + bytes(60)
    with pytest.raises(LimitExceeded):
        protection.split(V4, body)


def test_modes_and_ciphers_that_are_not_had_are_unsupported():
    for start in (bytes([253, 9, 1]), bytes([253, 9, 0]), bytes([253, 9, 9]), bytes([254, 0]), bytes([254, 50])):
        with pytest.raises(UnsupportedAlgorithm):
            protection.split(V4, V4.body + start + SALTED.encode() + bytes(60))
    for start in (bytes([253, 10, 2]), bytes([253, 13, 2]), bytes([254, 10])):
        with pytest.raises(UnsupportedAlgorithm):
            unlocked(V4, V4.body + start + SALTED.encode() + bytes(60))


def bodies():
    """Every kind of protection, cheap: (public, material, body)."""
    yield V4, MATERIAL, cfb(V4, 254, 9, SALTED, MATERIAL, sha1(MATERIAL))
    yield V4, MATERIAL, authenticated(V4, MATERIAL, CHEAP, 9, 2)
    yield V6, MATERIAL_6, authenticated(V6, MATERIAL_6, CHEAP, 9, 2)
    yield V6, MATERIAL_6, authenticated(V6, MATERIAL_6, SALTED, 9, 3)
    yield V6, MATERIAL_6, cfb(V6, 254, 9, SALTED, MATERIAL_6, sha1(MATERIAL_6))


every_kind = pytest.mark.parametrize(
    ("public", "material", "body"), list(bodies()), ids=["4-254", "4-253", "6-253-argon2", "6-253-salted", "6-254"]
)


@every_kind
def test_a_wrong_passphrase_says_nothing_but_that(public, material, body):
    assert unlocked(public, body) == material
    for wrong in (b"", b"correct hors", b"correct horse ", "cörrect horse".encode()):
        with pytest.raises(PassphraseError) as refused:
            unlocked(public, body, wrong)
        assert str(refused.value) == WRONG.format(public.fingerprint)
    with pytest.raises(PassphraseError, match="needs a passphrase"):
        unlocked(public, body, None)


@every_kind
def test_every_altered_octet_is_found(public, material, body):
    assert unlocked(public, body) == material
    for at in range(len(public.body), len(body)):
        altered = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises((OpenPGPError, PassphraseError)) as refused:
            unlocked(public, altered)
        if at >= len(body) - len(material) - 16:
            assert str(refused.value) == WRONG.format(public.fingerprint)


@every_kind
def test_every_cut_is_found_and_every_addition(public, material, body):
    for end in range(len(public.body), len(body)):
        with pytest.raises((MalformedPacket, PassphraseError)):
            unlocked(public, body[:end])
    with pytest.raises(PassphraseError):
        unlocked(public, body + b"\0")


@pytest.mark.parametrize(("at", "by"), [(1, 1), (1, -1), (3, 1), (3, -1), (4, 1), (4, -1)])
def test_the_counts_of_version_6_must_be_right(at, by):
    """§5.5.3: of all parameters, and of the specifier among them (behind one octet in 254, two in 253)."""
    kinds = {3: cfb(V6, 254, 9, SALTED, MATERIAL_6, sha1(MATERIAL_6)), 4: bodies6_253()}
    for place, body in kinds.items():
        if at in (1, place):
            where = len(V6.body) + at
            with pytest.raises(MalformedPacket):
                protection.split(V6, body[:where] + bytes([body[where] + by]) + body[where + 1 :])


def bodies6_253():
    return authenticated(V6, MATERIAL_6, SALTED, 9, 2)


@pytest.mark.parametrize(("public", "material"), [(V4, MATERIAL), (V6, MATERIAL_6)], ids=["v4", "v6"])
def test_authentication_binds_the_public_half_and_the_type(public, material):
    """Bruseghini, Huigens and Paterson: with usage 253 alone nobody can put another public half in front."""
    body = authenticated(public, material, CHEAP, 9, 2)
    other = public_key.parse(public.body[:4] + bytes([public.body[4] ^ 1]) + public.body[5:])
    with pytest.raises(PassphraseError):
        unlocked(other, other.body + body[len(public.body) :])
    with pytest.raises(PassphraseError):
        unlocked(public, body, tag=Tag.SECRET_SUBKEY)


def test_an_unprotected_key_of_version_4_has_a_sum():
    body = protection.lock(V4, 5, MATERIAL, None, os.urandom)
    for at in range(len(V4.body) + 1, len(body)):
        with pytest.raises(MalformedPacket, match="damaged"):
            unlocked(V4, body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :], None)
    for end in range(len(V4.body), len(body)):
        with pytest.raises(MalformedPacket):
            unlocked(V4, body[:end], None)


def test_a_secret_part_shows_nothing():
    body = protection.lock(V6, 5, MATERIAL_6, None, os.urandom)
    shown = repr(protection.split(V6, body))
    assert "Secret" in shown
    assert str(MATERIAL_6) not in shown
    assert MATERIAL_6.hex() not in shown


# --- not in the file -----------------------------------------------------------------------------------


def test_an_offline_primary_key_is_absent(gpg):
    gpg("--faked-system-time", str(NOW), "--quick-generate-key", "Test <t@example.org>", "ed25519", "sign", "never")
    name = public_key.parse(next(packets.split(gpg("--export-secret-keys").stdout)).body).fingerprint
    gpg("--faked-system-time", str(NOW), "--quick-add-key", name, "cv25519", "encr", "never")
    primary, *_, subkey, _ = packets.split(gpg("--export-secret-subkeys").stdout)
    public = public_key.parse(primary.body)
    secret = protection.split(public, primary.body)
    assert (secret.is_absent, secret.is_protected) == (True, False)
    for passphrase in (None, PASSPHRASE):
        with pytest.raises(UnsupportedAlgorithm, match=f"{name} is not in this file"):
            protection.unlock(secret, public, primary.tag, passphrase)
    other = public_key.parse(subkey.body, subkey=True)
    assert not protection.split(other, subkey.body).is_absent


def test_a_key_on_a_card_is_absent():
    for usage in (254, 255):
        body = V4.body + bytes([usage, 0, 101, 0]) + b"GNU\x02\x10" + bytes(range(16))
        assert protection.split(V4, body).is_absent


@given(rest=st.binary(max_size=80), usage=st.sampled_from([0, 253, 254, 255]), start=st.sampled_from(range(4)))
def test_any_octets_are_a_secret_or_an_error_of_ours(rest, usage, start):
    begin = [b"", bytes([usage]), bytes([usage, 9]) + SALTED.encode(), bytes([usage, 9, 2]) + SALTED.encode()][start]
    for public in (V4, V6):
        try:
            secret = protection.split(public, public.body + begin + rest)
        except OpenPGPError:
            continue
        if secret.s2k is None or secret.s2k.work < 1 << 24:
            try:
                protection.unlock(secret, public, 5, PASSPHRASE)
            except (OpenPGPError, PassphraseError):
                continue
