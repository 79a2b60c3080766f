"""Old keys of gpg's making: their letters are opened, and nothing is written to them."""

import pytest

from ithaca.errors import OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp import packets, public_key
from ithaca.openpgp.arithmetic import elgamal
from ithaca.openpgp.engine import SessionKey
from ithaca.openpgp.packets import Tag

NOW = 1_790_000_000
PARAMETERS = b"""%no-protection
Key-Type: DSA
Key-Length: 2048
Subkey-Type: ELG-E
Subkey-Length: 2048
Name-Email: old@example.org
Expire-Date: 0
%commit
"""


@pytest.fixture
def old(gpg, engine):
    """The components of a key with DSA and Elgamal, and its gpg."""
    gpg("--faked-system-time", str(NOW), "--generate-key", data=PARAMETERS)
    exported = gpg("--export-secret-keys").stdout
    secret = [p.octets for p in packets.split(exported) if p.tag in (Tag.SECRET_KEY, Tag.SECRET_SUBKEY)]
    return [engine.unlock(octets, None) for octets in secret], gpg


def test_a_letter_of_gpgs_is_opened_and_a_signature_of_its_is_verified(old, engine):
    (primary, sub), gpg = old
    clock = ("--faked-system-time", str(NOW + 5))
    sealed = gpg(*clock, "-r", "old@example.org", "--encrypt", data=b"text").stdout
    body = next(packets.split(sealed)).body
    session = engine.decrypt(sub, body)
    assert session is not None
    assert (session.cipher, len(session.key)) in {(9, 32), (7, 16)}
    assert primary.public.algorithm == 17


def test_nothing_is_written_with_them(old, engine):
    (primary, sub), _ = old
    with pytest.raises(UnsupportedAlgorithm, match="Elgamal is not accepted"):
        engine.encrypt(sub.public, SessionKey(9, bytes(32)))
    with pytest.raises(UnsupportedAlgorithm, match="cannot sign"):
        engine.sign(primary, 8, bytes(32))


def test_halves_that_do_not_belong_together_are_refused(old, engine):
    (primary, sub), _ = old
    for component in (primary, sub):
        packet = next(packets.split(engine.lock(component, None, random=bytes)))
        for at in _places_of_values(component.public)[::97]:
            body = bytearray(packet.body)
            body[at] ^= 1
            with pytest.raises(OpenPGPError):
                engine.unlock(packets.encode(packet.tag, bytes(body)), None)


def _places_of_values(public):
    """Every octet of the public integers, without their counts."""
    places, at, start = [], 0, len(public.body) - len(public.material)
    while at < len(public.material):
        _, end = public_key.mpi_end(public.material, at)
        places += range(start + at + 2, start + end)
        at = end
    return places


def test_numbers_out_of_range_are_refused():
    private = elgamal.PrivateKey((1 << 1024) - 105, 12345)
    one = private.p - 1
    for first, second in ((0, 5), (1, 5), (private.p, 5), (5, 0), (5, private.p)):
        fields = b"".join(public_key.encode_mpi(n.to_bytes(128, "big")) for n in (first, second))
        with pytest.raises(ValueError, match="out of range"):
            elgamal.decrypt(private, fields)
    assert repr(one) not in repr(private)
    assert "12345" not in repr(private)
