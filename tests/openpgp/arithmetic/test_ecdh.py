"""Session keys wrapped for keys on every curve: whoever holds the secret half unwraps them, PGPy and gpg alike."""

import dataclasses

import pytest

from ithaca.errors import OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp import packets, secret_key
from ithaca.openpgp.arithmetic import ecdh
from ithaca.openpgp.engine import KeyKind, SessionKey
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.pgpy_shim import pgpy
from ithaca.openpgp.public_key import encode_mpi

NOW = 1_790_000_000
CURVES = ["cv25519", "nistp256", "nistp384", "nistp521", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"]
BLOCK = b"\x09" + bytes(range(32)) + b"\x01\xf0"


@pytest.fixture
def key(alice):
    return alice.certificate.encryption_keys(NOW)[0]


def _by_pgpy(engine, component, pkesk):
    """PGPy's unwrapping shares no code with ours."""
    locked = engine.lock(component, None, random=bytes)
    secret = pgpy.packet.Packet(bytearray(locked))
    cipher, octets = pgpy.packet.Packet(bytearray(packets.encode(Tag.PKESK, pkesk))).decrypt_sk(secret)
    return SessionKey(int(cipher), bytes(octets))


@pytest.mark.parametrize("curve", CURVES)
def test_what_is_wrapped_for_a_key_of_gpgs_is_unwrapped_by_pgpy_and_by_us(gpg, engine, curve):
    primary = "ed25519" if curve == "cv25519" else curve
    made = ["--faked-system-time", str(NOW), "--quick-generate-key", "Test <t@example.org>", primary, "cert", "never"]
    gpg(*made)
    fingerprint = gpg("--list-keys", "--with-colons").stdout.decode().split("fpr:::::::::")[1].split(":")[0]
    gpg("--faked-system-time", str(NOW), "--quick-add-key", fingerprint, curve, "encr", "never")
    ours = secret_key.unlock(gpg("--export-secret-keys").stdout, b"correct horse", engine)
    (component,) = [c for c in ours.decrypting() if c.public.subkey]
    for session in (SessionKey(9, bytes(range(32))), SessionKey(7, bytes(range(16)))):
        wrapped = engine.encrypt(component.public, session)
        assert engine.decrypt(component, wrapped) == session
        assert _by_pgpy(engine, component, wrapped) == session


def test_every_session_key_has_an_ephemeral_key_of_its_own(key):
    first, second = (ecdh.wrap(key, BLOCK) for _ in range(2))
    assert first[2:35] != second[2:35]
    assert first[-40:] != second[-40:]


def test_a_derivation_that_no_curve_names_is_refused(key):
    for derivation in (b"\x02\x09", b"\x0b\x09", b"\x08\x02", b"\x08\x0a"):
        odd = dataclasses.replace(key, material=key.material[:-2] + derivation)
        with pytest.raises(UnsupportedAlgorithm, match="key derivation"):
            ecdh.wrap(odd, BLOCK)


def test_a_point_that_gives_the_secret_away_is_refused(key):
    """Of small order: the shared secret would be zero whatever our key is (RFC 7748 §6.1)."""
    start = 1 + key.material[0] + 2
    for point in (bytes(32), b"\x01" + bytes(31)):
        odd = dataclasses.replace(key, material=key.material[: start + 1] + point + key.material[start + 33 :])
        with pytest.raises(OpenPGPError, match="not on its curve"):
            ecdh.wrap(odd, BLOCK)


def test_an_ephemeral_point_that_is_none_opens_nothing(engine):
    """RFC 9580 §11.5: compressed, off the curve, or at infinity; of the old curve, without its 0x40."""
    component = engine.generate_key(KeyKind(18, "P-256"), NOW)
    session = SessionKey(9, bytes(range(32)))
    body = engine.encrypt(component.public, session)
    assert engine.decrypt(component, body) == session
    head, point, rest = body[:10], body[12:77], body[77:]
    compressed = bytes([2 + (point[-1] & 1)]) + point[1:33]
    for other in (compressed, point[:-1] + bytes([point[-1] ^ 1]), b"", b"\x06" + point[1:]):
        assert engine.decrypt(component, head + encode_mpi(other) + rest) is None


def test_an_ephemeral_point_of_small_order_opens_nothing(engine, alice):
    (component,) = alice.decrypting()
    body = engine.encrypt(component.public, SessionKey(9, bytes(32)))
    for point in (b"\x40" + bytes(32), b"\x40\x01" + bytes(31), body[13:45]):
        assert engine.decrypt(component, body[:10] + encode_mpi(point) + body[45:]) is None


def test_a_point_off_its_curve_is_refused(key):
    oid = bytes.fromhex("082A8648CE3D030107")
    point = b"\x04" + bytes(63) + b"\x05"
    material = oid + (515).to_bytes(2, "big") + point + b"\x03\x01\x08\x07"
    odd = dataclasses.replace(key, material=material, curve="P-256")
    with pytest.raises(OpenPGPError, match="not on its curve"):
        ecdh.wrap(odd, BLOCK)
