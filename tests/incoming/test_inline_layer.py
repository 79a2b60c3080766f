"""Inline OpenPGP as the layer of its message: what it holds is text, and no more is claimed than is covered."""

import pytest

from ithaca.mime import entity as entities
from messages import sealed
from messages.frames import PLAN, attached, html, letter, mixed, multi, text
from messages.holders import ALICE
from messages.opening import judged

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
