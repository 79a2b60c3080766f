"""Any client → Ithaca → Postfix → Dovecot → Ithaca → any client.

Every program sends one letter with a picture; then every other program fetches all of them.
"""

import email.policy
from email.message import EmailMessage

import pytest

from clients.programs import FETCHERS, INSTALLED, SENDERS, Account, Letter
from ithaca.demo import evidence, letters
from ithaca.demo.evidence import Reading
from world import PASSWORDS

SENDER, RECIPIENT = "ulysses@ithaca.example", "penelope@ithaca.example"
TEXT = "Dear Penelope, the Größe of this ναῦς!\n.a line that begins with a dot\nFrom the sea\n\nUlysses\n"
SECRET = "the Größe of this ναῦς"
# Between program and Ithaca, then between Ithaca and the two servers of the provider.
LEGS = [("none", "starttls", "implicit"), ("starttls", "implicit", "starttls"), ("implicit", "starttls", "implicit")]


@pytest.fixture
def letter(tmp_path):
    """``letter("swaks")``: its letter, with its name in the subject."""
    picture = tmp_path / "ship.png"
    picture.write_bytes(letters.picture())

    def write(program):
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"] = f"Ulysses <{SENDER}>"
        message["To"] = RECIPIENT
        message["Subject"] = f"A ship, by {program}: ναῦς"
        message["Date"] = "Wed, 25 Nov 2026 10:00:00 +0000"
        message["Message-ID"] = f"<{program}@ithaca.example>"
        message.set_content(TEXT, cte="quoted-printable")
        message.add_attachment(letters.picture(), maintype="image", subtype="png", filename="ship.png")
        return Letter(RECIPIENT, message["Subject"], TEXT, picture, message.as_bytes())

    return write


@pytest.fixture
def account(real_world, tmp_path):
    """``account(name, kind)``: settings for a person's mail program, with their Ithaca started."""

    def start(name, local, smtp, pop3):
        listen = real_world.local_tls(local, tmp_path)
        ports = real_world.ithaca(name, servers=real_world.provider.servers(smtp, pop3), listen=listen)
        address = f"{name}@ithaca.example"
        return Account(address, PASSWORDS[address], *ports, tls=local, ca_file=real_world.provider.ca_file)

    return start


def picture_of(message):
    return [p.get_payload(decode=True) for p in message.walk() if p.get_content_type() == "image/png"]


def texts_of(message):
    """The banner, and the text of the letter."""
    banner, letter = [p for p in message.walk() if p.get_content_type() == "text/plain"]
    return banner.get_content(), letter.get_content()


@pytest.mark.parametrize("legs", LEGS, ids="-".join)
def test_every_client_reads_what_every_client_has_written(real_world, account, letter, program, tmp_path, legs):
    for name in INSTALLED:
        program(name)
    ulysses, penelope = account("ulysses", *legs), account("penelope", *legs)
    for name, send in SENDERS.items():
        home = tmp_path / f"send-{name}"
        home.mkdir()
        send(ulysses, letter(name), home)
    stored = real_world.provider.arrived(RECIPIENT, len(SENDERS))
    assert len(stored) == len(SENDERS)
    secrets = (SECRET.encode(), b"A ship, by", *evidence.pieces(letters.picture()))
    clear = Reading(letter("swaks").message.replace(b"\r\n", b"\n"))
    assert [s for s in secrets if not clear.shows(s)] == [], "the search would not find it in a server's file"
    for octets in stored:
        assert b"multipart/encrypted" in octets
        assert [s for s in secrets if Reading(octets).shows(s)] == []

    for name, fetch in FETCHERS.items():
        home = tmp_path / f"fetch-{name}"
        home.mkdir()
        messages = [email.message_from_bytes(m, policy=email.policy.default) for m in fetch(penelope, home)]  # noqa: TID251
        subjects = sorted(m["Subject"] for m in messages)
        assert subjects == sorted(letter(sender).subject for sender in SENDERS), name
        for message in messages:
            who = f"{name} fetched {message['Subject']}"
            for fact in ("decryption=full", "signature=good", "from=match"):
                assert fact in message["Ithaca-Verdict"], who
            banner, text = texts_of(message)
            assert "It came sealed: nobody could read it on the way." in banner, who
            assert text.replace("\r\n", "\n").rstrip() == TEXT.rstrip(), who
            assert picture_of(message) == [letters.picture()], who
