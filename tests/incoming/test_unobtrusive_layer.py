"""The layer of an unobtrusive signature: good, or not there at all."""

import pytest

import people
from ithaca import incoming
from ithaca.incoming import Look
from ithaca.mime import entity as entities
from ithaca.mime import unobtrusive
from ithaca.openpgp.signer import DetachedSigner
from ithaca.policy import Encrypt, Policy, Sign, SignFormat
from people import ALICE, BOB, Person

MESSAGE = people.DATE + (
    b"From: Alice <alice@openpgp.example>\r\nTo: x@example.org\r\nSubject: the plan\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xc3\xbc\xc3\x9fe \r\n-- \r\n\r\n"
)


def signed(message=MESSAGE):
    person = Person(policy=Policy(encrypt=Encrypt.NEVER, sign_format=SignFormat.UNOBTRUSIVE))
    ((_, octets),) = people.send(message, ("x@example.org",), person=person)
    return octets


SIGNED = signed()
HEAD, _, BODY = SIGNED.partition(b"\r\n\r\n")
BOUNDARY = entities.parse(SIGNED).content_type.params["boundary"].encode()
(CHILD,) = (part.octets for part in entities.parse(SIGNED).parts())


def verdict(octets):
    return people.open_(octets, BOB).verdict


def nothing(octets):
    """Nobody signed it, and nobody is warned."""
    found = verdict(octets)
    return (found.signature.value, found.from_.value, found.layers, found.findings) == ("none", "none", (), ())


def test_a_good_one_is_good_and_covers_the_fields_inside():
    found = verdict(SIGNED)
    assert (found.signature.value, found.from_.value, found.findings) == ("good", "match", ())
    assert [layer.value for layer in found.layers] == ["signed"]
    shown = people.open_(SIGNED.replace(b"Subject: the plan", b"Subject: another", 1), BOB)
    assert entities.parse(shown.message).header.first(b"Subject").value == b"the plan"


def test_it_is_held_by_its_beginning_and_other_mixed_mail_passes():
    assert incoming.look(SIGNED, complete=True) is Look.HOLD
    assert incoming.look(SIGNED[: len(HEAD) + 8], complete=False) is Look.MORE
    other = SIGNED.replace(b"\r\nSig:", b"\r\nX-Sig:")
    assert incoming.look(other, complete=True) is Look.PASS
    long = HEAD + b"\r\n\r\n" + b"x" * unobtrusive.MOST_BEFORE
    assert incoming.look(long, complete=False) is Look.PASS


def test_empty_lines_added_at_the_end_are_not_part_of_it():
    end = b"\r\n--" + BOUNDARY + b"--"
    assert verdict(SIGNED.replace(end, b"\r\n\r\n\r\n" + end)).signature.value == "good"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Subject: the plan\r\nContent", b"Subject: the Plan\r\nContent"),
        (b"R3LD", b"R3LE"),
        (b"\r\nSig:", b"\r\nX: y\r\nSig:"),
        (
            b"\r\nFrom: Alice <alice@openpgp.example>\r\nTo: x@example.org\r\nSubject: the plan\r\nC",
            b"\r\nSig: t=p; b=AAAA\r\nC",
        ),
        (b"t=p; b=", b"t=p; b=AAAA"),
        (b"--" + BOUNDARY + b"--", b"--" + BOUNDARY + b"\r\n\r\nfooter\r\n--" + BOUNDARY + b"--"),
        (b"multipart/mixed", b"multipart/alternative"),
    ],
    ids=["field", "body", "not first", "header fields", "signature", "second part", "other root"],
)
def test_whatever_is_wrong_with_it_the_message_is_one_that_nobody_signed(old, new):
    begin, end = SIGNED.rpartition(old)[::2]
    altered = begin + new + end if old in SIGNED and old != b"multipart/mixed" else SIGNED.replace(old, new)
    assert altered != SIGNED
    assert nothing(altered)


def test_of_a_signer_who_is_not_known_nothing_is_said():
    keys = people.keys(BOB, known={BOB: people.CERTIFICATES[BOB]})
    found = people.run(incoming.open_message(SIGNED, keys, engine=people.ENGINE, now=people.NOW)).verdict
    assert (found.signature.value, found.findings) == ("none", ())


def test_a_future_signature_is_none():
    found = people.open_(SIGNED, BOB, now=people.NOW - 10 * 86400).verdict
    assert (found.signature.value, found.findings) == ("none", ())


def test_in_an_inner_part_or_around_another_layer_it_does_not_count():
    inside = b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n"
    wrapped = b"From: alice@openpgp.example\r\nMIME-Version: 1.0\r\n" + inside
    wrapped += SIGNED[SIGNED.index(b"Content-Type: multipart") :] + b"\r\n--o--\r\n"
    assert nothing(wrapped)
    layer = MESSAGE.replace(
        b"text/plain; charset=utf-8", b'multipart/signed; protocol="application/pgp-signature"; boundary=s'
    )
    layer = (
        layer.partition(b"\r\n\r\n")[0].replace(b"8bit", b"7bit") + b"\r\n\r\n--s\r\n\r\nx\r\n--s\r\n\r\ny\r\n--s--\r\n"
    )
    made = wrapped_by_alice(layer[layer.index(b"Content-Type") :])
    assert verdict(b"From: alice@openpgp.example\r\nMIME-Version: 1.0\r\n" + made).signature.value == "none"
    good = wrapped_by_alice(b"Content-Type: text/plain\r\n\r\nx\r\n")
    assert verdict(b"From: alice@openpgp.example\r\nMIME-Version: 1.0\r\n" + good).signature.value == "good"


@pytest.mark.parametrize("body", [b"", b"\r\n", b"\r\n\r\n\r\n"])
@pytest.mark.parametrize("line", [b"\r\n", b""], ids=["with the empty line", "without"])
def test_over_an_empty_body_it_is_good_with_and_without_the_empty_line(body, line):
    """Thunderbird writes the latter, and reads the former."""
    head = b'From: alice@openpgp.example\r\nSubject: gone?\r\nContent-Type: text/plain; hp="clear"\r\n'
    made = wrapped_by_alice(head + b"\r\n" + body, head + line)
    found = verdict(b"From: alice@openpgp.example\r\nMIME-Version: 1.0\r\n" + made)
    assert (found.signature.value, found.from_.value, found.subject) == ("good", "match", "gone?")
    words = wrapped_by_alice(head + b"\r\nPay Eve.\r\n", head + line)
    assert nothing(b"From: alice@openpgp.example\r\nMIME-Version: 1.0\r\n" + words)


def wrapped_by_alice(entity, covered=None):
    signer = people.SECRETS[ALICE].signing(people.NOW)
    signature = DetachedSigner(signer, engine=people.ENGINE, created=people.NOW, random=bytes)
    signature.feed(unobtrusive.readings(entity)[0] if covered is None else covered)
    return unobtrusive.wrapped(entity, signature.finish_binary(), b"u")


def test_under_encryption_it_does_not_count():
    inner = b"From: alice@openpgp.example\r\nTo: bob@openpgp.example\r\n" + SIGNED[SIGNED.index(b"MIME-Version") :]
    ((_, sealed),) = people.send(inner, person=Person(policy=Policy(sign=Sign.NEVER)))
    found = verdict(sealed)
    assert (found.decryption.value, found.signature.value) == ("full", "none")
