"""What is signed and goes in clear."""

import pytest

import people
from ithaca.errors import PeerError
from ithaca.mime import entity as entities
from ithaca.mime import unobtrusive
from ithaca.openpgp import verification
from ithaca.policy import Encrypt, Policy, SignFormat
from ithaca.sealing import signing
from ithaca.work import run
from people import ALICE, ENGINE, NOW, Person

SIGNING = Person(policy=Policy(encrypt=Encrypt.NEVER))
HEAD = b"From: alice@openpgp.example\r\nTo: x@example.org\r\nSubject: s\r\nContent-Type: text/plain; charset=utf-8\r\n"


def signed(body, kind=SignFormat.UNOBTRUSIVE, step=None):
    message = HEAD + b"\r\n" + body
    person = Person(policy=Policy(encrypt=Encrypt.NEVER, sign_format=kind))
    plan = people.begin(message[: 1 << 17], ("x@example.org",), person, complete=False)
    sealer = plan.sealer(plan.groups[0])
    step = step or len(message)
    return b"".join(sealer.feed(message[i : i + step]) for i in range(0, len(message), step)) + sealer.finish()


def proved(octets, signature):
    found = run(
        verification.verify_detached(octets, signature, engine=ENGINE, lookup=people.keys(ALICE).lookup, now=NOW)
    )
    return [s.state.value for s in found]


@pytest.mark.parametrize("body", [b"text\r\n", b"\r\n \r\n", b"Gr\xc3\xbc\xc3\x9fe \r\n\r\n\r\n", b"no line end"])
@pytest.mark.parametrize("step", [1, 50, None])
def test_an_unobtrusive_signature_stands_in_front_of_the_only_part(body, step):
    octets = signed(body, step=step)
    message = entities.parse(octets)
    assert message.content_type.media_type == "multipart/mixed"
    (part,) = message.parts()
    assert part.header.fields[0].name == b"Sig"
    assert part.decoded_body() == body
    assert part.content_type.params["hp"] == "clear"
    assert part.header.first(b"Subject").value == message.header.first(b"Subject").value == b"s"
    (text,), (signature,) = unobtrusive.take(message)
    assert proved(text, signature) == ["good"]
    assert b"application/pgp-signature" not in octets


@pytest.mark.parametrize("body", [b"", b"\r\n", b"\r\n\r\n"])
@pytest.mark.parametrize("step", [1, None])
def test_an_entity_without_a_body_carries_an_attached_signature(body, step):
    """Of which programs agree what it is over."""
    octets = signed(body, step=step)
    envelope = people.take_apart(octets, ALICE)
    assert entities.parse(octets).content_type.media_type == "multipart/signed"
    assert [s.state.value for s in envelope.signatures] == ["good"]
    assert envelope.payload.decoded_body() == body


def test_a_large_entity_carries_an_attached_signature():
    body = b"text\r\n" * (signing.MOST_HELD // 6 + 1)
    octets = signed(body, step=1 << 16)
    envelope = people.take_apart(octets, ALICE)
    assert entities.parse(octets).content_type.media_type == "multipart/signed"
    assert [s.state.value for s in envelope.signatures] == ["good"]
    assert envelope.payload.decoded_body() == body


def test_the_digest_that_is_announced_is_the_one_of_the_signature():
    octets = signed(b"text\r\n", SignFormat.ATTACHED)
    assert entities.parse(octets).content_type.params["micalg"] == "pgp-sha256"
    (found,) = people.take_apart(octets, ALICE).signatures
    assert found.hash == "SHA256"


@pytest.mark.parametrize("kind", [SignFormat.ATTACHED, SignFormat.UNOBTRUSIVE])
def test_what_cannot_be_signed_is_refused_with_the_reason(kind):
    global HEAD  # noqa: PLW0603 (put back at once)
    old, HEAD = HEAD, HEAD.replace(b"text/plain; charset=utf-8", b"message/delivery-status")
    try:
        with pytest.raises(PeerError, match="may not be recoded") as caught:
            signed(b"\xff\r\n", kind)
    finally:
        HEAD = old
    assert (caught.value.code, caught.value.enhanced) == (554, "5.6.0")
    assert caught.value.text.endswith("To send it unsigned, put [nosign] before the subject.")
