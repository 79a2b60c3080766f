"""What a client stores leads back to what came, and to the same verdict; what others made does not."""

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import people
import shown
from ithaca.incoming import Banner, Keep, Presentation, reversing
from ithaca.policy import Encrypt, Policy
from messages import sealed
from messages.frames import letter, mixed, text
from messages.holders import ALICE
from people import Person

HEAD = (
    b"Return-Path: <alice@openpgp.example>\r\nFrom: Alice <alice@openpgp.example>\r\nTo: bob@openpgp.example\r\n"
    b"Subject: the plan\r\nMessage-ID: <1@openpgp.example>\r\nMIME-Version: 1.0\r\n"
)
PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n"
CLEAR = Person(policy=Policy(encrypt=Encrypt.NEVER))
MODES = [
    dataclasses.replace(shown.PART, banner=banner, keep=keep) for banner in Banner for keep in (Keep.NONE, Keep.ATTACH)
]


def signed(body, structure=PLAIN):
    return people.send(HEAD + structure + b"\r\n" + body, person=CLEAR)[0][1]


SIGNED = signed(b"At noon.\r\nFrom the sea\r\n>From the shore\r\n")
SEALED = people.send(HEAD + PLAIN + b"\r\nAt noon.\r\n")[0][1]
_BLOCK = sealed.armor("MESSAGE", sealed.inside(b"At noon.\nFrom the sea\n", ALICE))
ARMORED = {
    "good": HEAD + PLAIN + b"\r\n" + _BLOCK,
    "bad": HEAD + PLAIN + b"\r\n" + sealed.armor("MESSAGE", sealed.inside(b"x", ALICE).replace(b"x", b"y", 1)),
    "with a key": letter(mixed(text(_BLOCK), text(sealed.armor("PUBLIC KEY BLOCK", b"\x98\x01\x04")))),
    "unsigned": HEAD + PLAIN + b"\r\n" + sealed.armor("MESSAGE", sealed.inside(b"x")),
    "commented": HEAD
    + PLAIN
    + b"\r\n"
    + sealed.cleartext(b"x").replace(b"SIGNATURE-----\r\n", b"SIGNATURE-----\r\nA: b\r\n", 1),
    "cut": HEAD + PLAIN + b"\r\n" + sealed.armor("MESSAGE", sealed.inside(b"x", ALICE)[:-1]),
}
STORED = {"wire": lambda m: m, "maildir": shown.maildir, "mbox": shown.mbox}


def open_(message, presentation=shown.PART):
    return people.open_(message, presentation=presentation)


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("presentation", MODES, ids=str)
@pytest.mark.parametrize(
    "message",
    [
        SIGNED,
        SIGNED.replace(b"noon", b"dusk"),
        SIGNED.replace(b"Subject: the plan", b"Subject: another plan", 1),
        SIGNED.replace(b"Subject: the plan", b"Reply-To: eve@evil.example\r\nSubject: the plan", 1),
        SIGNED.replace(b"From: Alice", b"From: eve@evil.example\r\nFrom: Alice", 1),
        SIGNED.replace(b"MIME-Version: 1.0\r\n", b"", 1),
        SIGNED[: len(SIGNED) // 2],
        SEALED.replace(b"-----END PGP", b"-----FIN PGP"),
    ],
    ids=["good", "bad", "subject", "reply-to", "two froms", "no version", "cut", "closed"],
)
def test_what_was_not_opened_comes_back_octet_for_octet(message, presentation, stored):
    got = open_(message, presentation)
    back = reversing.restore(STORED[stored](got.message), presentation)
    assert back.octets == message
    assert (back.is_ours, back.is_whole) == (True, True)
    assert open_(back.octets, presentation).verdict == got.verdict


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("banner", Banner)
def test_a_sealed_original_that_was_kept_is_proved_again(banner, stored):
    presentation = dataclasses.replace(shown.PART, banner=banner, keep=Keep.ATTACH)
    got = open_(SEALED, presentation)
    assert got.verdict.decryption.value == "full"
    back = reversing.restore(STORED[stored](got.message), presentation)
    assert back.octets == SEALED
    assert open_(back.octets, presentation).verdict == got.verdict


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("presentation", MODES, ids=str)
@pytest.mark.parametrize("message", ARMORED.values(), ids=ARMORED)
def test_what_is_shown_in_place_of_armor_comes_back_octet_for_octet(message, presentation, stored):
    """explain(shown(m)) = explain(m): what a signature proved can be proved again, whatever is kept of others."""
    got = open_(message, presentation)
    back = reversing.restore(STORED[stored](got.message), presentation)
    assert back.octets == message
    assert (back.is_ours, back.is_whole) == (True, True)
    assert open_(back.octets, presentation).verdict == got.verdict


def with_original(octets):
    """A letter of several parts that looks like what we show."""
    head = b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=original.sealed\r\n"
    parts = (PLAIN + b"\r\nPay Eve.\r\n", head + b"\r\n" + octets)
    joined = b"".join(b"--m\r\n" + part + b"\r\n" for part in parts)
    return b"Content-Type: multipart/mixed; boundary=m\r\n\r\n" + joined + b"--m--\r\n"


@pytest.mark.parametrize("presentation", MODES, ids=str)
def test_what_a_sender_hung_on_is_never_what_came(presentation):
    """Else a letter of Alice's could be explained in place of the one that is shown."""
    clear = with_original(SIGNED)
    clear = HEAD.replace(b"Subject: the plan", b"Subject: [Ithaca: proved]") + clear
    back = reversing.restore(open_(clear, presentation).message, presentation)
    assert back.octets == clear
    opened = people.send(HEAD + with_original(SIGNED))[0][1]
    back = reversing.restore(open_(opened, presentation).message, presentation)
    assert back.octets == opened if presentation.keep is Keep.ATTACH else not back.is_whole
    assert back.octets != SIGNED


@pytest.mark.parametrize("stored", STORED)
def test_without_the_original_what_was_opened_proves_nothing_and_says_so(stored):
    back = reversing.restore(STORED[stored](open_(SEALED).message), shown.PART)
    assert (back.is_ours, back.is_whole) == (True, False)
    assert "signature=good" in back.said
    assert b"Ithaca on this letter" not in back.octets
    assert back.octets.endswith(b"\r\n\r\nAt noon.\r\n")
    again = open_(back.octets).verdict
    assert (again.decryption.value, again.signature.value) == ("none", "none")


@pytest.mark.parametrize("message", [SIGNED, SEALED], ids=["signed", "sealed"])
@pytest.mark.parametrize(
    "forge",
    [
        lambda m: re.sub(rb"Ithaca-Shown:.*?\r\n(?=\S)", b"", m, flags=re.DOTALL),
        lambda m: m.replace(b"Ithaca-Verdict: v=1", b"Ithaca-Verdict: v=1; x=y"),
        lambda m: m.replace(b"<1@openpgp.example>", b"<2@openpgp.example>"),
        lambda m: m.replace(b"What to do", b"What to eat"),
        lambda m: m.replace(b"Ithaca-Shown: v=1", b"Ithaca-Shown: v=2"),
        lambda m: m.replace(b"Ithaca-Shown:", b"Ithaca-Shown: v=1; mac=00\r\nIthaca-Shown:"),
        lambda m: m.replace(b"Return-Path:", b"Ithaca-Shown: v=1; mac=00\r\nReturn-Path:"),
        lambda m: m.replace(b"Return-Path:", b"Ithaca-Verdict: v=1; signature=good\r\nReturn-Path:"),
    ],
    ids=["no stamp", "verdict", "message-id", "text", "version", "two stamps", "a second one", "two verdicts"],
)
def test_a_form_that_is_not_ours_is_judged_as_what_it_is(message, forge):
    """ui-banner: stored and sent on, or imitated."""
    genuine = open_(message).message
    forged = forge(genuine)
    assert forged != genuine
    not_believed(forged)


@pytest.mark.parametrize("message", [SIGNED, SEALED], ids=["signed", "sealed"])
def test_a_form_that_another_installation_made_is_judged_as_what_it_is(message):
    not_believed(open_(message, shown.STRANGE).message)


def not_believed(forged):
    back = reversing.restore(forged, shown.PART)
    assert not back.is_ours
    verdict = open_(back.octets).verdict
    assert verdict.signature.value != "good"
    assert "foreign-banner" in verdict.findings


def test_another_text_behind_our_banner_is_not_taken_for_what_was_stamped():
    got = open_(SIGNED).message
    assert reversing.restore(got.replace(b"At noon", b"At dusk"), shown.PART).is_ours is False


def test_without_a_key_nothing_is_ours():
    got = open_(SIGNED, Presentation(banner=Banner.PART)).message
    assert b"Ithaca-Shown" not in got
    assert reversing.restore(got, Presentation()).is_ours is False
    stamped = open_(SIGNED).message
    assert reversing.restore(stamped, Presentation()).is_ours is False


@given(
    st.lists(
        st.sampled_from(["From me", ">From me", ">>From you", "-- ", "--x", "ü", "", "=20", "a" * 80]), max_size=9
    ),
    st.sampled_from(["wire", "maildir", "mbox"]),
    st.sampled_from(MODES),
)
def test_explaining_what_was_shown_is_explaining_what_came(lines, stored, presentation):
    """explain(shown(m)) = explain(m) for any signed-only m."""
    message = signed("\r\n".join((*lines, "")).encode())
    got = open_(message, presentation)
    back = reversing.restore(STORED[stored](got.message), presentation)
    again = open_(back.octets, presentation).verdict
    assert again == got.verdict
    assert again.signature.value == "good"


@given(st.binary(max_size=300), st.sampled_from(MODES))
def test_any_stored_octets_are_restored_to_something(octets, presentation):
    for prefix in (b"", b"From x\n", b"Ithaca-Shown: v=1; mac=00; header=", open_(SIGNED).message[:400]):
        back = reversing.restore(prefix + octets, presentation)
        assert not back.is_ours
