"""Penelope, whose Ithaca is started in ways of its own: her configuration, and a letter that she writes to herself."""

import poplib
import smtplib
import socket
import time

import yaml

from world import PASSWORDS

PENELOPE = "penelope@ithaca.example"
LOOPBACK = ("127.0.0.1", "::1")
LETTER = (
    b"From: penelope@ithaca.example\r\nTo: penelope@ithaca.example\r\nSubject: the bed\r\n\r\nIt does not move.\r\n"
)
# Sealing to herself and opening need her secret key: whoever reads these facts has it unlocked.
UNLOCKED = (b"decryption=full", b"signature=good", b"Subject: the bed", b"It does not move.")
SECONDS = 20


def settings(embedded, keyring, **listen):
    """A configuration whose passphrase is to come as a credential."""
    identity = {
        "address": PENELOPE,
        "provider": "isp",
        "keyring": keyring,
        "passphrase": {"credential": "penelope-passphrase"},
    }
    provider = {"listen": listen, **embedded.servers()}
    return yaml.safe_dump({"providers": {"isp": provider}, "identities": [identity]})


def until(question, words):
    """Wait for an answer that is true."""
    end = time.monotonic() + SECONDS
    while not (answer := question()):
        assert time.monotonic() < end, words
        time.sleep(0.02)
    return answer


def greeting(address, port):
    with socket.create_connection((address, port), timeout=SECONDS) as client:
        return client.recv(500)


def log_in(address, port):
    client = poplib.POP3(address, port, timeout=SECONDS)
    client.user(PENELOPE)
    client.pass_(PASSWORDS[PENELOPE])
    return client


def a_letter_to_herself(smtp, pop3):
    """Sent and fetched: the message source as her program gets it."""
    with smtplib.SMTP(*smtp, timeout=SECONDS) as client:
        client.login(PENELOPE, PASSWORDS[PENELOPE])
        client.sendmail(PENELOPE, [PENELOPE], LETTER)
    client = log_in(*pop3)
    received = b"\r\n".join(client.retr(1)[1])
    client.quit()
    return received
