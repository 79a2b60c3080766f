"""What Thunderbird's own OpenPGP, given the keys, says of what Ithaca sent: the letter comes straight from the provider."""

import email.utils
import smtplib

import pytest

from ithaca.keyring.store import Keyring
from ithaca.openpgp import armor
from ithaca.openpgp.pgpy_engine import PgpyEngine

pytestmark = pytest.mark.thunderbird

ULYSSES, NOBODY = "ulysses@ithaca.example", "nobody@ithaca.example"
LETTER = """From: Ulysses <ulysses@ithaca.example>\r
To: nobody@ithaca.example\r
Subject: {subject}\r
Date: {date}\r
Message-ID: <{name}@ithaca.example>\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8; format=flowed\r
Content-Transfer-Encoding: 8bit\r
\r
Nobody is my name, and flowed \r
is this line. – ναῦς\r
From here on nothing.\r
"""
GOOD = "message-signed-verified.svg"


@pytest.fixture
def nobody(world, thunderbird):
    """Nobody's Thunderbird at the provider itself, with a key of its own making that Ulysses has, and Ulysses' certificate."""
    reader = thunderbird("nobody", (world.isp.smtp_port, world.isp.pop3_port))
    keyring = Keyring(world.people / "ulysses", PgpyEngine())
    own = keyring.own_certificate(keyring.sole_secret(None))
    reader.accept(armor.armor("PUBLIC KEY BLOCK", own.octets).decode(), ULYSSES)
    made, _ = keyring.import_certificate(armor.dearmor(reader.make_key("Nobody").encode()).data)
    yield reader
    keyring.remove_certificate(made.fingerprint)


def send(world, subject, now, **more):
    smtp, _ = world.ithaca("ulysses", **more)
    letter = LETTER.format(subject=subject, date=now, name=subject.split()[0])
    with smtplib.SMTP("localhost", smtp) as client:
        client.login(ULYSSES, "scylla and charybdis")
        client.sendmail(ULYSSES, NOBODY, letter.encode())


@pytest.mark.parametrize(
    ("name", "more", "icons"),
    [
        ("sealed", {"policy": {"encrypt": "always"}}, 2),
        ("signed", {"policy": {"encrypt": "never"}}, 1),
    ],
    ids=["sealed", "signed"],
)
def test_its_own_openpgp_calls_what_is_sent_good(world, nobody, name, more, icons):

    subject = f"{name} by Ithaca – at sea"
    send(world, subject, email.utils.formatdate(), **more)
    nobody.fetch(1)
    nobody.type_password()
    shown = nobody.read()
    security = nobody.security(icons)
    nobody.photograph(f"own-openpgp-{name}")
    assert GOOD in security
    assert len(security) == icons
    assert shown.subject == subject
    assert "ναῦς" in shown.text
