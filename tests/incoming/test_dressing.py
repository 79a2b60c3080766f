"""What we add to a message, and that the message itself stays as it is."""

import dataclasses

import people
import shown
from ithaca.incoming import Banner, Keep, Presentation
from ithaca.incoming.dressing import Undressed, banner_text, dressed
from ithaca.mime import banner as banners
from ithaca.mime import entity
from ithaca.mime.header import HeaderSection
from ithaca.verdict import Binding, Decryption, From, Layer, Signature, SignatureState, Verdict
from ithaca.work import PIECE, run

SECTION = HeaderSection.parse(b"Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n")
PROVED = Verdict(
    decryption=Decryption.FULL,
    signature=SignatureState.GOOD,
    signatures=(Signature(SignatureState.GOOD, "made by a valid signing key", signer="AB" * 20),),
    from_=From.MATCH,
    from_addresses=("alice@openpgp.example",),
    binding=Binding.VERIFIED,
    layers=(Layer.ENCRYPTED, Layer.SIGNED),
)
CLOSED = Verdict(findings=("not-decrypted",))
BODY = "<p>Grüße</p>\r\n".encode()
CAME = b"Subject: [...]\r\n\r\nciphertext\r\n"


def dress(verdict=PROVED, presentation=shown.PART, body=BODY):
    return run(dressed(Undressed(SECTION, body, verdict, CAME), presentation))


def test_the_banner_stands_in_front_and_the_message_is_octet_for_octet():
    message = entity.parse(dress())
    assert message.content_type.media_type == "multipart/mixed"
    first, second = message.parts()
    assert first.content_type.media_type == "text/plain"
    assert first.body.startswith(b"=== Ithaca on this letter ===\r\nThis letter is from alice@openpgp.example.")
    assert second.octets == "Content-Type: text/html; charset=utf-8\r\n\r\n<p>Grüße</p>\r\n".encode()
    assert message.header.first(b"Subject").text == "s"
    assert [f.name for f in message.header.fields if f.name in (b"Content-Type", b"MIME-Version")] == [
        b"MIME-Version",
        b"Content-Type",
    ]


def test_the_phrase_stands_at_the_end_where_everything_is_proved_and_nowhere_else():
    lines = banner_text(PROVED, shown.PART).split("\n")
    assert lines[-2:] == [f"Your seal phrase: {shown.PHRASE}", banners.END]
    for change in (
        {"signature": SignatureState.BAD},
        {"from_": From.MISMATCH},
        {"binding": Binding.NEW},
        {"binding": Binding.CONFLICT},
        {"findings": ("far-from-date",)},
        {"findings": ("a-finding-of-tomorrow",)},
    ):
        message = dress(dataclasses.replace(PROVED, **change))
        assert shown.PHRASE.encode() not in message, change


def test_the_fields_of_an_opened_message():
    head = dress().partition(b"Subject: s")[0]
    name = shown.PART.authserv_id.encode()
    assert b"Authentication-Results: " + name + b";\r\n x-openpgp=pass\r\n header.from=alice@openpgp.example" in head
    assert head.count(b"Ithaca-Verdict:") == head.count(b"Ithaca-Shown:") == 1


def test_what_was_not_opened_gets_no_authentication_results():
    assert b"Authentication-Results" not in dress(CLOSED)


def test_nothing_is_added_where_nothing_is_wanted():
    body = b"text\r\n"
    bare = dress(presentation=Presentation(), body=body)
    assert bare.endswith(SECTION.render() + b"\r\n" + body)
    assert b"Ithaca-Shown" not in bare
    assert b"multipart" not in bare


def test_the_original_hangs_on_closed_and_no_program_opens_it_by_itself():
    message = dress(presentation=dataclasses.replace(shown.PART, keep=Keep.ATTACH))
    *_, last = entity.parse(message).parts()
    assert last.content_type.media_type == "application/octet-stream"
    assert b"attachment" in last.header.first(b"Content-Disposition").value
    assert last.decoded_body() == CAME


def test_the_original_hangs_on_without_a_banner_too():
    off = dataclasses.replace(shown.PART, banner=Banner.OFF, keep=Keep.ATTACH)
    second, last = entity.parse(dress(presentation=off)).parts()
    assert second.body == BODY
    assert last.decoded_body() == CAME


def test_a_mark_in_the_subject_instead_of_a_part():
    by_subject = dataclasses.replace(shown.PART, banner=Banner.SUBJECT)
    for verdict, words in ((PROVED, "[Ithaca: proved] s"), (CLOSED, "[Ithaca: not opened] s"), (Verdict(), "s")):
        message = entity.parse(dress(verdict, by_subject))
        assert message.header.first(b"Subject").text == words
        assert message.content_type.media_type == "text/html"
        assert shown.PHRASE.encode() not in message.whole


def test_a_message_without_openpgp_gets_no_banner():
    assert banner_text(Verdict(), shown.PART) == ""


def test_without_a_key_a_message_that_holds_the_boundary_gets_another():
    def boundary(body):
        made = dress(body=body, presentation=Presentation(banner=Banner.PART))
        return entity.parse(made).content_type.params["boundary"].encode()

    first = boundary(b"text\r\n")
    assert boundary(b"--" + first + b"--\r\n") != first


def test_the_message_of_the_real_use_case_is_dressed():
    sealed = people.send(b"From: alice@openpgp.example\r\nTo: bob@openpgp.example\r\n\r\nAt noon.\r\n")[0][1]
    got = people.open_(sealed, presentation=shown.PART).message
    assert "It came sealed: nobody could read it on the way." in shown.text_of(got)
    assert entity.parse(got).parts()[1].body == b"At noon.\r\n"


def test_without_a_key_nobody_foresees_a_boundary_from_the_beginning_of_a_message():
    """Else somebody writes very many of them further down, and each is tried."""

    def boundary(end):
        plain = Undressed(SECTION, BODY, PROVED, CAME + b"x" * PIECE + end)
        message = run(dressed(plain, Presentation(banner=Banner.PART)))
        return entity.parse(message).content_type.params["boundary"]

    assert boundary(b"y") != boundary(b"z")
