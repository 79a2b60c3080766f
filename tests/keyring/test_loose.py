"""Keys and certificates handed over as files."""

import pytest

from ithaca.errors import OpenPGPError
from ithaca.keyring import loose
from ithaca.keyring.store import Keyring
from ithaca.openpgp import armor


def test_armored_and_binary_files_are_read(sample_keyring, engine):
    keyring = Keyring(sample_keyring("alice"), engine)
    (own,) = keyring.secret_fingerprints()
    octets = keyring.secret_octets(own)
    for form in (octets, armor.armor("PRIVATE KEY BLOCK", octets)):
        assert loose.secret(form, b"ithaca-sample", engine).fingerprint == own
    both = b"".join(c.octets for c in keyring.certificates())
    found = loose.certificates(armor.armor("PUBLIC KEY BLOCK", both), engine)
    held = loose.Loose(found)
    assert len(found) == 2
    assert held.lookup(own)[0].fingerprint == own
    assert held.claims("bob@openpgp.example")[0].fingerprint != own


@pytest.mark.parametrize("octets", [b"", b"words", b"\xc6"])
def test_other_files_are_refused(engine, octets):
    with pytest.raises(OpenPGPError):
        loose.certificates(octets, engine)
    with pytest.raises(OpenPGPError):
        loose.secret(octets, None, engine)
