"""What is remembered, through the running service: peers once sealed to, letters that came sealed, Autocrypt."""

import poplib
import re
import smtplib
import time

import pytest

from ithaca.address import AddrSpec
from ithaca.keyring.peers import FILE
from ithaca.keyring.store import Keyring
from ithaca.letters import Letters, SealedLetter
from ithaca.mime import autocrypt
from ithaca.openpgp import armor, packets
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.state import installation_key

SENDER, RECIPIENT, NOBODY = "ulysses@ithaca.example", "penelope@ithaca.example", "nobody@ithaca.example"


def letter(to=RECIPIENT, subject="the plan", more=""):
    return f"From: {SENDER}\r\nTo: {to}\r\nSubject: {subject}\r\n{more}\r\nAt noon.\r\n".encode()


def send(port, passwords, octets, *recipients):
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        client.login(SENDER, passwords[SENDER])
        client.sendmail(SENDER, list(recipients), octets)


def refusal(port, passwords, octets, *recipients):
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(port, passwords, octets, *recipients)
    return refused.value.smtp_code, refused.value.smtp_error.decode()


def test_who_was_written_to_under_seal_gets_a_clear_letter_only_with_a_code(world, passwords):
    smtp, _ = world.ithaca("ulysses")
    send(smtp, passwords, letter(), RECIPIENT)
    assert b"multipart/encrypted" in world.stored("penelope")[-1]
    code, text = refusal(smtp, passwords, letter(f"{RECIPIENT}, {NOBODY}"), RECIPIENT, NOBODY)
    assert code == 550
    assert f"mail to {RECIPIENT} was encrypted before, but {NOBODY} cannot get it so" in text
    assert len(world.stored("penelope")) == 1
    number = re.search(r"\[clear (\d+)\]", text).group(1)
    refusal(smtp, passwords, letter(f"{RECIPIENT}, {NOBODY}", "[clear] the plan"), RECIPIENT, NOBODY)
    text = refusal(smtp, passwords, letter(f"{RECIPIENT}, {NOBODY}", f"[clear {number}] x"), RECIPIENT)[1]
    # The refusals in between have named other codes: for these recipients the last one counts.
    number = re.search(
        r"\[clear (\d+)\]", refusal(smtp, passwords, letter(f"{RECIPIENT}, {NOBODY}"), RECIPIENT, NOBODY)[1]
    ).group(1)
    told = letter(f"{RECIPIENT}, {NOBODY}", f"[clear {number}] the plan")
    send(smtp, passwords, told, RECIPIENT, NOBODY)
    assert b"Subject: the plan" in world.stored("penelope")[-1]
    assert b"At noon." in world.stored("penelope")[-1]
    assert refusal(smtp, passwords, told, RECIPIENT, NOBODY)[0] == 550


def test_a_certificate_that_was_used_and_is_lost_is_a_refusal(world, passwords):
    smtp, _ = world.ithaca("ulysses")
    send(smtp, passwords, letter(), RECIPIENT)
    keyring = Keyring(world.people / "ulysses", PgpyEngine())
    (certificate,) = keyring.claims(AddrSpec(RECIPIENT))
    keyring.remove_certificate(certificate.fingerprint)
    try:
        time.sleep(1.1)
        code, text = refusal(smtp, passwords, letter(), RECIPIENT)
        assert (code, "which was there before, is gone" in text) == (550, True)
    finally:
        keyring.import_certificate(certificate.octets)


def test_what_came_sealed_is_guarded_also_after_a_restart(world, passwords):
    folder = world.memory / "ulysses"
    letters = Letters(folder, installation_key(folder))
    letters.came_sealed(
        SealedLetter(b"<s@x>", AddrSpec(NOBODY), None, False, frozenset({NOBODY}), frozenset(), None), 1
    )
    letters.close()
    smtp, _ = world.ithaca("ulysses")
    code, text = refusal(smtp, passwords, letter(NOBODY, more="In-Reply-To: <s@x>\r\n"), NOBODY)
    assert (code, f"the letter of {NOBODY}, which came encrypted" in text) == (550, True)


def test_a_damaged_memory_is_451_until_it_was_moved_away(world, passwords):
    smtp, _ = world.ithaca("ulysses")
    path = world.memory / "ulysses" / "state.sqlite"
    path.write_bytes(b"?" * 5000)
    path.chmod(0o600)
    octets = letter(more="Message-ID: <new@x>\r\n")
    code, text = refusal(smtp, passwords, octets, RECIPIENT)
    assert (code, "state.sqlite is damaged" in text) == (451, True)
    path.rename(path.with_suffix(".damaged"))
    send(smtp, passwords, octets, RECIPIENT)


def fetch(port, passwords):
    client = poplib.POP3("127.0.0.1", port, timeout=30)
    client.user(SENDER)
    client.pass_(passwords[SENDER])
    _, lines, _ = client.retr(1)
    client.quit()
    return lines


def test_who_asks_for_encryption_in_a_clear_letter_gets_a_sealed_answer(world, passwords):
    key = Keyring(world.people / "penelope", PgpyEngine()).claims(AddrSpec(RECIPIENT))[0]
    smtp, pop3 = world.ithaca("ulysses", sealing={"prefer_encrypt": True})
    send(smtp, passwords, letter(NOBODY), NOBODY)
    assert b"At noon." in world.stored("nobody")[-1]
    field = autocrypt.make(AddrSpec(NOBODY), key.octets, mutual=True)
    world.isp.maildrops[SENDER].deliver(b"From: " + NOBODY.encode() + b"\r\n" + field.octets + b"\r\nhello\r\n")
    assert b"hello" in fetch(pop3, passwords)
    # Whatever is still to be written is, before the next decision is taken.
    send(smtp, passwords, letter(NOBODY), NOBODY)
    assert b"multipart/encrypted" in world.stored("nobody")[-1]
    # A forged letter that takes it back opens nothing; one with another key replaces nothing that was used.
    other = Keyring(world.people / "eumaios", PgpyEngine()).claims(AddrSpec("eumaios@ithaca.example"))[0]
    forged = autocrypt.make(AddrSpec(NOBODY), other.octets, mutual=False)
    world.isp.maildrops[SENDER].messages[0] = b"From: " + NOBODY.encode() + b"\r\n" + forged.octets + b"\r\nhi\r\n"
    fetch(pop3, passwords)
    send(smtp, passwords, letter(NOBODY), NOBODY)
    sealed = world.stored("nobody")[-1]
    ids = {p.body[1:9].hex().upper() for p in packets.split(armor.dearmor(sealed).data) if p.tag == 1}
    assert {k.key_id for k in key.encryption_keys(int(time.time()))} <= ids
    assert not ids & {k.key_id for k in other.encryption_keys(int(time.time()))}
    assert (world.people / "ulysses" / FILE).stat().st_mode & 0o777 == 0o600
