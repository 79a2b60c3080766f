"""One public key: what gpg says of it, we say too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import OpenPGPError
from ithaca.openpgp import packets, public_key


@pytest.mark.parametrize("kind", ["ed25519", "rsa2048", "nistp256", "brainpoolP256r1"])
def test_fingerprints_agree_with_gpg(gpg, kind):
    gpg("--quick-generate-key", "Test <t@example.org>", kind, "sign", "never")
    listed = gpg("--list-keys", "--with-colons").stdout.decode()
    expected = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
    exported = gpg("--export").stdout
    key = public_key.parse_public(next(packets.split(exported)).body)
    assert key.fingerprint == expected
    assert key.key_id == expected[-16:]


@given(st.binary(max_size=120))
def test_any_octets_are_a_key_or_an_error_of_ours(octets):
    for algorithm in (1, 16, 17, 18, 19, 22, 25):
        try:
            public_key.parse_public(b"\x04" + bytes(4) + bytes([algorithm]) + octets)
        except OpenPGPError:
            continue


@given(st.binary(min_size=1, max_size=40))
def test_integers_read_back(value):
    encoded = public_key.encode_mpi(value)
    assert public_key.mpis(encoded, 1) == (value.lstrip(b"\0"),)
