"""One layer of encryption: a failure is a finding, and a signature around ciphertext counts for nothing."""

import hashlib

import people
from ithaca import incoming
from ithaca.openpgp import packets
from ithaca.work import run
from messages import sealed
from messages.frames import encrypted, letter, text
from messages.holders import EVE, to_eve
from messages.opening import judged, keys


def findings(entity):
    return judged(letter(entity), {}).verdict.findings


def test_each_failure_has_its_name():
    assert findings(sealed.sealed_by(text(), keys=to_eve)) == ("not-decrypted",)
    data = sealed.raw_sealed(sealed.inside(text()))
    assert findings(encrypted(sealed.armor("MESSAGE", data[:-1] + bytes([data[-1] ^ 1])))) == ("not-decrypted",)
    assert findings(encrypted(sealed.armor("MESSAGE", b"\xc2\x01x")))[0] == "malformed-openpgp"


def test_a_signature_over_ciphertext_is_dropped_and_said():
    shown = judged(letter(sealed.signed_by(sealed.C_UNSIGNED, EVE.key)), {})
    assert shown.verdict.signature.value == "none"
    assert "signature-over-ciphertext" in shown.verdict.findings
    assert shown.verdict.decryption.value == "full"


def test_a_signature_around_what_stays_closed_is_none():
    """Who signs a ciphertext need not know what stands in it."""
    shown = judged(letter(sealed.signed_by(sealed.sealed_by(text(), keys=to_eve), sealed.ALICE)), {})
    assert shown.verdict.decryption.value == "none"
    assert shown.verdict.signature.value == "none"


def test_what_was_opened_has_a_digest_to_remember_it_by():
    shown = judged_lesson(sealed.C)
    session_packets = sealed.inside(text(sealed.PLAN + b"\r\n"), sealed.ALICE)
    body = sealed.m.seipd1(sealed.session_key(session_packets), session_packets)
    assert shown.digest is not None
    assert hashlib.sha256(_body(body)).digest() == shown.digest
    assert judged_lesson(text()).digest is None


def judged_lesson(entity):
    return run(incoming.open_message(letter(entity), keys({}), engine=people.ENGINE, now=people.NOW)).lesson


def _body(packet):
    return next(packets.split(packet)).body
