"""What mail teaches: what came sealed, who signed how often, and what Autocrypt says; never more than was proved."""

import datetime

import pytest

import people
from ithaca import incoming, learning
from ithaca.address import AddrSpec
from ithaca.incoming.lesson import Lesson
from ithaca.keyring.peers import FILE, Peers
from ithaca.learning import Pupils, is_doubtful, learn, learn_passing
from ithaca.letters import Letters
from ithaca.mime import autocrypt
from ithaca.verdict import Binding, Decryption, From, SignatureState, Verdict
from ithaca.work import run
from messages import frames, sealed
from messages.opening import keys
from people import ALICE, BOB, CERTIFICATES

NOW = people.NOW
EVE = AddrSpec("eve@example.org")
OPENED = Verdict(decryption=Decryption.FULL)
ALICES = CERTIFICATES[ALICE].fingerprint


@pytest.fixture
def pupils(tmp_path):
    peers, letters = Peers(tmp_path / "keyring", b"k" * 32), Letters(tmp_path / "state", b"k" * 32)
    yield Pupils(letters, (peers,), frozenset({BOB}), people.ENGINE)
    peers.close()
    letters.close()


def lesson(**more):
    return Lesson(**{"message_id": b"<1@x>", "from_": ALICE, "date": NOW - 9, "sealed": True, "addressees": frozenset({ALICE}), **more})  # fmt: skip


def test_what_came_sealed_is_remembered_and_what_did_not_is_not(pupils):
    learn(lesson(digest=b"d" * 32, signer=ALICES), OPENED, pupils, NOW)
    learn(lesson(message_id=b"<2@x>", sealed=False), Verdict(), pupils, NOW)
    (found,) = pupils.letters.find([b"<1@x>", b"<2@x>"], [ALICE, EVE])
    assert (found.from_, found.doubtful, found.named) == (ALICE, False, {ALICE})
    assert pupils.letters.first_opened(b"d" * 32) == (ALICE, b"<1@x>")


def test_a_letter_counts_for_who_signed_it_once(pupils):
    for _ in range(2):
        learn(lesson(signer=ALICES), OPENED, pupils, NOW)
    learn(lesson(signer=ALICES, message_id=b"<2@x>"), Verdict(binding=Binding.CONFLICT), pupils, NOW)
    learn(lesson(message_id=b"<3@x>"), OPENED, pupils, NOW)
    assert pupils.peers[0].peer(ALICE).seen == {ALICES: (NOW, 1)}


def _full(**more):
    return Verdict(decryption=Decryption.FULL, **more)


@pytest.mark.parametrize(
    ("taught", "verdict", "seen", "doubtful"),
    [
        ({"signer": ALICES}, OPENED, False, False),
        ({}, OPENED, False, True),
        ({}, OPENED, True, False),
        ({}, Verdict(), False, False),
        ({}, Verdict(decryption=Decryption.PARTIAL), False, True),
        ({"from_inside": True}, OPENED, False, False),
        ({}, _full(signature=SignatureState.UNKNOWN), True, True),
        ({}, _full(signature=SignatureState.BAD), True, True),
        ({"from_inside": True}, _full(from_=From.MISMATCH), True, True),
    ],
    ids=["signed", "unsigned", "seen", "closed", "in part", "From inside", "unknown", "bad", "mismatch"],
)
def test_who_may_have_written_it(pupils, taught, verdict, seen, doubtful):
    if seen:
        pupils.peers[0].signed(ALICE, ALICES, b"<0@x>", NOW)
    assert is_doubtful(lesson(**taught), verdict, pupils.peers) is doubtful


@pytest.mark.parametrize(
    ("entity", "sender", "doubtful"),
    [
        (sealed.sealed_by(sealed.protected(frames.text()), None), frames.FROM_ALICE, False),
        (sealed.sealed_by(sealed.protected(frames.text()), None), ALICE.encode(), False),
        (sealed.sealed_by(sealed.protected(frames.text()), None), frames.FROM_EVE, True),
        (sealed.sealed_by(sealed.protected(frames.text(), sender=None), None), frames.FROM_ALICE, True),
        (sealed.C_UNSIGNED, frames.FROM_ALICE, True),
        (frames.mixed(sealed.sealed_by(sealed.protected(frames.text()), None)), frames.FROM_ALICE, True),
    ],
    ids=["the same inside", "without its name", "another inside", "none inside", "no field inside", "in part"],
)
def test_a_letter_is_of_who_sealed_it_together_with_his_name(pupils, entity, sender, doubtful):
    """Whoever sends a captured one on under a name of his own can put no name inside."""
    done = run(incoming.open_message(frames.letter(entity, sender=sender), keys({}), engine=people.ENGINE, now=NOW))
    assert is_doubtful(done.lesson, done.verdict, pupils.peers) is doubtful


def test_where_nobody_can_remember_there_is_doubt(pupils, tmp_path):
    (tmp_path / "keyring").mkdir(mode=0o700)
    (tmp_path / "keyring" / FILE).write_bytes(b"?" * 5000)
    assert is_doubtful(lesson(), OPENED, pupils.peers)


def field(address, owner=ALICE, mutual=True):
    return autocrypt.make(address, CERTIFICATES[owner].octets, mutual=mutual).value


def test_autocrypt_fields_of_sealed_and_of_clear_letters(pupils):
    learn(lesson(sealed=False, autocrypt=(field(ALICE),)), Verdict(), pupils, NOW)
    state = pupils.peers[0].peer(ALICE).autocrypt
    assert (state.key, state.mutual, state.timestamp) == (ALICES, True, NOW - 9)
    date = datetime.datetime.fromtimestamp(NOW - 5, datetime.UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").encode()
    head = b"From: Alice <alice@openpgp.example>\r\nDate: " + date + b"\r\nAutocrypt: "
    learn_passing(head + field(ALICE, mutual=False) + b"\r\n\r\n", pupils, NOW)
    state = pupils.peers[0].peer(ALICE).autocrypt
    assert (state.key, state.mutual, state.timestamp) == (ALICES, False, NOW - 5)


@pytest.mark.parametrize(
    "head",
    [
        b"From: alice@openpgp.example, eve@example.org\r\nAutocrypt: ",
        b"From: eve@example.org\r\nAutocrypt: ",
        b"From: alice@openpgp.example\r\nContent-Type: multipart/report; boundary=b\r\nAutocrypt: ",
        b"From: alice@openpgp.example\r\nAuto-Submitted: Auto-Replied; owner-email=x\r\nAutocrypt: ",
        b"From: alice@openpgp.example\r\nAutocrypt: " + field(ALICE) + b"\r\nAutocrypt: ",
        b"X: no from\r\nAutocrypt: ",
    ],
    ids=["two From", "another addr", "report", "automatic reply", "two fields", "no From"],
)
def test_autocrypt_fields_that_count_for_nobody(pupils, head):
    learn_passing(head + field(ALICE) + b"\r\n\r\n", pupils, NOW)
    assert pupils.peers[0].addresses() == ()


def test_of_ourselves_and_from_junk_nothing_is_learnt(pupils):
    learn(lesson(from_=BOB, autocrypt=(field(BOB, BOB),)), OPENED, pupils, NOW)
    learn(lesson(autocrypt=(b"addr=alice@openpgp.example; keydata=AAAA",)), OPENED, pupils, NOW)
    assert pupils.peers[0].addresses() == ()


def test_a_date_in_the_future_freezes_nothing(pupils):
    learn(lesson(date=NOW + 10**9, autocrypt=(field(ALICE),)), OPENED, pupils, NOW)
    assert pupils.peers[0].peer(ALICE).autocrypt.timestamp == NOW


def test_gossip_is_heard_about_those_who_got_the_letter_too(pupils):
    carol = AddrSpec("carol@example.org")
    gossip = tuple(autocrypt.make_gossip(a, CERTIFICATES[ALICE].octets).value for a in (carol, EVE, ALICE, BOB))
    learn(lesson(gossip=gossip, addressees=frozenset({ALICE, BOB, carol})), OPENED, pupils, NOW)
    assert pupils.peers[0].addresses() == (carol,)
    assert pupils.peers[0].peer(carol).autocrypt.gossip_key == ALICES


@pytest.mark.parametrize("value", [b"", b"yesterday", b"Mon, 99 Foo 99999999 99:99:99 +9999", b"\xff" * 50])
def test_dates_that_cannot_be_read(value):
    assert learning._seconds(value) is None


def test_what_is_sealed_and_too_large_to_open_came_sealed_too(pupils):
    head = (
        b"From: alice@openpgp.example\r\nMessage-ID: <big@x>\r\n"
        b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\r\n\r\n'
    )
    learn_passing(head, pupils, NOW)
    learn_passing(b"From: alice@openpgp.example\r\nMessage-ID: <clear@x>\r\n\r\n", pupils, NOW)
    (found,) = pupils.letters.find([b"<big@x>", b"<clear@x>"], [ALICE])
    assert (found.from_, found.doubtful, found.named) == (ALICE, False, {ALICE})
