"""X25519 and X448: session keys come back, in both versions of the packet; points that give secrets away do not."""

import dataclasses

import pytest

from ithaca.errors import OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp import packets
from ithaca.openpgp.arithmetic import montgomery
from ithaca.openpgp.engine import KeyKind, SessionKey
from openpgp import annex_a

NOW = 1_790_000_000
SESSION = SessionKey(9, bytes(range(32)))


@pytest.fixture(params=[25, 26])
def component(request, engine):
    return engine.generate_key(KeyKind(request.param), NOW, version=6, subkey=True)


def test_the_session_key_of_annex_a_comes_out(engine):
    """A.8, for the subkey of A.4."""
    subkey = engine.unlock(packets.encode(packets.Tag.SECRET_SUBKEY, annex_a.A4_SUBKEY), None)
    assert engine.decrypt(subkey, annex_a.A8_X25519[1]) == SessionKey(0, annex_a.A8_SESSION)


def test_the_cipher_stands_in_clear_in_version_3_alone(component):
    size = len(component.public.material)
    old, new = (montgomery.wrap(component.public, SESSION, version) for version in (3, 6))
    assert (old[size], old[size + 1], new[size]) == (41, 9, 40)


def test_a_session_key_of_another_count_is_none(component):
    for version in (3, 6):
        fields = montgomery.wrap(component.public, SESSION, version)
        assert montgomery.unwrap(component.public, component.private, fields, version) is not None
        for broken in (fields[:-1], fields + b"x", fields[: len(component.public.material)], b""):
            assert montgomery.unwrap(component.public, component.private, broken, version) is None


def test_a_point_of_small_order_is_refused(component):
    """The shared secret would be zero whatever our key is (RFC 7748 §6.1)."""
    odd = dataclasses.replace(component.public, material=bytes(len(component.public.material)))
    with pytest.raises(OpenPGPError, match="its point is none"):
        montgomery.wrap(odd, SESSION, 6)
    fields = bytearray(montgomery.wrap(component.public, SESSION, 6))
    fields[: len(component.public.material)] = bytes(len(component.public.material))
    with pytest.raises(ValueError):  # noqa: PT011 (the library's words)
        montgomery.unwrap(component.public, component.private, bytes(fields), 6)


def test_an_old_cipher_is_neither_written_nor_read(component):
    """RFC 9580 §5.1.6: AES alone goes with version 3 here."""
    with pytest.raises(UnsupportedAlgorithm):
        montgomery.wrap(component.public, SessionKey(2, bytes(24)), 3)
    fields = bytearray(montgomery.wrap(component.public, SessionKey(8, bytes(24)), 3))
    fields[len(component.public.material) + 1] = 2
    assert montgomery.unwrap(component.public, component.private, bytes(fields), 3) is None
