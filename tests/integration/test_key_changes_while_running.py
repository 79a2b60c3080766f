"""Keys changed by commands while Ithaca runs: the next letter goes by them, and no restart was needed."""

import poplib
import shutil
import smtplib
import time

import pytest
from click.testing import CliRunner

import world as worlds
from ithaca.cli import ithaca
from ithaca.keyring.store import LOOK_EVERY, Keyring
from ithaca.openpgp.pgpy_engine import PgpyEngine
from openpgp.own_keys.held import recipients

SENDER, RECIPIENT = "ulysses@ithaca.example", "penelope@ithaca.example"
LETTER = b"From: <%s>\r\nTo: <%s>\r\nSubject: %%s\r\n\r\nA letter.\r\n" % (SENDER.encode(), RECIPIENT.encode())


@pytest.fixture
def own_world(loop, people, tmp_path):
    """As `world`, with keyrings that nobody else uses."""
    copied = tmp_path / "people"
    shutil.copytree(people, copied)
    embedded = worlds.Embedded(loop)
    made = worlds.World(loop, copied, embedded)
    yield made
    made.close()
    embedded.close()


@pytest.fixture
def key(own_world):
    """``key("ulysses", "rotate")``: a command, and the time that a reader may take to look at the disk again."""

    def run(name, command, *arguments):
        place, passphrase = own_world.people / name, own_world.people / f"{name}.pass"
        options = ["--keyring", str(place), "--passphrase-file", str(passphrase)]
        done = CliRunner().invoke(ithaca, ["key", command, *options, *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        time.sleep(LOOK_EVERY)

    return run


def send(port, passwords, subject):
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        client.login(SENDER, passwords[SENDER])
        client.sendmail(SENDER, [RECIPIENT], LETTER % subject)


def last(port, passwords):
    client = poplib.POP3("127.0.0.1", port, timeout=30)
    try:
        client.user(RECIPIENT)
        client.pass_(passwords[RECIPIENT])
        count, _ = client.stat()
        return b"\n".join(client.retr(count)[1])
    finally:
        client.quit()


def test_new_subkeys_serve_at_once(own_world, key, passwords):
    smtp, _ = own_world.ithaca("ulysses")
    _, pop3 = own_world.ithaca("penelope")
    send(smtp, passwords, b"before")
    assert b"signature=good" in last(pop3, passwords)
    key("penelope", "rotate")
    key("ulysses", "add-subkey", "--for", "signing")
    _exchange(own_world)
    send(smtp, passwords, b"after")
    received = last(pop3, passwords)
    assert b"Subject: after" in received
    assert b"decryption=full" in received
    assert b"signature=good" in received
    old, new = (component.key.key_id for component in _certificate(own_world, "penelope").subkeys)
    used = recipients(own_world.stored("penelope")[-1])
    assert new in used
    assert old not in used


def test_a_revoked_key_sends_no_more_and_its_owner_hears_why(own_world, key, passwords):
    smtp, _ = own_world.ithaca("ulysses")
    send(smtp, passwords, b"before")
    key("ulysses", "revoke", "--reason", "compromised", "--yes", SENDER)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(smtp, passwords, b"after")
    words = refused.value.smtp_error.decode()
    assert "was revoked" in words
    assert "ithaca key generate" in words
    assert len(own_world.stored("penelope")) == 1


def test_an_expired_key_is_prolonged(own_world, key, passwords):
    smtp, _ = own_world.ithaca("ulysses")
    key("ulysses", "extend", "--until", "now")
    with pytest.raises(smtplib.SMTPDataError, match=r"expired on .*prolong it with ithaca key extend"):
        send(smtp, passwords, b"before")
    key("ulysses", "extend", "--years", "1")
    send(smtp, passwords, b"after")
    assert len(own_world.stored("penelope")) == 1


def _exchange(world):
    """Everybody gives everybody their certificate anew."""
    for owner in worlds.OWNERS:
        for reader in worlds.OWNERS:
            keyring = Keyring(world.people / reader, PgpyEngine())
            keyring.import_certificate(_certificate(world, owner).octets)
    time.sleep(LOOK_EVERY)


def _certificate(world, name):
    keyring = Keyring(world.people / name, PgpyEngine())
    return keyring.own_certificate(keyring.sole_secret(None))
