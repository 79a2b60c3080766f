"""One letter with a picture, written, sent, fetched and read in a real Thunderbird, and what it says when it cannot be.

It takes half a minute and is run by itself: ``python -m pytest -m thunderbird tests/clients``. What a person would see
is photographed at every step; CI keeps the photographs.
"""

import dataclasses
import socket
import subprocess

import pytest

from clients import profile
from ithaca import config, state
from ithaca.demo import evidence, letters
from ithaca.demo.evidence import Reading
from ithaca.incoming import Presentation, reversing

pytestmark = pytest.mark.thunderbird

PENELOPE, NOBODY = "penelope@ithaca.example", "nobody@ithaca.example"
SUBJECT = "From Aiaia – nearly home"
TEXT = """Dear Penelope,

nine years of salt, and at last a harbour where somebody
keeps paper. Tell Telemachos that his father can still
string the bow, and tell nobody else – ναῦς μία, one ship.

Your Ulysses
"""


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / letters.PICTURE_NAME
    path.write_bytes(letters.picture())
    return path


def test_a_letter_with_a_picture_goes_from_one_thunderbird_to_another(real_world, thunderbird, picture):
    ulysses = thunderbird("ulysses", real_world.ithaca("ulysses"))
    ulysses.write(PENELOPE, SUBJECT, TEXT, attach=[picture])
    ulysses.photograph("letter-1-written")
    (asked,) = ulysses.send()
    assert asked.title == "Password Required for Outgoing (SMTP) Server localhost"
    ulysses.photograph("letter-2-password")
    assert ulysses.type_password() == []
    ulysses.photograph("letter-3-sent")

    (stored,) = real_world.provider.arrived(PENELOPE)
    (sent,) = ulysses.kept("Sent")
    assert evidence.is_sealed(stored)
    secrets = evidence.phrases("\n".join((SUBJECT, TEXT, picture.name))) + evidence.pieces(picture.read_bytes())
    clear = Reading(sent.replace(b"\r\n", b"\n"))
    for secret in secrets:
        assert clear.shows(secret), "the search would not find it in a server's file"
        assert not Reading(stored).shows(secret), "the provider can read it"

    penelope = thunderbird("penelope", real_world.ithaca("penelope"))
    (asked,) = penelope.fetch(1)
    assert asked.text == f"Enter your password for {PENELOPE} on localhost:"
    penelope.photograph("letter-4-password")
    assert penelope.type_password() == []
    penelope.photograph("letter-5-fetched")
    shown = penelope.read()
    penelope.photograph("letter-6-read")
    assert SUBJECT in shown.line
    assert shown.subject == SUBJECT
    assert shown.sender == "Ulysses ulysses@ithaca.example"
    assert shown.text.startswith("=== Ithaca on this letter ===")
    assert "It came sealed: nobody could read it on the way." in shown.text
    assert shown.text.endswith(f"{TEXT}\n\n\n{picture.name}")
    (drawn,) = shown.pictures
    assert penelope.pixels(drawn) == _pixels(picture)
    assert [(a.name, a.octets) for a in shown.attachments] == [(picture.name, picture.read_bytes())]
    assert shown.bars == ()
    assert penelope.dialogs() == []
    (received,) = penelope.kept("Inbox")
    assert evidence.says(received, decryption="full", signature="good", from_="match")
    key = state.installation_key(real_world.memory / "penelope")
    assert reversing.restore(received, Presentation(key=key)).is_ours


def test_a_refused_letter_stays_open_and_the_alert_says_whose_key_is_missing(world, thunderbird):
    ulysses = thunderbird("ulysses", world.ithaca("ulysses", policy={"encrypt": "always"}))
    ulysses.write(NOBODY, SUBJECT, TEXT)
    ulysses.send()
    (alert,) = ulysses.type_password()
    ulysses.photograph("refused-1-alert")
    sentence = f"Not sent: no key is known for {NOBODY}. Ask for their key and run: ithaca cert import FILE; or remove"
    assert f"{sentence} the address." in alert.text
    assert ulysses.is_writing()
    assert world.isp.submitted == []


def test_an_alert_says_that_the_provider_cannot_be_reached(world, thunderbird):
    port = _closed_port()
    servers = {"pop3": {"host": "127.0.0.1", "port": port, "tls": "none"}}
    penelope = thunderbird("penelope", world.ithaca("penelope", servers=servers))
    (alert,) = penelope.fetch(1)
    penelope.photograph("unreachable-1-alert")
    assert f"The mail server 127.0.0.1:{port} cannot be reached: connection refused." in alert.text


def test_account_settings_show_what_readme_says_word_by_word(world, thunderbird):
    smtp, pop3 = world.ithaca("penelope")
    penelope = thunderbird("penelope", (smtp, pop3))
    said, usual = profile.readme(), config.Listen()
    assert (said["outgoing"].port, said["incoming"].port) == (usual.smtp_port, usual.pop3_port)
    for direction, port in (("incoming", pop3), ("outgoing", smtp)):
        assert penelope.settings(direction) == dataclasses.replace(said[direction], port=port)
        penelope.photograph(f"settings-{direction}")


def _pixels(picture):
    command = ["convert", picture, "-depth", "8", "rgb:-"]
    return subprocess.run(command, capture_output=True, timeout=30, check=True).stdout


def _closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
