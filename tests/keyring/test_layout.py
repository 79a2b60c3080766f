"""Names of paths, both ways."""

from pathlib import PurePath

import pytest

from ithaca.keyring import layout

FINGERPRINT = "EB85BB5FA33A75E15E944E63F231550C4F47E38E"


def test_names_read_back():
    key = layout.key_file(PurePath("/k"), FINGERPRINT)
    assert layout.fingerprint_of_key(key.name) == FINGERPRINT
    path = layout.certificate_file(PurePath("/k"), FINGERPRINT)
    assert path == PurePath("/k/certs/eb/85bb5fa33a75e15e944e63f231550c4f47e38e")
    assert layout.fingerprint_of_certificate(path.parent.name, path.name) == FINGERPRINT


def test_names_of_version_6_read_back():
    """RFC 9580 §5.5.4: 32 octets."""
    fingerprint = "CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9"
    key = layout.key_file(PurePath("/k"), fingerprint)
    assert layout.fingerprint_of_key(key.name) == fingerprint
    path = layout.certificate_file(PurePath("/k"), fingerprint)
    assert layout.fingerprint_of_certificate(path.parent.name, path.name) == fingerprint


def test_the_revocation_certificate_has_the_keys_name():
    path = layout.revocation_file(PurePath("/k"), FINGERPRINT)
    assert path == PurePath("/k/revocations/eb85bb5fa33a75e15e944e63f231550c4f47e38e.asc")


@pytest.mark.parametrize(
    ("folder", "name"),
    [("eb", "x"), ("ebc", "0" * 37), ("EB", "0" * 38), ("_x", "0" * 38), ("eb", "0" * 38 + ".tmp")],
)
def test_other_names_are_ignored(folder, name):
    assert layout.fingerprint_of_certificate(folder, name) is None
