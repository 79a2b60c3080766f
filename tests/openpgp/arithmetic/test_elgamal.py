"""Old keys of gpg's making: their letters are opened, and nothing is written to them."""

import time

import pytest

from ithaca.errors import OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp import packets, public_key
from ithaca.openpgp.arithmetic import elgamal
from ithaca.openpgp.engine import SessionKey
from ithaca.openpgp.packets import Tag
from openpgp import numbers, raw

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


def _material(*values):
    return b"".join(public_key.encode_mpi(v.to_bytes((v.bit_length() + 7) // 8, "big")) for v in values)


@pytest.fixture(scope="module")
def group():
    """(p, g, x, y) of an honest key: p is a prime of ours, and its generator is of a large order."""
    p, _, g = numbers.DSA[2048]
    x = int.from_bytes(bytes(range(1, 29)), "big")
    return p, g, x, pow(g, x, p)


def test_an_honest_group_is_taken(group):
    p, g, x, y = group
    assert elgamal.private(public_key.encode(4, NOW, 16, _material(p, g, y)), _material(x)).x == x


def test_a_group_that_tells_the_secret_is_refused(group):
    """Bruseghini, Huigens and Paterson, CCS 2022: y = g^x holds in all of these, whoever knows x or not."""
    p, g, x, y = group
    # Of order 3, modulo a prime that has it; and a group that is always 1 modulo 257, put onto the honest one by the
    # Chinese remainder theorem.
    smooth = next(n for n in range(6 * 2**600 + 1, 6 * 2**600 + 10**6, 6) if pow(2, n - 1, n) == 1)
    root = next(h for h in (pow(b, (smooth - 1) // 3, smooth) for b in range(2, 99)) if h != 1)
    lifted = [value + p * ((1 - value) * pow(p, -1, 257) % 257) for value in (g, y)]
    forged = [(p, 1, 1), (p, p - 1, pow(p - 1, x, p)), (smooth, root, pow(root, x, smooth)), (p * 257, *lifted)]
    for modulus, generator, value in forged:
        assert pow(generator, x, modulus) == value
        key = public_key.encode(4, NOW, 16, _material(modulus, generator, value))
        with pytest.raises(OpenPGPError, match="Elgamal"):
            elgamal.private(key, _material(x))


def test_numbers_out_of_range_are_refused():
    private = elgamal.PrivateKey((1 << 1024) - 105, 12345)
    one = private.p - 1
    for first, second in ((0, 5), (1, 5), (private.p, 5), (5, 0), (5, private.p)):
        fields = b"".join(public_key.encode_mpi(n.to_bytes(128, "big")) for n in (first, second))
        with pytest.raises(ValueError, match="out of range"):
            elgamal.decrypt(private, fields)
    assert repr(one) not in repr(private)
    assert "12345" not in repr(private)


def test_a_modulus_made_to_be_slow_to_judge_costs_no_more_than_another():
    """Whose predecessor has thousands of factors of two."""
    modulus, generator, exponent = 3 * 2**4000 + 1, 3, 5
    material = b"".join(raw.number(value) for value in (modulus, generator, generator**exponent))
    key = public_key.parse(b"\x04" + bytes(4) + b"\x10" + material)
    before = time.process_time()
    with pytest.raises(OpenPGPError, match="is none"):
        elgamal.private(key, raw.number(exponent))
    assert time.process_time() - before < 2
