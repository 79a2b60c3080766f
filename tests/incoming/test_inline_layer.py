"""Inline OpenPGP as the layer of its message: what it holds is text, and no more is claimed than is covered."""

import pytest

import people
from ithaca.mime import entity as entities
from ithaca.openpgp import packets
from ithaca.report import banner_lines
from ithaca.report.banner import CAME_SEALED
from ithaca.verdict import Layer
from messages import sealed
from messages.frames import PLAN, attached, html, letter, mixed, multi, text
from messages.holders import ALICE, IRINA
from messages.opening import judged
from openpgp.raw_message import compressed, literal

INNER = PLAN + b"\r\n"
KEY = attached(b"application/pgp-keys", b"alice.asc", sealed.armor("PUBLIC KEY BLOCK", b"\x98\x01\x04"))


def facts(entity):
    verdict = judged(letter(entity), {}).verdict
    return verdict.decryption.value, verdict.signature.value, verdict.from_.value


def test_a_sealed_text_is_opened_and_judged():
    shown = judged(letter(text(sealed.seal(INNER, ALICE))), {})
    assert facts(text(sealed.seal(INNER, ALICE))) == ("full", "good", "match")
    assert shown.message.endswith(b"\r\n\r\n" + INNER)
    assert b"Content-Type: text/plain; charset=utf-8" in shown.message


def test_what_looks_like_html_is_text():
    shown = judged(letter(text(sealed.seal(b"<script>\r\n", ALICE))), {})
    assert b"text/html" not in shown.message


def test_the_charset_that_the_armor_names_counts():
    armored = sealed.seal("Grüße\r\n".encode("latin-1")).replace(
        b"-----\r\n\r\n", b"-----\r\nCharset: ISO-8859-1\r\n\r\n", 1
    )
    assert b"charset=iso-8859-1" in judged(letter(text(armored)), {}).message


def test_what_stands_beside_it_hangs_on_closed():
    shown = judged(letter(mixed(text(sealed.seal(INNER, ALICE)), KEY)), {})
    assert shown.verdict.decryption.value == "full"
    (_, original) = entities.parse(shown.message).parts()
    assert b"alice.asc" in original.decoded_body()


SIGNED = sealed.inside(INNER, ALICE)
ARMORED = sealed.armor("MESSAGE", SIGNED)


@pytest.mark.parametrize("octets", [SIGNED, compressed(SIGNED), packets.encode(10, b"PGP") + SIGNED])
def test_what_is_signed_in_armor_and_not_encrypted_is_shown_and_judged_and_was_not_sealed(octets):
    shown = judged(letter(text(sealed.armor("MESSAGE", octets))), {})
    assert facts(text(sealed.armor("MESSAGE", octets))) == ("none", "good", "match")
    assert shown.verdict.findings == ()
    assert shown.verdict.layers == (Layer.SIGNED,)
    content, original = entities.parse(shown.message).parts()
    assert content.body == INNER
    assert original.decoded_body() == letter(text(sealed.armor("MESSAGE", octets)))
    assert b"BEGIN PGP" not in shown.message
    assert not any(CAME_SEALED in line for line in banner_lines(shown.verdict))


@pytest.mark.parametrize(
    ("octets", "state", "findings"),
    [
        (SIGNED.replace(b"noon", b"nine"), "bad", ()),
        (sealed.inside(INNER, IRINA.key), "unknown", ()),
        (sealed.inside("Grüße".encode("latin-1"), ALICE), "refused", ()),
        (SIGNED[:-1], "refused", ("malformed-signature",)),
        (SIGNED + SIGNED, "refused", ("malformed-signature",)),
        (SIGNED + literal(b"Pay Eve."), "refused", ("malformed-signature",)),
        (compressed(sealed.binary(INNER, ALICE)), "refused", ("malformed-signature",)),
        (literal(INNER), "none", ("not-sealed",)),
        (sealed.inside(b"a\0b", ALICE), "none", ("unshowable",)),
    ],
    ids=["altered", "unknown", "latin-1", "cut", "twice", "more behind", "encrypted inside", "unsigned", "nul"],
)
def test_an_armored_message_is_called_no_better_than_it_is(octets, state, findings):
    message = letter(text(sealed.armor("MESSAGE", octets)))
    shown = judged(message, {})
    assert facts(text(sealed.armor("MESSAGE", octets))) == ("none", state, "none")
    assert shown.verdict.findings == findings
    assert not any(
        "nobody could read it" in line or "could not be opened" in line for line in banner_lines(shown.verdict)
    )
    if findings and findings != ("not-sealed",):
        assert shown.message.endswith(message[message.index(b"MIME-Version") :])


@pytest.mark.parametrize(
    "entity",
    [
        text(b"Pay Eve.\r\n" + ARMORED),
        text(ARMORED + b"Pay Eve.\r\n"),
        text(ARMORED + ARMORED),
        mixed(text(ARMORED), text(b"Pay Eve.\r\n")),
        multi(b"alternative", text(ARMORED), html(b"Pay Eve.")),
        mixed(text(b""), attached(b"application/octet-stream", b"encrypted.asc", ARMORED)),
        text(ARMORED, charset=b"utf-16"),
        text(ARMORED, subtype=b"html"),
    ],
    ids=["before", "behind", "twice", "footer", "html", "attached", "utf-16", "as html"],
)
def test_an_armored_message_that_is_not_all_of_the_text_comes_as_it_is(entity):
    shown = judged(letter(entity), {})
    assert facts(entity) == ("none", "none", "none")
    assert shown.message.endswith(b"\r\nMIME-Version: 1.0\r\n" + entity)


def test_inside_another_layer_armor_that_is_not_encrypted_stays_what_it_is():
    """The layer around it covers the fields, too, which the armor does not."""
    shown = judged(letter(sealed.sealed_by(sealed.protected(text(ARMORED))), subject=b"[...]"), {})
    assert (shown.verdict.decryption.value, shown.verdict.signature.value) == ("full", "good")
    assert (shown.verdict.subject, shown.verdict.findings) == ("the plan", ())
    assert shown.message.endswith(ARMORED)


def test_the_charset_that_the_armor_names_shows_what_is_no_utf_8():
    octets = sealed.armor("MESSAGE", sealed.inside("Grüße".encode("latin-1"), ALICE))
    named = octets.replace(b"-----\r\n\r\n", b"-----\r\nCharset: ISO-8859-1\r\n\r\n", 1)
    assert b"charset=iso-8859-1" in judged(letter(text(named)), {}).message


@pytest.mark.parametrize("octets", [ARMORED, sealed.armor("MESSAGE", literal(INNER))], ids=["signed", "unsigned"])
def test_what_was_not_sealed_teaches_nothing_of_sealing(octets):
    lesson = people.open_(letter(text(octets))).lesson
    assert (lesson.sealed, lesson.digest) == (False, None)


def test_what_may_hold_something_sealed_counts_as_such():
    """An answer that quotes it is held back."""
    odd = sealed.armor("MESSAGE", compressed(sealed.binary(INNER, ALICE)))
    assert people.open_(letter(text(odd))).lesson.sealed


@pytest.mark.parametrize(
    ("entity", "state"),
    [
        (text(sealed.cleartext(INNER)), "good"),
        (text(sealed.cleartext(INNER).replace(b"noon", b"nine")), "bad"),
        (text(sealed.cleartext(INNER), charset=b"utf-7"), "none"),
        (text(sealed.cleartext("Grüße\r\n".encode("latin-1")), charset=b"iso-8859-1", encoding=b"8bit"), "refused"),
        (multi(b"alternative", text(sealed.cleartext(INNER)), html(b"other words")), "refused"),
        (text(b"words\r\n" + sealed.cleartext(INNER)), "none"),
        (text(sealed.cleartext(INNER) + b"words\r\n"), "none"),
        (text(sealed.cleartext(INNER, headers=b"Comment: x\r\n")), "refused"),
    ],
    ids=["good", "altered", "utf-7", "latin-1", "html beside", "before", "behind", "other header"],
)
def test_a_cleartext_signature_speaks_for_all_of_the_text_or_for_nothing(entity, state):
    assert facts(entity)[1] in ({"none", "refused"} if state == "none" else {state})


COMMENTED = sealed.cleartext(INNER).replace(b"SIGNATURE-----\r\n", b"SIGNATURE-----\r\nComment: Pay Eve.\r\n", 1)


@pytest.mark.parametrize("entity", [text(COMMENTED), mixed(text(sealed.cleartext(INNER)), KEY)], ids=["comment", "key"])
def test_words_that_nobody_signed_are_not_shown_where_the_signature_is_good(entity):
    shown = judged(letter(entity), {})
    assert facts(entity) == ("none", "good", "match")
    content, original = entities.parse(shown.message).parts()
    assert content.body == INNER
    assert original.decoded_body() == letter(entity)


@pytest.mark.parametrize(
    "entity",
    [text(sealed.cleartext(INNER)), text(COMMENTED.replace(b"noon", b"nine")), text(COMMENTED, charset=b"utf-16")],
    ids=["no words", "bad", "no text"],
)
def test_else_a_cleartext_comes_as_it_is(entity):
    assert judged(letter(entity), {}).message.endswith(b"\r\nMIME-Version: 1.0\r\n" + entity)


def test_inside_of_a_sealed_letter_they_are_not_shown_either():
    shown = judged(letter(sealed.sealed_by(text(COMMENTED), None)), {})
    assert (shown.verdict.decryption.value, shown.verdict.signature.value) == ("full", "good")
    assert shown.message.endswith(b"\r\n\r\n" + INNER)


@pytest.mark.parametrize(
    "words", [sealed.cleartext(INNER), b"-----BEGIN PGP SIGNED MESSAGE-----\r\n"], ids=["whole", "cut"]
)
def test_inside_of_a_signature_a_cleartext_is_text_like_any_other(words):
    """Else what covers the header section would not speak for it any more."""
    shown = judged(letter(sealed.sealed_by(sealed.protected(text(words))), subject=b"[...]"), {})
    assert (shown.verdict.layers, shown.verdict.subject) == ((Layer.ENCRYPTED, Layer.SIGNED), "the plan")
    assert [one.state.value for one in shown.verdict.signatures] == ["good"]
    assert shown.message.endswith(words)
