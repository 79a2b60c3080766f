"""Whole letters between Ithaca and gpg, sqop and rnp, both ways, with keys that each of them made."""

import os
import time

import pytest

import people
from integration import openpgp_letters as letters
from integration.openpgp_correspondents import MADE_BY, PROGRAMS, ULYSSES, Ithaca, Peer
from integration.openpgp_programs import KINDS, Failed, Opened
from ithaca.errors import OpenPGPError
from ithaca.openpgp import armor
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.encryption import BinaryEncryptor, Encryptor
from ithaca.openpgp.engine import Recipient
from ithaca.verdict import Binding, Decryption, From, Layer, SignatureState, Verdict

CELLS = [(program, kind) for program in PROGRAMS for kind in KINDS]
OF_EACH_PROGRAM = [(program, "ed25519") for program in PROGRAMS]
OF_GPG = [("gpg", kind) for kind in KINDS]
READING_HIDDEN = [(program, kind) for program, kind in CELLS if program != "rnp"]
"""`LIMITS` says why."""


@pytest.fixture
def peer(request, program, correspondents):
    name, kind = request.param
    program(name)
    program(MADE_BY.get((name, kind), name))
    return correspondents.peer(name, kind)


@pytest.fixture
def ulysses(correspondents):
    return correspondents.ulysses


def peers(cells):
    return pytest.mark.parametrize("peer", cells, indirect=True, ids="-".join)


either_key = pytest.mark.parametrize("whose", ["their own key", "a key of ours"])


def person(whose: str, peer: Peer, ulysses: Ithaca) -> Ithaca:
    """The one who has Ithaca: with the key that the program made, or with one that Ithaca made."""
    return peer.moved if whose == "their own key" else ulysses


DISPLAY = b"Subject: the shroud\r\n\r\n"
"""What stands in front of a text that we seal, for readers that know no header protection (RFC 9788 §5.2.2)."""


def body(octets: bytes) -> bytes:
    return octets.partition(b"\r\n\r\n")[2]


@peers(CELLS)
def test_the_keys_are_what_their_names_say(peer):
    assert _kind(peer.certificate.octets) == peer.kind
    assert peer.certificate.fingerprint == peer.moved.key == peer.key
    assert peer.certificate.encryption_refused(int(time.time()), peer.address) is None


_KINDS = {
    ((22, "Ed25519", None), (18, "Curve25519", None)): "ed25519",
    ((1, None, 3072), (1, None, 3072)): "rsa3072",
    ((19, "P-256", None), (18, "P-256", None)): "p256",
}


def _kind(certificate: bytes) -> str | None:
    """By its primary key and the key to encrypt to; None: any other."""
    try:
        parsed = Certificate.parse(certificate, people.ENGINE)
    except OpenPGPError:
        return None
    ends = (next(parsed.keys()), parsed.encryption_keys(int(time.time()))[0])
    return _KINDS.get(tuple((k.algorithm, k.curve, k.bits) for k in ends))


# --- what they make, we open -------------------------------------------------------------------------


def proved(verdict: Verdict, peer: Peer) -> None:
    """A good signature of the peer, who is who the From field says, and nothing odd."""
    assert verdict.signature is SignatureState.GOOD
    assert [s.signer for s in verdict.signatures] == [peer.key]
    assert verdict.from_ is From.MATCH
    assert verdict.from_addresses == (peer.address,)
    assert verdict.binding is Binding.NEW
    assert verdict.findings == ()


@peers(CELLS)
@either_key
def test_what_they_encrypt_we_open_and_do_not_call_signed(peer, ulysses, whose):
    reader = person(whose, peer, ulysses)
    message = peer.program.encrypt(letters.CLEAR, [peer.key, ulysses.key])
    shown = reader.open(letters.encrypted(peer.address, ULYSSES, message))
    assert body(shown.message) == letters.BODY
    assert shown.verdict.decryption is Decryption.FULL
    assert shown.verdict.layers == (Layer.ENCRYPTED,)
    assert (shown.verdict.signature, shown.verdict.from_) == (SignatureState.NONE, From.NONE)
    assert shown.verdict.findings == ()


@peers(CELLS)
@either_key
def test_what_they_sign_and_encrypt_we_open_and_verify(peer, ulysses, whose):
    reader = person(whose, peer, ulysses)
    message = peer.program.encrypt(letters.CLEAR, [peer.key, ulysses.key], by=peer.key)
    shown = reader.open(letters.encrypted(peer.address, ULYSSES, message))
    assert body(shown.message) == letters.BODY
    assert shown.verdict.decryption is Decryption.FULL
    assert shown.verdict.layers == (Layer.ENCRYPTED, Layer.SIGNED)
    proved(shown.verdict, peer)


@peers(CELLS)
def test_what_they_sign_we_verify_and_pass_on_octet_for_octet(peer, ulysses):
    made = peer.program.sign(letters.SAFE, peer.key)
    letter = letters.signed(peer.address, ULYSSES, letters.SAFE, made.signature, made.micalg)
    shown = ulysses.open(letter)
    assert body(shown.message) == body(letter)
    assert shown.verdict.decryption is Decryption.NONE
    assert shown.verdict.layers == (Layer.SIGNED,)
    proved(shown.verdict, peer)


@peers(CELLS)
def test_a_signed_letter_inside_an_encrypted_one_is_proved_by_its_own_signature(peer, ulysses):
    """RFC 3156 §6.1: encapsulated, as some programs do it."""
    made = peer.program.sign(letters.SAFE, peer.key)
    inner = letters.signed(peer.address, ULYSSES, letters.SAFE, made.signature, made.micalg)
    inner = inner[inner.index(b"Content-Type") :]
    shown = ulysses.open(letters.encrypted(peer.address, ULYSSES, peer.program.encrypt(inner, [ulysses.key])))
    assert body(shown.message) == body(inner)
    assert shown.verdict.layers == (Layer.ENCRYPTED, Layer.SIGNED)
    proved(shown.verdict, peer)


@peers(OF_GPG)
@either_key
@pytest.mark.parametrize("way", ["--hidden-recipient", "--throw-keyids"])
def test_what_hides_its_recipients_we_open(peer, ulysses, whose, way):
    reader = person(whose, peer, ulysses)
    to = [peer.key, ulysses.key]
    if way == "--throw-keyids":
        message = peer.program.throw_key_ids(letters.CLEAR, to)
        expected = SignatureState.NONE
    else:
        message = peer.program.encrypt(letters.CLEAR, to, by=peer.key, hidden=True)
        expected = SignatureState.GOOD
    assert peer.program.key_ids(message) == ["0" * 16] * 2
    shown = reader.open(letters.encrypted(peer.address, ULYSSES, message))
    assert body(shown.message) == letters.BODY
    assert shown.verdict.decryption is Decryption.FULL
    assert shown.verdict.signature is expected


# --- what we make, they open -------------------------------------------------------------------------


@peers(CELLS)
@either_key
def test_what_we_seal_they_open_and_verify(peer, ulysses, whose):
    """Ulysses writes to the peer; and the peer, with the key that the program made, from Ithaca to Ulysses."""
    sender = person(whose, peer, ulysses)
    recipient = peer.address if sender is ulysses else ULYSSES
    (letter,) = sender.seal(letters.plain(sender.address, recipient), recipient)
    assert letters.BODY not in letter
    opened = peer.program.decrypt(letters.encrypted_part(letter), sender.key)
    assert body(opened.plaintext) == DISPLAY + letters.BODY
    assert b"Subject: the shroud\r\n" in opened.plaintext
    assert opened.signers == (sender.key,)


@peers(CELLS)
def test_what_we_only_encrypt_they_open_unsigned(peer, ulysses):
    letter = ulysses.encrypt(letters.plain(ULYSSES, peer.address), peer.address)
    opened = peer.program.decrypt(letters.encrypted_part(letter))
    assert body(opened.plaintext) == DISPLAY + letters.BODY
    assert opened.signers == ()


@peers(CELLS)
@either_key
def test_what_we_sign_they_verify_over_the_octets_on_the_wire(peer, ulysses, whose):
    sender = person(whose, peer, ulysses)
    recipient = peer.address if whose == "a key of ours" else ULYSSES
    letter = sender.sign(letters.plain(sender.address, recipient), recipient)
    octets, signature = letters.signed_part(letter)
    assert octets.isascii()
    assert letters.text(letter).encode() == letters.BODY
    assert peer.program.verify(octets, signature, sender.key) == (sender.key,)


@peers(CELLS)
def test_a_blind_copy_names_only_its_reader_and_its_writer(peer, ulysses, installed):
    gpg = installed("gpg")
    letter = b"Bcc: %b\r\n" % peer.address.encode() + letters.plain(ULYSSES, people.BOB)
    open_copy, blind_copy = ulysses.seal(letter, people.BOB, peer.address)
    bob = people.CERTIFICATES[people.BOB]
    assert gpg.key_ids(letters.encrypted_part(open_copy)) == _key_ids(bob, ulysses.certificate)
    assert gpg.key_ids(letters.encrypted_part(blind_copy)) == _key_ids(peer.certificate, ulysses.certificate)
    assert peer.address.encode() not in open_copy + blind_copy
    opened = peer.program.decrypt(letters.encrypted_part(blind_copy), ulysses.key)
    assert opened.signers == (ulysses.key,)
    assert body(opened.plaintext) == DISPLAY + letters.BODY
    assert peer.address.encode() not in opened.plaintext
    with pytest.raises(Failed):
        peer.program.decrypt(letters.encrypted_part(open_copy), ulysses.key)


def _key_ids(*certificates: Certificate) -> list[str]:
    now = int(time.time())
    return sorted(key.key_id for c in certificates for key in c.encryption_keys(now))


@peers(READING_HIDDEN)
def test_a_hidden_recipient_of_our_engine_opens_it(peer):
    """Letters never have one, since each blind recipient has a copy of their own; the engine can write it."""
    now = int(time.time())
    hidden = [
        Recipient(peer.certificate.fingerprint, key, anonymous=True) for key in peer.certificate.encryption_keys(now)
    ]
    encryptor = Encryptor(BinaryEncryptor(hidden, engine=people.ENGINE, random=os.urandom, created=now))
    message = encryptor.feed(letters.CLEAR) + encryptor.finish()
    assert peer.program.decrypt(message) == Opened(letters.CLEAR, ())


# --- both ways ---------------------------------------------------------------------------------------


@peers(OF_EACH_PROGRAM)
def test_a_big_letter_goes_both_ways(peer, ulysses):
    """Above every program's packet and buffer sizes: partial body lengths are written and read."""
    entity = letters.CLEAR + b"0123456789 and so on, line by line\r\n" * 40_000
    message = peer.program.encrypt(entity, [ulysses.key], by=peer.key)
    shown = ulysses.open(letters.encrypted(peer.address, ULYSSES, message))
    assert body(shown.message) == body(entity)
    proved(shown.verdict, peer)
    (letter,) = ulysses.seal(letters.plain(ULYSSES, peer.address, entity), peer.address)
    opened = peer.program.decrypt(letters.encrypted_part(letter), ulysses.key)
    assert body(opened.plaintext) == DISPLAY + body(entity)
    assert opened.signers == (ulysses.key,)


@peers(OF_EACH_PROGRAM)
def test_what_they_sealed_is_not_opened_once_an_octet_was_altered(peer, ulysses):
    data = letters.binary(peer.program.encrypt(letters.CLEAR, [ulysses.key], by=peer.key))

    def opened(octets):
        letter = letters.encrypted(peer.address, ULYSSES, letters.armor(octets))
        return letter, ulysses.open(letter)

    proved(opened(data)[1].verdict, peer)
    letter, shown = opened(letters.altered(data, -50))
    assert shown.verdict.decryption is Decryption.NONE
    assert shown.verdict.signature is SignatureState.NONE
    assert shown.verdict.findings == ("not-decrypted",)
    assert body(shown.message) == body(letter)


@peers(OF_EACH_PROGRAM)
def test_what_they_signed_is_bad_once_an_octet_was_altered(peer, ulysses):
    made = peer.program.sign(letters.SAFE, peer.key)
    entity = letters.altered(letters.SAFE, -5)
    shown = ulysses.open(letters.signed(peer.address, ULYSSES, entity, made.signature, made.micalg))
    assert shown.verdict.signature is SignatureState.BAD
    assert shown.verdict.from_ is From.NONE


@peers(OF_EACH_PROGRAM)
def test_what_we_sealed_is_not_opened_once_an_octet_was_altered(peer, ulysses):
    (letter,) = ulysses.seal(letters.plain(ULYSSES, peer.address), peer.address)
    data = letters.binary(letters.encrypted_part(letter))
    assert peer.program.decrypt(data, ulysses.key).signers == (ulysses.key,)
    with pytest.raises(Failed):
        peer.program.decrypt(letters.altered(data, -50), ulysses.key)


@peers(OF_EACH_PROGRAM)
def test_what_we_signed_is_bad_once_an_octet_was_altered(peer, ulysses):
    letter = ulysses.sign(letters.plain(ULYSSES, peer.address), peer.address)
    octets, signature = letters.signed_part(letter)
    assert peer.program.verify(octets, signature, ulysses.key) == (ulysses.key,)
    with pytest.raises(Failed):
        peer.program.verify(letters.altered(octets, -5), signature, ulysses.key)


# --- what the programs cannot do ---------------------------------------------------------------------


def _sqop_makes_one_kind(installed, _correspondents):
    kinds = {
        _kind(armor.binary(made, frozenset({"PUBLIC KEY BLOCK"}))) for made in installed("sqop").everything_it_makes()
    }
    assert "ed25519" in kinds
    assert not kinds & {"rsa3072", "p256"}


def _cannot_hide(name):
    def show(installed, correspondents):
        program, peer = installed(name), correspondents.peer(name, "ed25519")
        options = program.options().lower()
        assert "armor" in options
        assert not [word for word in ("hidden", "anonym", "throw", "wildcard") if word in options]
        with pytest.raises(Failed, match="--hidden-recipient"):
            program.encrypt(b"", [peer.key], hidden=True)
        assert installed("gpg").key_ids(program.encrypt(b"", [peer.key])) == _key_ids(peer.certificate)

    return show


def _rnp_opens_no_hidden_recipient(installed, correspondents):
    rnp, gpg, peer = installed("rnp"), installed("gpg"), correspondents.peer("rnp", "ed25519")
    gpg.take(peer.key, peer.program.certificate(peer.key))
    assert rnp.decrypt(gpg.encrypt(letters.CLEAR, [peer.key])).plaintext == letters.CLEAR
    with pytest.raises(Failed):
        rnp.decrypt(gpg.encrypt(letters.CLEAR, [peer.key], hidden=True))


def _sqop_looks_at_the_first_hidden_recipient(installed, correspondents):
    sqop, gpg, peer = installed("sqop"), installed("gpg"), correspondents.peer("sqop", "ed25519")
    other = correspondents.ulysses.key
    gpg.take(peer.key, peer.program.certificate(peer.key))
    assert sqop.decrypt(gpg.encrypt(letters.CLEAR, [peer.key, other], hidden=True)).plaintext == letters.CLEAR
    with pytest.raises(Failed):
        sqop.decrypt(gpg.encrypt(letters.CLEAR, [other, peer.key], hidden=True))


LIMITS = {
    "sqop makes one kind of key, so RSA and P-256 are gpg's": _sqop_makes_one_kind,
    "sqop cannot hide a recipient": _cannot_hide("sqop"),
    "rnp cannot hide a recipient": _cannot_hide("rnp"),
    "rnp opens nothing whose recipient is hidden": _rnp_opens_no_hidden_recipient,
    "sqop looks at the first of several hidden recipients alone": _sqop_looks_at_the_first_hidden_recipient,
}
"""Why a cell above is missing or borrowed; each is shown, so that a newer program that can is noticed."""


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_of_a_program_is_still_there(limit, installed, correspondents):
    LIMITS[limit](installed, correspondents)
