"""What is sealed and signed, whatever was to be signed: gpg calls it good, read by hand and not by any code of Ithaca."""

import base64
import email
import email.policy
import os

import pytest

import people
from integration import openpgp_letters as letters
from integration.openpgp_programs import Gpg
from ithaca.openpgp import armor, secret_key
from ithaca.policy import Encrypt, Policy, SignFormat
from ithaca.sealing import Style
from people import ALICE, BOB, Person

HEAD = (
    b"From: Alice <alice@openpgp.example>\r\nTo: bob@openpgp.example\r\nSubject: the shroud\r\n"
    b"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <shroud@openpgp.example>\r\nMIME-Version: 1.0\r\n"
)
TEXT = b"Content-Type: text/plain; charset=utf-8; format=flowed\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
BODIES = {
    "empty": TEXT,
    "plain": TEXT + b"One line.\r\n",
    "delicate": TEXT + "Größe \r\nFrom the sea\r\n-- \r\n.\r\n\t\r\n\r\n\r\n".encode(),
    "long line": TEXT + b"x" * 5000 + b"\r\n",
    "NUL": TEXT.replace(b"text/plain", b"application/x-y") + b"a\0b\r\n",
    "no line end": TEXT + b"no line end ",
    "parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\nPreamble \r\n--b\r\n"
    + TEXT
    + "Größe \r\n".encode()
    + b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nFrom me \r\n--b--\r\nEpilogue \r\n",
}
bodies = pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)


@pytest.fixture(scope="module")
def correspondent(tmp_path_factory):
    made = Gpg(tmp_path_factory.mktemp("gpg"))
    made.take(people.CERTIFICATES[ALICE].fingerprint, people.CERTIFICATES[ALICE].octets)
    bob = people.SECRETS[BOB]
    parts = (people.ENGINE.lock(component, None, random=os.urandom) for component in bob.components)
    made.take(bob.fingerprint, secret_key.join(bob.certificate.octets, parts))
    yield made
    made.close()


@pytest.fixture
def gpg(program, request):
    program("gpg")
    return request.getfixturevalue("correspondent")


def leaves(octets):
    read = email.message_from_bytes(octets, policy=email.policy.SMTP)  # noqa: TID251 (a foreign reader)
    return [p.get_payload(decode=True) for p in read.walk() if not p.is_multipart()]


def signed(message, kind):
    person = Person(policy=Policy(encrypt=Encrypt.NEVER, sign_format=kind))
    ((_, octets),) = people.send(message, person=person, style=Style())
    return octets


@bodies
def test_gpg_calls_every_attached_signature_good(gpg, body):
    octets, signature = letters.signed_part(signed(HEAD + body, SignFormat.ATTACHED))
    assert gpg.verify(octets, signature, people.CERTIFICATES[ALICE].fingerprint)
    assert leaves(octets) == leaves(HEAD + body)
    assert octets.isascii()


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in BODIES.items() if name != "empty"])
def test_gpg_calls_every_unobtrusive_signature_good(gpg, body):
    octets, signature = unobtrusive_part(signed(HEAD + body, SignFormat.UNOBTRUSIVE))
    assert gpg.verify(octets, signature, people.CERTIFICATES[ALICE].fingerprint)
    assert b'hp="clear"' in octets
    assert octets.isascii()


@pytest.mark.parametrize("kind", [SignFormat.ATTACHED, SignFormat.UNOBTRUSIVE])
def test_a_header_section_in_eight_bits_is_signed_in_seven(gpg, kind):
    head = HEAD.replace(b"the shroud", "das Leichentuch für Größe".encode()).replace(b"Alice", "Älice".encode())
    letter = signed(head + BODIES["plain"], kind)
    assert letter.isascii()
    take = letters.signed_part if kind is SignFormat.ATTACHED else unobtrusive_part
    octets, signature = take(letter)
    assert gpg.verify(octets, signature, people.CERTIFICATES[ALICE].fingerprint)
    for read in (letter, octets):
        fields = email.message_from_bytes(read, policy=email.policy.default)  # noqa: TID251 (a foreign reader)
        assert fields["Subject"] == "das Leichentuch für Größe"
        assert [(a.display_name, a.addr_spec) for a in fields["From"].addresses] == [("Älice", ALICE)]


def test_gpg_calls_the_signature_over_an_empty_text_good_which_is_attached(gpg):
    octets, signature = letters.signed_part(signed(HEAD + BODIES["empty"], SignFormat.UNOBTRUSIVE))
    assert gpg.verify(octets, signature, people.CERTIFICATES[ALICE].fingerprint)


def unobtrusive_part(letter):
    """The signed octets and the armored signature, line by line, as Thunderbird takes them."""
    head, _, body = letter.partition(b"\r\n\r\n")
    boundary = b"--" + head.partition(b'boundary="')[2].partition(b'"')[0]
    lines = body.split(b"\r\n")
    lines = lines[lines.index(boundary) + 1 : lines.index(boundary + b"--")]
    assert boundary not in lines
    value = lines.pop(0).removeprefix(b"Sig:")
    while lines[0].startswith(b" "):
        value += lines.pop(0).strip()
    kind, data = (part.strip() for part in value.split(b";"))
    assert kind == b"t=p"
    end = lines.index(b"")
    while len(lines) > end + 1 and not lines[-1]:
        lines.pop()
    return b"\r\n".join((*lines, b"")), armor.armor("SIGNATURE", base64.b64decode(data.removeprefix(b"b=")))


@bodies
def test_gpg_opens_everything_sealed_and_calls_its_signature_good(gpg, body):
    ((_, sealed),) = people.send(HEAD + body, style=Style())
    opened = gpg.decrypt(letters.encrypted_part(sealed))
    assert opened.signers == (people.CERTIFICATES[ALICE].fingerprint,)
    head, _, rest = opened.plaintext.partition(b"\r\n\r\n")
    assert b"Subject: the shroud" in head
    assert b"shroud" not in sealed.replace(b"<shroud@openpgp.example>", b"")
    # In front of the text stands the Subject, for readers that know no header protection (RFC 9788 §5.2.2).
    mark, display = b'; hp-legacy-display="1"', b"Subject: the shroud\r\n\r\n"
    is_text = TEXT in body
    assert (head + rest).count(mark) == rest.count(display) == is_text
    assert rest.replace(mark, b"").replace(display, b"") == body.partition(b"\r\n\r\n")[2]
