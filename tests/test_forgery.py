"""Whatever Eve makes of captured letters: nothing is called good but what its signer signed, and nothing leaks into hers."""

import re

from hypothesis import given

import forging
import people
import shown
from forging import EVES, SECRET, visible
from ithaca import incoming
from ithaca.address import AddrSpec
from ithaca.incoming.keys import Origin
from ithaca.keyring import loose
from ithaca.openpgp.certificate import Certificate
from ithaca.verdict import Binding, Decryption, From, SignatureState, Tie
from ithaca.work import run
from messages import opening
from messages.holders import EVE, EVE_SPEC, NOW
from people import ALICE, BOB

EVES_CERTIFICATE = Certificate.parse(EVE.certificate(), people.ENGINE)
NAMES = {people.CERTIFICATES[ALICE].fingerprint: "alice", EVES_CERTIFICATE.fingerprint: "eve"}
ADDRESSES = {"alice": ALICE, "eve": AddrSpec(EVE_SPEC)}


def keys(first_opened=lambda _digest: None):
    held = loose.Loose([people.CERTIFICATES[ALICE], people.CERTIFICATES[BOB], EVES_CERTIFICATE])
    bob = people.SECRETS[BOB]
    return incoming.Keys(
        secrets=tuple(bob.decrypting()),
        own=frozenset({bob.fingerprint}),
        lookup=held.lookup,
        tie=lambda _mailbox, _signer, _message_id: Tie(Binding.SEEN),
        addresses=frozenset({BOB}),
        first_opened=first_opened,
    )


def opened(octets, known=None):
    done = run(incoming.open_message(octets, known or keys(), engine=people.ENGINE, now=NOW))
    return opening.at_the_edge(octets, opening.Opened(done.message, done.verdict, passed=False))


def good_signers(verdict):
    return {NAMES[s.signer] for s in verdict.signatures if s.state is SignatureState.GOOD}


def contents(octets):
    return b"\n".join(content for _, content in visible(octets))


@given(forging.forgeries())
def test_good_is_only_what_its_signer_signed(forgery):
    done = opened(forgery.message)
    if done.verdict.signature is SignatureState.GOOD:
        seen = visible(done.message)
        assert any(seen in forgery.signed[who] for who in good_signers(done.verdict))


@given(forging.forgeries())
def test_from_matches_only_whom_the_signer_is(forgery):
    done = opened(forgery.message)
    if done.verdict.from_ is From.MATCH:
        head = done.message.partition(b"\r\n\r\n")[0]
        named = re.findall(rb"(?mi)^From:(.*)$", head)
        (address,) = done.verdict.from_addresses
        assert len(named) == 1
        assert address in {ADDRESSES[who] for who in good_signers(done.verdict)}
        assert address.encode() in named[0]
        assert not [other for other in ADDRESSES.values() if other != address and other.encode() in named[0]]


@given(forging.forgeries())
def test_opened_is_only_what_was_sealed(forgery):
    done = opened(forgery.message)
    if done.verdict.decryption is not Decryption.FULL:
        return
    if "partitioned" in done.verdict.findings:
        # Each leaf is one that Alice sealed and signed; that they belong together is not claimed.
        assert all((leaf,) in forgery.sealed for leaf in visible(done.message))
        assert done.verdict.signature is SignatureState.NONE
    else:
        assert visible(done.message) in forgery.sealed


@given(forging.forgeries())
def test_no_sealed_word_is_shown_beside_a_word_of_eves(forgery):
    seen = contents(opened(forgery.message).message)
    assert not (SECRET in seen and EVES in seen)


@given(forging.forgeries())
def test_nothing_opens_behind_words_of_eves(forgery):
    """A part that is opened by itself has nothing in front of it."""
    done = opened(forgery.message)
    if done.verdict.decryption is Decryption.PARTIAL and SECRET in contents(done.message):
        (first, *_) = [content for _, content in visible(forgery.message) if content]
        assert EVES not in first.partition(b"-----BEGIN PGP ")[0]


@given(forging.forgeries())
def test_no_answer_to_a_proved_letter_goes_elsewhere(forgery):
    done = opened(forgery.message)
    if done.verdict.from_ is From.MATCH:
        head = done.message.partition(b"\r\n\r\n")[0]
        for field in re.findall(rb"(?mi)^(?:Mail-)?(?:Reply|Followup)-To:(.*)$", head):
            assert done.verdict.from_addresses[0].encode() in field


@given(forging.forgeries())
def test_nothing_sealed_is_shown_where_nothing_was_opened(forgery):
    done = opened(forgery.message)
    if done.verdict.decryption is Decryption.NONE:
        assert SECRET not in done.message


@given(forging.forgeries())
def test_what_was_opened_once_opens_under_no_other_name(forgery):
    """Every ciphertext was opened before, in Alice's letter."""
    origin = Origin(ALICE, forging.MESSAGE_ID)
    done = opened(forgery.message, keys(lambda _digest: origin))
    if SECRET in contents(done.message):
        same = done.verdict.from_addresses == (ALICE,) and forging.MESSAGE_ID in done.message
        assert same or done.verdict.from_ is From.MATCH


@given(forging.forgeries())
def test_the_seal_phrase_stands_only_where_all_is_proved(forgery):
    given_ = {"engine": people.ENGINE, "now": NOW, "presentation": shown.PART}
    done = run(incoming.open_message(forgery.message, keys(), **given_))
    if shown.PHRASE.encode() in done.message:
        bare = opened(forgery.message)
        assert (bare.verdict.signature, bare.verdict.from_) == (SignatureState.GOOD, From.MATCH)
        assert any(visible(bare.message) in forgery.signed[who] for who in good_signers(bare.verdict))


@given(forging.forgeries())
def test_a_forged_verdict_never_stands_in_the_header_section(forgery):
    done = opened(forgery.message)
    head = done.message.partition(b"\r\n\r\n")[0]
    assert b"v=1; signature=good" not in head
    assert len(re.findall(rb"(?mi)^Ithaca-Verdict:", head)) == 1


def test_letters_that_nobody_touched_are_what_they_are():
    """The strategies start from sound letters: the properties would hold of nothing at all as well."""
    for name in (
        "signed",
        "cleartext",
        "armored",
        "sealed",
        "sealed, two parts",
        "sealed, protected",
        "sealed, signed inside",
    ):
        forgery = forging.captured(name)
        done = opened(forging.fields() + b"MIME-Version: 1.0\r\n" + forgery.entity)
        assert done.verdict.signature is SignatureState.GOOD, name
        assert visible(done.message) in forgery.signed["alice"], name
