"""What Ithaca sends, a reader of RFC 3156 around GnuPG reads, and Thunderbird's rules hold; what it writes, Ithaca reads."""

import re
import time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

import pytest

from integration import letters, rfc3156, thunderbird_rules
from integration import openpgp_letters as frames
from integration.openpgp_correspondents import ULYSSES
from ithaca.verdict import Decryption, From, Layer, SignatureState

_HEAD = (
    "From: Ulysses <ulysses@ithaca.example>\r\nTo: {to}\r\nSubject: the shroud\r\nDate: {date}\r\n"
    "Message-ID: <1@ithaca.example>\r\nMIME-Version: 1.0\r\n"
)
_LONG = b"x" * 3000 + b"\r\n" + b"y " * 600 + b"\r\n"
ENTITIES = {
    "latin-1": b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xfc\xdfe\r\n",
    "utf-8": b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    + "ναῦς\r\n".encode(),
    "long lines": b"Content-Type: text/plain\r\n\r\n" + _LONG,
    "flowed": b"Content-Type: text/plain; format=flowed; delsp=no\r\n\r\na line that flows \r\non\r\n> quoted \r\n-- \r\nU\r\n",
    "from and blanks": b"Content-Type: text/plain\r\n\r\nFrom the sea\r\n  trailing  \r\n\t\r\n.\r\n..\r\n",
    "quoted-printable": b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Gr=C3=BC=C3=9Fe =20\r\n=46rom\r\n",
    "empty": b"Content-Type: text/plain\r\n\r\n",
    "no type": b"\r\nhello\r\n",
    "calendar": b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
}


def _composed():
    """Letters of several parts, as a mail program writes them."""
    for make in (letters.html, letters.nested, letters.picture):
        octets = make(20_000) if make is letters.picture else make()
        yield make.__name__, octets[re.search(rb"(?i)content-type:", octets).start() :]
    message = EmailMessage(policy=SMTP.clone(cte_type="8bit"))
    message.set_content("Größe\n", cte="8bit")
    message.add_attachment("a;ü\n", subtype="csv", filename="größe.csv", cte="8bit")
    message.add_attachment(bytes(range(256)), maintype="application", subtype="octet-stream", filename="all.bin")
    octets = message.as_bytes()
    yield "attachments", b"".join(line for line in octets.splitlines(True) if not line.startswith(b"MIME-Version"))


ENTITIES.update(_composed())
every_entity = pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES)


@pytest.fixture
def gpg(installed):
    return installed("gpg")


@pytest.fixture
def peer(gpg, correspondents):
    return correspondents.peer("gpg", "ed25519")


@pytest.fixture
def ulysses(correspondents):
    return correspondents.ulysses


def letter(entity, peer):
    return _HEAD.format(to=peer.address, date=formatdate(time.time())).encode() + entity


def shown_leaves(found):
    """Without what stands there for readers that do not know protected fields."""
    if not found.sealed:
        return found.leaves
    marked = [p.get_param("hp-legacy-display") for p in found.root.walk() if not p.is_multipart()]
    leaves = []
    for leaf, mark in zip(found.leaves, marked, strict=True):
        content = leaf.content
        if mark and leaf.media == "text/plain":
            content = content.partition(b"\n\n")[2]
        elif mark:
            content = re.sub(rb'(?s)<div class="header-protection-legacy-display">.*?</div>', b"", content)
        leaves.append(rfc3156.Leaf(leaf.media, leaf.name, content))
    return tuple(leaves)


# --- what is sent ------------------------------------------------------------------------------------


@every_entity
def test_what_is_sealed_is_read_with_every_leaf(entity, gpg, peer, ulysses):
    message = letter(entity, peer)
    (sent,) = ulysses.seal(message, peer.address)
    found = rfc3156.read(sent, gpg, ulysses.key)
    assert found.sealed
    assert found.signers == (ulysses.key,)
    assert shown_leaves(found) == rfc3156.leaves(message)
    assert found.root["Subject"] == "the shroud"
    assert thunderbird_rules.complaints(sent, found, gpg) == []


@every_entity
def test_what_is_signed_is_read_with_every_leaf(entity, gpg, peer, ulysses):
    message = letter(entity, peer)
    sent = ulysses.sign(message, peer.address)
    found = rfc3156.read(sent, gpg, ulysses.key)
    assert not found.sealed
    assert found.signers == (ulysses.key,)
    assert found.leaves == rfc3156.leaves(message)
    assert thunderbird_rules.complaints(sent, found, gpg) == []


# Not the empty one: whether the line that ends the header section is one of the empty lines at the end, programs disagree.
@pytest.mark.parametrize(
    "entity", [e for n, e in ENTITIES.items() if n != "empty"], ids=[n for n in ENTITIES if n != "empty"]
)
def test_what_is_signed_unobtrusively_is_read_by_the_rules_of_the_draft(entity, gpg, peer, ulysses):
    message = letter(entity, peer)
    sent = ulysses.sign_unobtrusively(message, peer.address)
    covered, signature = thunderbird_rules.unobtrusive(sent)
    assert gpg.verify(covered, signature, ulysses.key) == (ulysses.key,)
    assert list(thunderbird_rules.safe(covered)) == []
    assert rfc3156.leaves(sent) == rfc3156.leaves(message)
    assert rfc3156.parsed(covered)["Subject"] == rfc3156.parsed(sent)["Subject"] == "the shroud"


def test_what_is_only_encrypted_is_read_unsigned(gpg, peer, ulysses):
    sent = ulysses.encrypt(letter(ENTITIES["utf-8"], peer), peer.address)
    found = rfc3156.read(sent, gpg, ulysses.key)
    assert found.signers == ()
    assert found.root["Subject"] == "the shroud"


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda m: re.sub(rb"micalg=pgp-\w+", b"micalg=pgp-md5", m), "micalg"),
        (lambda m: re.sub(rb"\nDate: .*", b"\nDate: Tue, 24 Nov 2020 10:00:00 +0000\r", m, count=1), "from its Date"),
        (lambda m: b"Bcc: x@y.example\r\n" + m, "bcc leaves"),
        (lambda m: m.replace(b"\nSubject: the shroud", b"\nSubject: another", 1), "Subject"),
    ],
    ids=["micalg", "time", "bcc", "subject"],
)
def test_the_rules_notice_what_breaks_them(gpg, peer, ulysses, spoil, complaint):
    sent = ulysses.sign(letter(frames.SAFE, peer), peer.address)
    found = rfc3156.read(sent, gpg, ulysses.key)
    spoilt = spoil(sent)
    assert spoilt != sent
    assert any(complaint in said for said in thunderbird_rules.complaints(spoilt, found, gpg))


@pytest.mark.parametrize("octets", ["ü\r\n", "a \r\n", "From x\r\n", "a\nb\r\n", "a" * 999 + "\r\n"], ids=range(5))
def test_what_would_not_survive_is_noticed(octets):
    assert list(thunderbird_rules.safe(octets.encode()))


# --- what is read ------------------------------------------------------------------------------------


@pytest.mark.parametrize("entity", [frames.SAFE, *ENTITIES.values()], ids=["safe", *ENTITIES])
@pytest.mark.parametrize("form", ["combined", "encapsulated", "encrypted", "signed"])
def test_what_that_writer_writes_is_opened(gpg, peer, ulysses, form, entity):
    if b"charset=iso" in entity or not entity.isascii():
        entity = frames.SAFE + b"in eight bits would be against RFC 3156 section 3\r\n" if form == "signed" else entity
    addresses = (str(peer.address), str(ULYSSES))
    made = {
        "combined": lambda: rfc3156.combined(entity, gpg, peer.key, ulysses.key, *addresses),
        "encapsulated": lambda: rfc3156.encapsulated(entity, gpg, peer.key, ulysses.key, *addresses),
        "encrypted": lambda: rfc3156.encrypted(entity, gpg, ulysses.key, *addresses),
        "signed": lambda: rfc3156.signed(entity, gpg, peer.key, *addresses),
    }[form]()
    shown = ulysses.open(made)
    verdict = shown.verdict
    assert verdict.decryption is (Decryption.NONE if form == "signed" else Decryption.FULL)
    if form == "encrypted":
        assert (verdict.signature, verdict.from_) == (SignatureState.NONE, From.NONE)
    else:
        assert (verdict.signature, verdict.from_) == (SignatureState.GOOD, From.MATCH)
        assert verdict.layers[-1] is Layer.SIGNED
    expected = rfc3156.leaves(entity)
    got = [leaf for leaf in rfc3156.leaves(shown.message) if leaf.media != "application/pgp-signature"]
    if entity is ENTITIES["no type"] and form != "signed":
        # Without a Content-Type all that is sealed is shown as text, its empty line, too.
        got = [rfc3156.Leaf(leaf.media, leaf.name, leaf.content.removeprefix(b"\n")) for leaf in got]
    assert tuple(got) == expected
