"""Opened in part, and partitioned mail: no signature of the whole, and nothing beside what is shown."""

from ithaca.mime import entity as entities
from messages import sealed
from messages.frames import PLAN, attached, html, letter, mixed, text
from messages.holders import ALICE, EVE
from messages.opening import judged

INNER = PLAN + b"\r\n"
FOOTER = text(b"_____\r\nlist@example.org\r\n")


def test_a_sealed_part_with_a_footer_is_shown_alone_and_the_rest_hangs_on():
    shown = judged(letter(mixed(sealed.C, FOOTER)), {})
    v = shown.verdict
    assert (v.decryption.value, v.signature.value, v.from_.value) == ("partial", "none", "none")
    assert "opened-in-part" in v.findings
    assert PLAN in shown.message
    assert b"list@example.org" not in shown.message
    (_, original) = entities.parse(shown.message).parts()
    assert b"list@example.org" in original.decoded_body()


def test_nothing_is_opened_beside_html_or_behind_words():
    for entity in (
        mixed(sealed.C, html(b"x")),
        mixed(FOOTER, sealed.C),
        mixed(text(sealed.seal(INNER)), text(sealed.seal(INNER))),
    ):
        shown = judged(letter(entity), {})
        assert PLAN not in shown.message
        assert shown.verdict.decryption.value == "none"


def leaves(first, second):
    data = attached(b"application/octet-stream", b"map.png.asc", sealed.seal(b"a picture", second))
    return judged(letter(mixed(text(sealed.seal(INNER, first)), data)), {})


def test_leaves_that_who_from_names_signed_each_are_all_opened():
    shown = leaves(ALICE, ALICE)
    v = shown.verdict
    assert (v.decryption.value, v.signature.value) == ("full", "none")
    assert "partitioned" in v.findings
    assert PLAN in shown.message
    assert b"map.png" in shown.message
    assert b".asc" not in shown.message


def test_of_leaves_by_several_or_by_nobody_the_text_alone_is_opened():
    for second in (EVE.key, None):
        shown = leaves(ALICE, second)
        assert shown.verdict.decryption.value == "partial"
        assert b"YSBwaWN0dXJl" not in shown.message
        assert b"a picture" not in shown.message
