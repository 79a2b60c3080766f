"""The leaves of a message, each judged by what it holds."""

import pytest

from ithaca.errors import MalformedMessage
from ithaca.incoming.armored import blocks
from ithaca.mime import leaves
from ithaca.mime.entity import parse
from ithaca.mime.leaves import MOST_DEPTH, MOST_LEAVES, Role
from messages import sealed
from messages.frames import CONTROL, attached, base64_lines, html, mixed, part, text

A = sealed.C_ARMOR
KEY = sealed.armor("PUBLIC KEY BLOCK", b"\x98\x01\x04")
ROLES = {
    "sealed": (text(A), Role.SEALED),
    "blanks": (text(b"\r\n \r\n" + A + b"\r\n"), Role.SEALED),
    "trailed": (text(A + b"footer\r\n"), Role.TRAILED),
    "before": (text(b"words\r\n" + A), Role.OTHER),
    "two": (text(A + A), Role.OTHER),
    "base64": (text(base64_lines(A), encoding=b"base64"), Role.SEALED),
    "byte order mark": (text(b"\xef\xbb\xbf" + A), Role.SEALED),
    "other charset": (text(A, charset=b"utf-16"), Role.OTHER),
    "charset by another name": (text(A, charset=b"cp1252"), Role.SEALED),
    "charset of several octets": (text(A, charset=b"iso-2022-jp"), Role.SEALED),
    "and one that shifts": (text(b"\x1b$B\r\n" + A, charset=b"iso-2022-jp"), Role.OTHER),
    "and one that swallows": (text(A + b"\r\n\x81", charset=b"gbk"), Role.OTHER),
    "clearsigned": (text(sealed.cleartext(b"x\r\n")), Role.CLEARSIGNED),
    "keys": (text(KEY), Role.KEYS),
    "signature": (text(sealed.detached(b"x")), Role.SIGNATURES),
    "text": (text(b"hello\r\n"), Role.TEXT),
    "empty": (text(b" \r\n"), Role.EMPTY),
    "html": (html(b"x"), Role.HTML),
    "layer": (sealed.C, Role.LAYER),
    "control": (CONTROL, Role.CONTROL),
    "attached": (attached(b"application/octet-stream", b"a.asc", A), Role.SEALED),
    "binary": (
        attached(b"application/octet-stream", b"a.gpg", base64_lines(sealed.binary(b"x")), encoding=b"base64"),
        Role.SEALED,
    ),
    "detached": (
        attached(b"application/octet-stream", b"a.sig", base64_lines(b"\x88\x01x"), encoding=b"base64"),
        Role.SIGNATURES,
    ),
    "picture": (part(b"image/png", A), Role.OTHER),
    "broken": (text(b"%", encoding=b"base64"), Role.OTHER),
}


@pytest.mark.parametrize("name", ROLES)
def test_every_role(name):
    entity, role = ROLES[name]
    (leaf,) = leaves.survey(parse(entity), blocks)
    assert leaf.role is role


def test_containers_are_gone_through_up_to_a_limit():
    deep = text()
    for n in range(MOST_DEPTH):
        deep = mixed(deep, boundary=b"b%d" % n)
    assert leaves.survey(parse(deep), blocks)[0].depth == MOST_DEPTH
    with pytest.raises(MalformedMessage):
        leaves.survey(parse(mixed(deep)), blocks)
    with pytest.raises(MalformedMessage):
        leaves.survey(parse(mixed(*[text()] * (MOST_LEAVES + 1))), blocks)


def test_an_html_copy_of_the_armor_and_nothing_more():
    def copied(body):
        (leaf,) = leaves.survey(parse(html(body)), blocks)
        return leaves.is_copy(leaf, A)

    assert copied(b"<pre>" + A.replace(b"\r\n", b"<br>\r\n") + b"</pre>")
    assert not copied(A + b"words")
    assert not copied(b"words")
