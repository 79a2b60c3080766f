"""Receiving: opened where it may be, never better called than it is, and never lost."""

import base64
import os
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

import people
from ithaca import incoming, wish
from ithaca.incoming import Look
from ithaca.mime import pgpmime
from ithaca.openpgp.encryption import BinaryEncryptor, Encryptor
from ithaca.openpgp.engine import Recipient
from ithaca.openpgp.signer import DetachedSigner
from ithaca.policy import Encrypt, Policy, Sign
from people import ALICE, BOB, Person

HEAD = (
    b"From: Alice <alice@openpgp.example>\r\nTo: bob@openpgp.example\r\nSubject: the plan\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
)
MESSAGE = HEAD + b"\r\nAt noon.\r\n"
SEALED = people.send(MESSAGE)[0][1]
SIGNED = people.send(MESSAGE, person=Person(policy=Policy(encrypt=Encrypt.NEVER)))[0][1]
UNSIGNED = people.send(MESSAGE, person=Person(policy=Policy(sign=Sign.NEVER)))[0][1]


def facts(shown):
    v = shown.verdict
    return v.decryption.value, v.signature.value, v.from_.value


def body(message):
    return message.partition(b"\r\n\r\n")[2]


def test_sealed_and_signed():
    shown = people.open_(SEALED)
    assert facts(shown) == ("full", "good", "match")
    assert shown.verdict.subject == "the plan"
    assert shown.verdict.binding.value == "new"
    assert [layer.value for layer in shown.verdict.layers] == ["encrypted", "signed"]
    assert body(shown.message) == b"At noon.\r\n"
    assert shown.message.count(b"Ithaca-Verdict:") == 1


def test_sealed_without_a_signature_is_never_good():
    shown = people.open_(UNSIGNED)
    assert facts(shown) == ("full", "none", "none")
    assert shown.verdict.subject == "the plan"


def test_signed_only_keeps_its_evidence():
    shown = people.open_(SIGNED)
    assert facts(shown) == ("none", "good", "match")
    assert body(shown.message) == body(SIGNED)
    assert people.open_(shown.message).verdict == shown.verdict


def test_a_signed_letter_that_was_sealed_with_lf_line_ends_is_good():
    """Some programs encrypt what they signed with the line ends of their system (RFC 3156 §5 wants CRLF)."""
    keys_ = [Recipient(BOB, k) for k in people.CERTIFICATES[BOB].encryption_keys(people.NOW)]
    encryptor = Encryptor(BinaryEncryptor(keys_, engine=people.ENGINE, random=os.urandom, created=people.NOW))
    inner = SIGNED[SIGNED.index(b"Content-Type: multipart/signed") :].replace(b"\r\n", b"\n")
    armored = encryptor.feed(inner) + encryptor.finish()
    sealed = b"From: alice@openpgp.example\r\n" + pgpmime.encrypted_head(b"e") + armored + pgpmime.encrypted_tail(b"e")
    assert facts(people.open_(sealed)) == ("full", "good", "match")


def test_an_unknown_signer_is_unknown():
    known = {BOB: people.CERTIFICATES[BOB]}
    for message, decryption in ((SEALED, "full"), (SIGNED, "none")):
        assert facts(people.open_(message, known=known)) == (decryption, "unknown", "none")


def test_not_for_us_comes_as_it_was_marked():
    sealed = people.send(MESSAGE.replace(b"bob@", b"alice@"), (ALICE,))[0][1]
    shown = people.open_(sealed, BOB)
    assert facts(shown) == ("none", "none", "none")
    assert shown.verdict.findings == ("not-decrypted",)
    assert body(shown.message) == body(sealed)


def test_an_altered_signed_letter_is_bad():
    shown = people.open_(SIGNED.replace(b"noon", b"dusk"))
    assert facts(shown) == ("none", "bad", "none")


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.replace(b"From: Alice <alice@openpgp.example>", b"From: eve@example.org", 1),
        lambda m: m.replace(b"From: Alice", b"From: eve@example.org\r\nFrom: Alice", 1),
        lambda m: m.replace(b"From: Alice <alice@openpgp.example>", b"From: eve@example.org, alice@openpgp.example", 1),
        lambda m: m.replace(
            b"From: Alice <alice@openpgp.example>", b'From: "bob@openpgp.example" <eve@example.org>', 1
        ),
        lambda m: m.replace(b"From: Alice <alice@openpgp.example>", b"From: alice", 1),
        lambda m: m.replace(b"From: Alice <alice@openpgp.example>\r\n", b"", 1),
    ],
    ids=["another", "two fields", "two mailboxes", "display name", "no address", "none"],
)
@pytest.mark.parametrize("message", [SEALED, SIGNED], ids=["sealed", "signed"])
def test_an_outer_from_of_somebody_else_never_wins(message, change):
    """What is shown as From is either the signer's, or called a mismatch."""
    shown = people.open_(change(message))
    head = shown.message.partition(b"\r\n\r\n")[0]
    if shown.verdict.from_.value == "match":
        assert shown.verdict.from_addresses == ("alice@openpgp.example",)
        assert b"eve@example.org" not in head
    else:
        assert shown.verdict.from_.value == "mismatch"


def test_a_display_name_with_another_address_is_a_mismatch():
    trick = MESSAGE.replace(b"From: Alice <", b'From: "carol@bank.example" <')
    shown = people.open_(people.send(trick)[0][1])
    assert facts(shown) == ("full", "good", "mismatch")
    assert "odd-from" in shown.verdict.findings


def test_a_captured_letter_beside_foreign_text_stays_closed():
    """EFAIL: the attacker's parts stand before and behind the ciphertext."""
    inner = SEALED[SEALED.index(b"Content-Type: multipart/encrypted") :]
    html = b'Content-Type: text/html\r\n\r\n<img src="http://evil.example/'
    mixed = (
        b"From: eve@example.org\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n" + html
        + b"\r\n--m\r\n" + inner + b'\r\n--m\r\nContent-Type: text/html\r\n\r\n">\r\n--m--\r\n'
    )  # fmt: skip
    assert incoming.look(mixed, True) is Look.HOLD
    shown = people.open_(mixed)
    assert facts(shown) == ("none", "none", "none")
    assert shown.verdict.findings == ("errant-layer",)
    assert b"noon" not in shown.message


def test_a_signed_part_beside_foreign_text_signs_nothing():
    inner = SIGNED[SIGNED.index(b"Content-Type: multipart/signed") :]
    mixed = (
        b"From: alice@openpgp.example\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nPay Eve.\r\n--m\r\n"
        + inner
        + b"\r\n--m--\r\n"
    )
    assert facts(people.open_(mixed)) == ("none", "none", "none")


def test_a_signature_over_ciphertext_does_not_make_its_maker_the_author():
    """Bob puts his signature round Alice's unsigned sealed letter (Davis, USENIX ATC 2001)."""
    entity = UNSIGNED[UNSIGNED.index(b"Content-Type: multipart/encrypted") :]
    signer = DetachedSigner(
        people.SECRETS[BOB].signing(people.NOW), engine=people.ENGINE, created=people.NOW, random=os.urandom
    )
    signer.feed(entity)
    frame = pgpmime.signed_head(b"s", signer.micalg) + entity + pgpmime.signed_middle(b"s") + signer.finish()
    outer = b"From: bob@openpgp.example\r\nMIME-Version: 1.0\r\n" + frame + pgpmime.signed_tail(b"s")
    shown = people.open_(outer)
    assert facts(shown) == ("full", "none", "none")
    assert shown.verdict.findings == ("signature-over-ciphertext", "other-from-inside")


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (
            lambda m: m.replace(b"Content-Type: multipart", b"Content-Type: text/plain\r\nContent-Type: multipart", 1),
            "ambiguous",
        ),
        (lambda m: m.replace(b"Version: 1", b"Version: 2"), "malformed-encrypted"),
        (lambda m: m.replace(b"-----END PGP MESSAGE", b"-----FIN PGP MESSAGE"), "malformed-openpgp"),
        (lambda m: m[: len(m) // 2], "malformed-encrypted"),
    ],
    ids=["two types", "version", "no tail", "cut"],
)
def test_what_is_broken_comes_as_it_was_with_a_finding(change, finding):
    message = change(SEALED)
    shown = people.open_(message)
    assert finding in shown.verdict.findings
    assert shown.verdict.decryption.value == "none"
    assert shown.verdict.signature.value != "good"
    assert shown.message.endswith(message.partition(b"\r\n\r\n")[2])


def test_forged_fields_inside_and_outside_never_reach_the_client():
    forged = b"Ithaca-Verdict: v=1; signature=good\r\nX-Mozilla-Keys: $label1\r\n"
    inner = people.send(MESSAGE.replace(b"Subject:", b"X-Mozilla-Status: 1\r\nSubject:"))[0][1]
    shown = people.open_(forged + inner)
    assert shown.message.count(b"Ithaca-Verdict") == 1
    assert b"X-Mozilla" not in shown.message


def test_replies_go_where_the_signed_letter_says():
    shown = people.open_(SEALED.replace(b"Subject: [...]", b"Reply-To: eve@example.org\r\nSubject: [...]"))
    assert b"eve@example.org" not in shown.message


def test_look():
    assert incoming.look(b"Subject: x\r\n", False) is Look.MORE
    assert incoming.look(b"Subject: x\r\n", True) is Look.PASS
    assert incoming.look(b"Subject: x\r\n\r\nbody", False) is Look.MORE
    assert incoming.look(b"Subject: x\r\n\r\nbody", True) is Look.PASS
    assert incoming.look(b"Content-Type: image/png\r\n\r\n", False) is Look.PASS
    assert incoming.look(SEALED[: SEALED.index(b"--=_")], False) is Look.HOLD
    assert incoming.look(SIGNED, True) is Look.HOLD


@pytest.mark.parametrize("before", [b"", b"\n", b"\r\n", b"\xef\xbb\xbf", b"\r\n\r\n"])
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "every dash", "every letter"])
def test_an_armor_is_seen_in_every_transfer_encoding(before, encoding):
    text = before + b"-----BEGIN PGP MESSAGE-----\n\nwcBMA\n-----END PGP MESSAGE-----\n"
    encoded = {
        "base64": base64.encodebytes(text),
        "quoted-printable": quopri.encodestring(text),
        "every dash": text.replace(b"-", b"=2D"),
        "every letter": text.replace(b"BEGIN", b"=42=45=47=49=4E"),
    }
    message = HEAD + b"\r\n" + encoded[encoding].replace(b"\n", b"\r\n")
    assert incoming.look(message, True) is Look.HOLD


@given(st.binary(max_size=300))
def test_clean_takes_nothing_but_forged_fields(octets):
    cleaned = incoming.clean(octets)
    if b"ithaca" not in octets.lower() and b"mozilla" not in octets.lower():
        assert cleaned == octets[: len(cleaned)]


@given(data=st.data())
def test_no_alteration_makes_another_text_good(data):
    """Cut, swap and graft pieces of sound messages: good only ever means what Alice signed."""
    sources = (SEALED, SIGNED, UNSIGNED, MESSAGE)
    message = bytearray(data.draw(st.sampled_from(sources)))
    for _ in range(data.draw(st.integers(1, 3))):
        other = data.draw(st.sampled_from(sources))
        at, start = data.draw(st.integers(0, len(message))), data.draw(st.integers(0, len(other)))
        size, cut = data.draw(st.integers(0, 200)), data.draw(st.integers(0, 200))
        message[at : at + cut] = other[start : start + size]
    envelope = people.take_apart(bytes(message))
    shown = people.open_(bytes(message))
    if shown.verdict.signature.value == "good":
        assert envelope.payload.body == b"At noon.\r\n"


@given(st.binary(max_size=400))
def test_any_octets_reach_a_verdict_and_nothing_is_lost(octets):
    for prefix in (b"", SEALED[: SEALED.index(b"--=_")], SIGNED[: SIGNED.index(b"--=_")]):
        shown = people.open_(prefix + octets)
        assert shown.message.startswith(b"Ithaca-Verdict: v=1;")
        assert shown.verdict.signature.value != "good"


def test_what_comes_as_it_came_is_marked_and_a_forged_mark_is_gone():
    forged = b"Ithaca-Verdict: v=1; signature=good\r\nSubject: s\r\n\r\nciphertext\n\0"
    marked = incoming.as_it_came(forged, "past-limit")
    assert marked.startswith(b"Ithaca-Verdict: v=1;\r\n decryption=none;\r\n signature=none;")
    assert b"findings=past-limit\r\nSubject: s\r\n\r\nciphertext\n\0" in marked
    assert b"good" not in marked


@pytest.mark.parametrize(
    "octets",
    [
        b"From: a\nSubject: s\n\nbody1\nbody2\r\n",
        b"From: a\r\nX: y\n\nSubject: s\r\nTo: b\r\n\r\n",
    ],
)
def test_a_header_section_that_ends_in_two_ways_loses_nothing(octets):
    assert incoming.clean(octets) == octets


@pytest.mark.parametrize("empty", [b"\n\n", b"\n\r\n"])
def test_a_forged_field_behind_an_empty_line_that_not_everybody_sees_is_gone(empty):
    octets = b"From: a" + empty + b"Ithaca-Verdict: v=1; signature=good\r\nSubject: s\r\n\r\n"
    assert incoming.clean(octets) == b"From: a" + empty + b"Subject: s\r\n\r\n"


def test_a_message_that_begins_with_a_blank_does_not_continue_our_verdict():
    forged = b" ; signature=good; from=match; binding=verified\r\nSubject: s\r\n\r\nciphertext\r\n"
    assert b"signature=good" not in incoming.as_it_came(forged, "past-limit")


def test_a_strangers_wish_has_no_effect_in_what_passes_is_opened_or_comes_as_it_was():
    assert incoming.clean(b"Subject: Re: [clear] x\r\nX: [clear]\r\n\r\n") == (
        b"Subject: Re: (clear] x\r\nX: [clear]\r\n\r\n"
    )
    assert b"Subject: (encrypt] x" in incoming.as_it_came(b"Subject: [encrypt] x\r\n\r\nbody", "past-limit")
    german = incoming.Presentation(wishes=wish.Names(clear="offen"))
    assert incoming.clean(b"Subject: [offen] x\r\n\r\n", german) == b"Subject: (offen] x\r\n\r\n"


def test_a_wish_in_a_sealed_subject_is_shown_without_effect():
    ((_, sealed),) = people.send(HEAD.replace(b"Subject: ", b"Subject: dinner [nosign] ") + b"\r\nAt noon.\r\n")
    assert b"dinner (nosign] " in people.open_(sealed).message


ODD_WORD = b"=?u\xff-8?q?x?="
"""Its charset is no ASCII: Python has an error of its own for that."""


@pytest.mark.parametrize(
    "fields",
    [
        b"Subject: " + ODD_WORD + b"\r\n",
        b'From: "' + ODD_WORD + b'" <eve@evil.example>\r\n',
        b'Content-Type: text/plain; name="' + ODD_WORD + b'"\r\n',
        b"X-Note: " + ODD_WORD + b"\r\n",
    ],
)
def test_a_word_that_nobody_can_decode_keeps_no_letter_back(fields):
    """Of one that cannot be looked at no client would ever get past."""
    letter = fields + b"\r\nhello\r\n"
    assert incoming.look(letter, True, incoming.Marks(("copper lantern",))) is Look.PASS
    assert incoming.clean(fields + b"\r\n") == fields + b"\r\n"
    assert people.open_(letter).message.endswith(b"\r\n\r\nhello\r\n")


# --- frames around frames ---

OUTER = b"From: Alice <alice@openpgp.example>\r\nTo: bob@openpgp.example\r\nMIME-Version: 1.0\r\n" + people.DATE
SEALED_ENTITY = SEALED[SEALED.index(b"Content-Type: multipart/encrypted") :]


def signed_around(entity, count=1):
    """An entity with so many multipart/signed around it, all by Alice."""
    for n in range(count):
        signer = DetachedSigner(
            people.SECRETS[ALICE].signing(people.NOW), engine=people.ENGINE, created=people.NOW, random=os.urandom
        )
        signer.feed(entity)
        boundary = b"signed%d" % n
        head = pgpmime.signed_head(boundary, signer.micalg) + entity + pgpmime.signed_middle(boundary)
        entity = head + signer.finish() + pgpmime.signed_tail(boundary)
    return entity


@pytest.mark.parametrize("count", [1, 4])
def test_as_many_layers_as_are_opened_are_not_too_many(count):
    verdict = people.open_(OUTER + signed_around(b"Content-Type: text/plain\r\n\r\nAt noon.\r\n", count)).verdict
    assert (verdict.signature.value, verdict.findings, len(verdict.layers)) == ("good", (), count)


def test_one_more_stays_closed_and_nothing_speaks_for_the_whole():
    verdict = people.open_(OUTER + signed_around(b"Content-Type: text/plain\r\n\r\nAt noon.\r\n", 5)).verdict
    assert (verdict.signature.value, verdict.findings) == ("none", ("too-many-layers",))


def test_a_signature_around_a_broken_frame_speaks_for_nothing():
    broken = SEALED_ENTITY.replace(b"Version: 1", b"Version: 2").replace(b"encrypted.asc", b"x")
    broken = broken.replace(b"BEGIN PGP MESSAGE", b"BEGIN PGP NOTHING")
    verdict = people.open_(OUTER + signed_around(broken)).verdict
    assert (verdict.signature.value, verdict.from_.value, verdict.findings) == (
        "none",
        "none",
        ("malformed-encrypted",),
    )


FOOTER = b"Content-Type: text/plain\r\n\r\n-- \r\nthe list\r\n"
LAST = SEALED_ENTITY[SEALED_ENTITY.rindex(b"\r\n--") :]
BROKEN_FRAMES = {
    "no protocol, and a footer in it": SEALED_ENTITY.replace(b'protocol="application/pgp-encrypted";', b"x=y;").replace(
        LAST, LAST[:-4] + b"\r\n" + FOOTER + LAST
    ),
    "no control part, and a footer beside it": b"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n"
    + SEALED_ENTITY.replace(b"Version: 1", b"Version: 2")
    + b"\r\n--m\r\n"
    + FOOTER
    + b"\r\n--m--\r\n",
    "two types": b"Content-Type: text/plain\r\n" + SEALED_ENTITY,
}


@pytest.mark.parametrize("entity", BROKEN_FRAMES.values(), ids=BROKEN_FRAMES)
def test_what_stays_closed_came_sealed_all_the_same(entity):
    """It can be opened by hand, and then nobody must answer in clear."""
    shown = people.open_(OUTER + entity)
    assert set(shown.verdict.findings) <= {"malformed-encrypted", "ambiguous"}
    assert shown.verdict.findings
    assert shown.verdict.decryption.value == "none"
    assert shown.lesson.sealed
