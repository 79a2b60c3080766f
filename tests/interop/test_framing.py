"""The eye that sees whether a message is what it is called: on published keys and on messages put together by hand."""

import pytest

from integration.openpgp_letters import armor
from interop import framing
from interop.programs import Failed, Kind
from openpgp import raw

# RFC 9580 A.3 (the certificate's first packets) and its fingerprint.
A3 = bytes.fromhex(
    "c62a0663877fe31b00000020f94da7bb48d60a61e567706a6587d0331999bb9d891a08242ead84543df895a3"
    "ce2a0663877fe319000000208693248367f9e5015db922f8f48095dda784987f2d5985b12fbad16caf5e4435"
)
A3_FINGERPRINT = "CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9"
PKESK3 = raw.packet(1, b"\x03" + bytes.fromhex("0011223344556677") + b"\x12rest")
HIDDEN3 = raw.packet(1, b"\x03" + bytes(8) + b"\x12rest")
PKESK6 = raw.packet(1, b"\x06\x21\x06" + bytes.fromhex(A3_FINGERPRINT) + b"\x19rest")
HIDDEN6 = raw.packet(1, b"\x06\x00\x19rest")
SKESK6 = raw.packet(3, bytes([6, 1 + 1 + 1 + 20 + 15, 9, 2, 20, 4]) + bytes(19 + 15 + 32))
SKESK4 = raw.packet(3, bytes([4, 9, 3, 8]) + bytes(9))
SEIPD1 = raw.packet(18, b"\x01ciphertext")
SEIPD2 = raw.packet(18, b"\x02\x09\x03\x06" + bytes(32) + b"ciphertext")
IN_PARTS = b"\xd2\xe9" + b"\x01" + bytes(511) + b"\xe1ab" + b"\x03end"


def test_a_version_6_certificate_is_named_as_the_standard_names_it():
    assert framing.fingerprint(A3) == A3_FINGERPRINT
    assert framing.kind(A3) is Kind.V6_ED25519


def test_a_version_4_certificate_is_named_as_the_drafts_samples_are(sample_keyring):
    """draft-bre-openpgp-samples §2.1."""
    (key,) = (sample_keyring("alice") / "keys").iterdir()
    assert framing.fingerprint(key.read_bytes()) == "EB85BB5FA33A75E15E944E63F231550C4F47E38E"
    assert framing.kind(key.read_bytes()) is Kind.ED25519


def test_recipients_are_named_or_hidden():
    assert framing.message(PKESK3 + HIDDEN3 + SEIPD1).recipients == ("0011223344556677", "")
    assert framing.message(PKESK6 + HIDDEN6 + SEIPD2).recipients == (A3_FINGERPRINT, "")


def test_versions_and_modes_are_seen():
    old, new = framing.message(PKESK3 + SKESK4 + SEIPD1), framing.message(PKESK6 + SKESK6 + SEIPD2)
    assert (old.seipd, old.versions, old.s2k, old.aead) == (1, {3, 4}, {3}, None)
    assert (new.seipd, new.versions, new.s2k, new.aead) == (2, {6}, {4}, "GCM")


def test_partial_lengths_are_seen():
    seen = framing.message(armor(PKESK3 + IN_PARTS))
    assert seen.partial
    *_, container = framing.packets(PKESK3 + IN_PARTS)
    assert container.body == b"\x01" + bytes(511) + b"abend"
    assert not framing.message(PKESK3 + SEIPD1).partial


def test_what_is_no_message_is_said_to_be_none():
    with pytest.raises(Failed, match="no packet at octet 0"):
        framing.message(b"Java says something first\n")
