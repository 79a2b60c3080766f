"""What the next layer is: by type, by all leaves at the root, and by nothing in doubt."""

import pytest

from ithaca.incoming.envelope import Envelope
from ithaca.incoming.recognition import recognise
from ithaca.mime import entity as entities
from ithaca.mime.pgpmime import Shape
from messages import sealed
from messages.frames import attached, encrypted, html, letter, mixed, part, text

A = sealed.C_ARMOR
CASES = {
    "encrypted": (sealed.C, Shape.ENCRYPTED),
    "signed": (sealed.G, Shape.SIGNED),
    "unobtrusive": (mixed(sealed.unobtrusive(sealed.protected(text(), b"clear"))), Shape.UNOBTRUSIVE),
    "inline": (text(A), Shape.INLINE),
    "clearsigned": (text(sealed.cleartext(b"hi\r\n")), Shape.CLEARSIGNED),
    "mangled": (
        mixed(
            text(b"\r\n"),
            part(b"application/pgp-encrypted", b"Version: 1\r\n"),
            attached(b"application/octet-stream", b"encrypted.asc", A),
        ),
        Shape.MANGLED,
    ),
    "partitioned": (mixed(text(A), attached(b"application/octet-stream", b"a.pdf.asc", A)), Shape.PARTITIONED),
    "partial": (mixed(text(A), text(b"footer\r\n")), Shape.PARTIAL),
    "words before": (mixed(text(b"words\r\n"), text(A)), Shape.NONE),
    "html before": (mixed(html(b"<img src='http://evil.example/"), sealed.C, html(b"'>")), Shape.NONE),
    "plain": (text(b"hello\r\n"), Shape.NONE),
    "two types": (b"Content-Type: text/plain\r\n" + sealed.C, Shape.AMBIGUOUS),
}


def envelope(entity, **more):
    root = entities.parse(letter(entity, **more))
    return Envelope(outer=root.header, whole=root, payload=root)


@pytest.mark.parametrize("name", CASES)
def test_every_shape(name):
    entity, shape = CASES[name]
    assert recognise(envelope(entity)) is shape


def test_a_signed_root_without_mime_version_is_in_doubt():
    found = envelope(sealed.G, mime=False)
    assert recognise(found) is Shape.AMBIGUOUS
    assert found.findings == ["ambiguous"]


def test_below_a_layer_nothing_is_looked_for_beside_something_else():
    found = envelope(mixed(text(A), text(b"footer\r\n")))
    found.layers.append("a layer")
    assert recognise(found) is Shape.NONE


def test_a_broken_frame_is_mangled_at_the_root_alone():
    entity = encrypted(A, params=b"")
    assert recognise(envelope(entity)) is Shape.MANGLED
    inner = envelope(entity)
    inner.layers.append("a layer")
    assert recognise(inner) is Shape.NONE
