"""Certificates as octets: merged without loss, taken apart octet for octet."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import MalformedPacket, OpenPGPError
from ithaca.openpgp import transferable
from ithaca.openpgp.certificate import Certificate

T0 = 1_700_000_000
TEXT = b"Alice <alice@example.org>"


@pytest.fixture
def made(raw):
    """(primary key, its packet, a User ID, an encryption subkey, a revocation)."""
    primary = raw.Key(T0)
    encryption = raw.subkey(primary, raw.Key(T0, encrypting=True), T0)
    revocation = raw.revocation(primary, 0x20, primary.hashed, T0 + 9, 2)
    return primary, raw.packet(6, primary.body), raw.user_id(primary, TEXT, T0), encryption, revocation


def test_merging_keeps_everything_once_in_any_order(made, engine):
    _, head, user_id, encryption, revocation = made
    first, second = head + user_id + encryption, head + revocation + user_id
    for merged in (transferable.merge(first, second), transferable.merge(second, first)):
        found = Certificate.parse(merged, engine)
        assert "was revoked" in found.primary_refused(T0 + 99)
        assert len(list(found.keys())) == 2
        assert transferable.merge(merged, first) == merged


def test_different_certificates_do_not_merge(made, raw):
    with pytest.raises(MalformedPacket, match="two different"):
        transferable.merge(made[1], raw.packet(6, raw.Key(T0).body))


def test_several_certificates_in_one_file_come_apart_octet_for_octet(made, raw):
    one, two = made[1] + made[2], raw.packet(6, raw.Key(T0).body)
    assert list(transferable.split_certificates(one + two)) == [one, two]


def test_unknown_packets_stay_with_the_signatures_behind_them(made, raw):
    primary, head, user_id, encryption, _ = made
    signature = raw.packet(2, primary.sign(0x13, b"odd", T0))
    odd = raw.packet(40, b"what?") + signature
    merged = transferable.merge(head + user_id + odd + encryption, head + user_id)
    assert odd in merged
    assert transferable.merge(head, merged) == merged


def test_marker_padding_and_trust_packets_are_not_passed_on(made, raw):
    _, head, user_id, encryption, _ = made
    noise = raw.packet(10, b"PGP") + raw.packet(12, b"\x06\0") + raw.packet(21, bytes(9))
    assert transferable.merge(head + user_id + noise + encryption, head) == head + user_id + encryption


def test_both_signatures_stay_that_differ_in_their_unhashed_area_alone(raw, engine):
    """A copy robbed of its back-signature must not push the whole one out, whichever comes first."""
    primary, signing = raw.Key(T0), raw.Key(T0)
    head, user_id = raw.packet(6, primary.body), raw.user_id(primary, TEXT, T0)
    back = signing.sign(0x19, primary.hashed + signing.hashed, T0)
    whole = head + user_id + raw.subkey(primary, signing, T0, flags=2, back=back)
    robbed = head + user_id + raw.subkey(primary, signing, T0, flags=2)
    for merged in (transferable.merge(robbed, whole), transferable.merge(whole, robbed)):
        found = Certificate.parse(merged, engine)
        assert found.signing_refused(found.subkeys[0].key, T0 + 99) is None


def test_what_is_new_comes_behind_what_was_there_and_user_ids_before_subkeys(made, raw):
    primary, head, user_id, encryption, _ = made
    second = raw.user_id(primary, b"Alice <alice@example.net>", T0)
    assert transferable.merge(head + user_id + encryption, head + second) == head + user_id + second + encryption


def test_merging_is_linear(made, raw):
    _, head, user_id, _, _ = made
    signatures = b"".join(raw.packet(2, b"%d" % n) for n in range(15_000))
    start = time.monotonic()
    assert transferable.merge(head + user_id + signatures, head + user_id + signatures) == head + user_id + signatures
    assert time.monotonic() - start < 1


def test_signatures_that_are_not_exportable_stay_at_home(made, raw):
    primary, head, user_id, encryption, _ = made
    data = primary.hashed + raw.user_id_hashed(TEXT)
    signer = raw.Key(T0)
    local = raw.packet(2, signer.sign(0x10, data, T0, hashed=raw.sub(4, b"\0", critical=True)))
    said = raw.packet(2, signer.sign(0x10, data, T0, hashed=raw.sub(4, b"\x01")))
    unsaid = raw.packet(2, signer.sign(0x10, data, T0, unhashed=raw.sub(4, b"\0")))
    broken = raw.packet(2, b"\x04")
    kept = head + user_id + said + unsaid + broken + encryption
    assert transferable.exportable(head + user_id + local + said + unsaid + broken + encryption) == kept


def test_who_was_appointed_in_confidence_is_not_told_until_he_revokes(made, raw):
    """§5.2.3.23: the sensitive bit of the class octet."""
    primary, head, user_id, encryption, _ = made
    carol = raw.Key(T0)

    def appointing(octet):
        return raw.packet(
            2, primary.sign(0x1F, primary.hashed, T0, hashed=raw.sub(12, octet + b"\x16" + carol.fingerprint))
        )

    open_, secret = appointing(b"\x80"), appointing(b"\xc0")
    revocation = raw.packet(2, carol.sign(0x20, primary.hashed, T0 + 9))
    assert transferable.exportable(head + open_ + secret + user_id + encryption) == head + open_ + user_id + encryption
    revoked = head + secret + revocation + user_id
    assert transferable.exportable(revoked) == revoked


def full(raw, version=4):
    """A certificate with more of everything than a correspondent needs: (octets, expected packets)."""
    native = {"version": version}
    kinds = ("native ed25519", "native x25519") if version == 6 else ("ed25519", "cv25519")
    primary = raw.Key(T0, kind=kinds[0], **native)
    old, new = raw.Key(T0, kind=kinds[1], **native), raw.Key(T0 + 9, kind=kinds[1], **native)
    expired = raw.Key(T0 + 99, kind=kinds[1], **native)
    head = raw.packet(6, primary.body)
    direct = raw.packet(2, primary.sign(0x1F, primary.hashed, T0, hashed=raw.sub(27, b"\x03")))
    ours, other = raw.user_id(primary, TEXT, T0), raw.user_id(primary, b"Alice <a@example.net>", T0 + 9)
    newer = raw.user_id(primary, TEXT, T0 + 5)
    newer_signature = newer[2 + newer[1] :]
    certification = raw.packet(2, raw.Key(T0).sign(0x10, primary.hashed + raw.user_id_hashed(TEXT), T0))
    octets = head + direct + ours + certification + newer_signature + other + raw.subkey(primary, old, T0)
    octets += raw.subkey(primary, new, T0 + 9) + raw.subkey(primary, expired, T0 + 99, expires=5)
    text = raw.packet(13, TEXT)
    return octets, head + direct + text + newer_signature + raw.subkey(primary, new, T0 + 9)


@pytest.mark.parametrize("version", [4, 6])
def test_the_least_that_a_correspondent_needs_is_below_1_kb(raw, engine, version):
    octets, wanted = full(raw, version)
    found = transferable.minimal(Certificate.parse(octets, engine), T0 + 999, "alice@example.org")
    assert found == wanted
    assert len(found) < 1000
    assert Certificate.parse(found, engine).encryption_refused(T0 + 999, "alice@example.org") is None


def test_without_a_mailbox_the_best_user_id_goes_along(raw, engine):
    octets, _ = full(raw)
    found = transferable.minimal(Certificate.parse(octets, engine), T0 + 999)
    assert Certificate.parse(found, engine).addresses(T0 + 999) == ("a@example.net",)


def test_an_excerpt_keeps_a_user_id_that_is_no_utf_8(raw, engine):
    primary, text = raw.Key(T0), "Jörg <joerg@example.org>".encode("latin-1")
    octets = raw.packet(6, primary.body) + raw.user_id(primary, text, T0)
    octets += raw.subkey(primary, raw.Key(T0, encrypting=True), T0)
    assert transferable.minimal(Certificate.parse(octets, engine), T0 + 99, "joerg@example.org") == octets


def test_there_is_no_excerpt_for_another_mailbox_or_of_an_expired_key(raw, engine):
    octets, _ = full(raw)
    certificate = Certificate.parse(octets, engine)
    assert transferable.minimal(certificate, T0 + 999, "bob@example.org") is None
    assert transferable.minimal(certificate, T0 - 1, "alice@example.org") is None


def test_an_excerpt_keeps_the_expiry_that_the_direct_key_signature_says(raw, engine):
    primary, encryption = raw.Key(T0), raw.Key(T0, encrypting=True)
    direct = raw.packet(2, primary.sign(0x1F, primary.hashed, T0, hashed=raw.sub(9, raw.u32(5000))))
    octets = raw.packet(6, primary.body) + direct + raw.user_id(primary, TEXT, T0) + raw.subkey(primary, encryption, T0)
    found = transferable.minimal(Certificate.parse(octets, engine), T0 + 99, "alice@example.org")
    assert Certificate.parse(found, engine).expires(T0 + 99) == T0 + 5000


def test_an_excerpt_keeps_headers_as_they_came(raw, engine):
    """Old-format headers stay old: nothing foreign is written anew."""
    primary, encryption = raw.Key(T0), raw.Key(T0, encrypting=True)
    old = b"\x98" + bytes([len(primary.body)]) + primary.body
    octets = old + raw.user_id(primary, TEXT, T0) + raw.subkey(primary, encryption, T0)
    assert transferable.minimal(Certificate.parse(octets, engine), T0 + 99) == octets


@given(st.binary(max_size=100))
def test_any_octets_are_certificates_or_an_error_of_ours(octets):
    for work in (
        lambda: list(transferable.split_certificates(octets)),
        lambda: transferable.merge(octets, octets),
    ):
        try:
            work()
        except OpenPGPError:
            continue


def test_a_revocation_by_itself_is_put_behind_the_key_that_it_is_of(made, raw, engine):
    primary, head, user_id, encryption, _ = made
    stranger = raw.Key(T0)
    revocation = raw.packet(2, primary.sign(0x20, primary.hashed, T0 + 9))
    forged = raw.packet(2, stranger.sign(0x20, primary.hashed, T0 + 9, issuer=primary.fingerprint))
    others = raw.packet(2, stranger.sign(0x20, stranger.hashed, T0 + 9))
    known = [Certificate.parse(raw.packet(6, stranger.body) + raw.user_id(stranger, b"x", T0), engine)]
    known.append(Certificate.parse(head + user_id + encryption, engine))
    assert transferable.is_revocation(revocation)
    assert not transferable.is_revocation(head)
    assert transferable.revoked(forged + revocation, known) == head + revocation
    for nobodys in (forged, others[:-1] + bytes([others[-1] ^ 1]), raw.packet(2, b"\x04")):
        with pytest.raises(MalformedPacket, match="no key that is known here"):
            transferable.revoked(nobodys, known)
