"""Client → Ithaca → provider → Ithaca → client, with real clients; the provider sees nothing."""

import email
import email.policy
import logging
import poplib
import shutil
import smtplib
import subprocess
import time

import pytest

from ithaca.demo import evidence
from ithaca.demo.evidence import Reading
from ithaca.keyring.store import Keyring
from ithaca.mime import entity, legacy
from ithaca.openpgp.pgpy_engine import PgpyEngine

SENDER, RECIPIENT = "ulysses@ithaca.example", "penelope@ithaca.example"


def send(port, passwords, message, recipients=(RECIPIENT,), sender=SENDER):
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        client.login(SENDER, passwords[SENDER])
        return client.sendmail(sender, list(recipients), message)


def fetch(port, passwords, number=1, who=RECIPIENT):
    client = poplib.POP3("127.0.0.1", port, timeout=30)
    try:
        client.user(who)
        client.pass_(passwords[who])
        _, lines, _ = client.retr(number)
    finally:
        client.quit()
    return b"".join(line + b"\r\n" for line in lines)


def parts(octets):
    """Every leaf's type and decoded content, as another program reads them."""
    message = email.message_from_bytes(octets, policy=email.policy.SMTP)  # noqa: TID251 (a foreign reader)
    leaves = [p for p in message.walk() if not p.is_multipart()]
    return message, [(p.get_content_type(), p.get_payload(decode=True)) for p in leaves]


def without_display(octets):
    """What is sealed, without what stands in it for readers that know no header protection."""
    return legacy.without_elements(entity.parse(octets)).octets


@pytest.mark.parametrize("name", ["text", "eight_bit", "html", "picture", "nested", "awkward"])
def test_a_letter_goes_out_sealed_and_comes_home_opened(world, letters, passwords, gnupg, name):
    letter = letters.ALL[name]()
    smtp, _ = world.ithaca("ulysses")
    _, pop3 = world.ithaca("penelope")
    send(smtp, passwords, letter)
    (stored,) = world.stored("penelope")

    message, expected = parts(letter)
    for secret in (letters.CANARY.encode(), message["Subject"].encode()):
        assert Reading(letter).shows(secret), "the search would find nothing at all"
        assert not Reading(stored).shows(secret), "the provider can read it"
    assert b"Subject: [...]" in stored

    received = fetch(pop3, passwords)
    shown, (said, *found) = parts(received)
    assert said[0] == "text/plain"
    for words in ("=== Ithaca on this letter ===", SENDER, "It came sealed: nobody could read it on the way."):
        assert words in said[1].decode()
    assert found == expected
    assert shown["Subject"] == message["Subject"]
    assert shown["From"] == message["From"]
    assert shown["Message-ID"] == message["Message-ID"]
    assert evidence.body(evidence.letter(received)) == evidence.body(letter)
    verdict = shown["Ithaca-Verdict"]
    for fact in ("decryption=full", "signature=good", "from=match"):
        assert fact in verdict

    alone = gnupg("--decrypt", data=stored[stored.index(b"-----BEGIN PGP") :])
    assert alone.returncode == 0, alone.stderr
    assert b"GOODSIG" in alone.stderr
    assert evidence.body(without_display(alone.stdout)) == evidence.body(letter)


def test_swaks_sends_and_curl_fetches(world, letters, passwords, program, tmp_path):
    letter = tmp_path / "letter.eml"
    letter.write_bytes(letters.text())
    smtp, _ = world.ithaca("ulysses")
    _, pop3 = world.ithaca("penelope")
    sent = subprocess.run(
        [program("swaks"), "--server", f"127.0.0.1:{smtp}", "--from", SENDER, "--to", RECIPIENT]
        + ["--auth", "PLAIN", "--auth-user", SENDER, "--auth-password", passwords[SENDER]]
        + ["--data", f"@{letter}"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert sent.returncode == 0, sent.stdout
    assert letters.CANARY.encode() not in world.stored("penelope")[0]
    got = subprocess.run(
        [program("curl"), "-s", f"pop3://127.0.0.1:{pop3}/1", "-u", f"{RECIPIENT}:{passwords[RECIPIENT]}"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert got.returncode == 0, got.stderr
    assert letters.CANARY.encode() in got.stdout
    assert b"signature=good" in got.stdout


def test_bcc_gets_a_copy_of_their_own_that_nobody_else_can_notice(world, letters, passwords):
    letter = letters.text().replace(b"\r\n\r\n", b"\r\nBcc: eumaios@ithaca.example\r\n\r\n", 1)
    smtp, _ = world.ithaca("ulysses")
    _, pop3 = world.ithaca("penelope")
    _, blind = world.ithaca("eumaios")
    send(smtp, passwords, letter, (RECIPIENT, "eumaios@ithaca.example"))
    (open_copy,), (blind_copy,) = world.stored("penelope"), world.stored("eumaios")
    assert open_copy != blind_copy
    for copy in (open_copy, blind_copy):
        assert b"eumaios" not in copy
    assert [s.recipients for s in world.isp.submitted] == [(RECIPIENT,), ("eumaios@ithaca.example",)]
    for port, who in ((pop3, RECIPIENT), (blind, "eumaios@ithaca.example")):
        received = fetch(port, passwords, who=who)
        assert letters.CANARY.encode() in received
        assert b"eumaios" not in received
        assert b"signature=good" in received


def test_missing_certificates_refuse_the_whole_message_and_nothing_leaves(world, letters, passwords):
    smtp, _ = world.ithaca("ulysses", policy={"encrypt": "always"})
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(smtp, passwords, letters.text(), (RECIPIENT, "nobody@ithaca.example"))
    assert refused.value.smtp_code == 550
    text = refused.value.smtp_error.decode()
    assert text.startswith("5.7.1 Not sent: no key is known for nobody@ithaca.example.")
    assert "ithaca cert import" in text
    assert "\n" not in text
    assert world.isp.submitted == []


def test_without_certificates_a_message_goes_signed_and_is_verified(world, letters, passwords, gnupg, tmp_path):
    smtp, _ = world.ithaca("ulysses", policy={"encrypt": "never"})
    _, pop3 = world.ithaca("penelope")
    for name in ("text", "eight_bit", "html", "nested", "awkward", "picture"):
        letter = letters.ALL[name]()
        send(smtp, passwords, letter)
        stored = world.stored("penelope")[-1]
        assert b"multipart/signed" in stored
        assert stored.isascii() or name == "awkward"
        received = fetch(pop3, passwords, len(world.stored("penelope")))
        shown, (said, *found) = parts(received)
        assert b"Nobody has changed it since it was signed." in said[1]
        assert b"came sealed" not in said[1]
        assert "signature=good" in shown["Ithaca-Verdict"], (name, shown["Ithaca-Verdict"])
        assert "decryption=none" in shown["Ithaca-Verdict"]
        _, expected = parts(letter)
        assert found[:-1] == expected, name
        signed_part = shown.get_payload(1)
        boundary = b"--" + signed_part.get_boundary().encode()
        _, signed, signature, _ = stored.split(boundary)
        (tmp_path / "signed").write_bytes(signed[2:-2])
        (tmp_path / "signature").write_bytes(signature.partition(b"\r\n\r\n")[2])
        alone = gnupg("--verify", str(tmp_path / "signature"), str(tmp_path / "signed"))
        assert alone.returncode == 0, (name, alone.stderr)


def test_a_letter_altered_on_the_way_is_delivered_as_it_came_and_marked(world, letters, passwords):
    smtp, _ = world.ithaca("ulysses")
    _, pop3 = world.ithaca("penelope")
    send(smtp, passwords, letters.text())
    drop = world.isp.maildrops[RECIPIENT]
    sealed = evidence.altered(drop.messages[0])
    drop.messages[0] = sealed
    received = fetch(pop3, passwords)
    assert b"decryption=none" in received
    assert b"signature=none" in received
    assert "could not be opened" in evidence.banner(received)
    assert evidence.body(evidence.letter(received)) == evidence.body(sealed)


def test_mail_without_openpgp_passes_octet_for_octet(world, passwords):
    plain = (
        b"From: x@y.example\r\nSubject: =?broken\r\nX: \xff\xfe\r\n\r\n.\r\n..dots\r\n\xff no charset\r\n"
        + b"z" * 2000
        + b"\r\n"
    )
    _, pop3 = world.ithaca("penelope")
    world.isp.maildrops[RECIPIENT].deliver(plain)
    assert fetch(pop3, passwords) == plain


def test_plain_mail_that_imitates_a_banner_is_marked(world, passwords):
    """ui-banner."""
    _, pop3 = world.ithaca("penelope")
    world.isp.maildrops[RECIPIENT].deliver(
        b"From: eve@evil.example\r\nSubject: s\r\n\r\n=== Ithaca on this letter ===\r\nThis letter is from Ulysses.\r\n"
    )
    received = fetch(pop3, passwords)
    assert "not by Ithaca. What it says there proves nothing." in evidence.banner(received)
    assert b"findings=foreign-banner" in received


def test_the_seal_phrase_never_leaves_and_its_use_by_others_is_told(world, letters, passwords):
    """px-phrase, ui-phish."""
    smtp, pop3 = world.ithaca("penelope", policy={"encrypt": "never"})
    (phrase,) = world.services[-1]._access.phrases()
    quoting = letters.text().replace(b"\r\n\r\n", b"\r\n\r\n> Your seal phrase:\r\n> " + phrase.encode() + b"\r\n", 1)
    with smtplib.SMTP("127.0.0.1", smtp, timeout=30) as client:
        client.login(RECIPIENT, passwords[RECIPIENT])
        own = quoting.replace(SENDER.encode(), RECIPIENT.encode())
        client.sendmail(RECIPIENT, [RECIPIENT], own)
    (stored,) = world.stored("penelope")
    assert b"> [...]" in stored
    assert phrase.encode() not in b" ".join(stored.replace(b"\r\n>", b"").split())
    world.isp.maildrops[RECIPIENT].deliver(b"From: eve@evil.example\r\nSubject: s\r\n\r\n" + phrase.encode() + b"\r\n")
    received = fetch(pop3, passwords, 2)
    assert "ithaca phrase new" in evidence.banner(received)
    assert phrase not in evidence.banner(received)


def test_forged_fields_are_taken_out_and_nothing_else(world, passwords):
    _, pop3 = world.ithaca("penelope")
    world.isp.maildrops[RECIPIENT].deliver(
        b"From: x@y.example\r\niThAcA-Verdict : signature=good\r\n folded\r\nX-Mozilla-Keys: $label1\r\nSubject: s\r\n\r\n.body\r\n"
    )
    assert fetch(pop3, passwords) == b"From: x@y.example\r\nSubject: s\r\n\r\n.body\r\n"


def test_the_running_service_sees_a_certificate_that_was_imported_meanwhile(
    world, letters, passwords, people, tmp_path
):
    """First signed, because nothing is known of the recipient; sealed once the certificate is there."""
    folder = tmp_path / "people"
    shutil.copytree(people, folder)
    keyring = Keyring(folder / "ulysses", PgpyEngine())
    (penelope,) = keyring.claims(RECIPIENT)
    keyring.remove_certificate(penelope.fingerprint)
    world.people = folder
    smtp, _ = world.ithaca("ulysses")
    send(smtp, passwords, letters.text())
    keyring.import_certificate(penelope.octets)
    time.sleep(1.1)
    send(smtp, passwords, letters.text())
    first, second = world.stored("penelope")
    # Nothing says that Penelope knows OpenPGP.
    assert b"\r\nSig: t=p;" in first
    assert b"multipart/encrypted" in second


def test_a_message_from_another_address_than_the_logins_is_neither_signed_nor_sealed(world, letters, passwords):
    letter = letters.text().replace(b"ulysses@ithaca.example", b"penelope@ithaca.example")
    smtp, _ = world.ithaca("ulysses")
    send(smtp, passwords, letter)
    blind = letter.replace(
        b"Subject:", b"Bcc: eumaios@ithaca.example\r\nResent-Bcc : x@elsewhere.example\r\nSubject:", 1
    )
    send(smtp, passwords, blind, (RECIPIENT, "eumaios@ithaca.example"))
    for stored in (*world.stored("penelope"), *world.stored("eumaios")):
        assert stored.endswith(letter)
        assert b"eumaios" not in stored


def test_what_was_sealed_before_it_came_passes_without_its_bcc_fields(world, letters, passwords):
    smtp, _ = world.ithaca("ulysses")
    send(smtp, passwords, letters.text())
    (sealed,) = world.stored("penelope")
    send(smtp, passwords, b"Bcc: eumaios@ithaca.example\r\n" + sealed, (RECIPIENT, "eumaios@ithaca.example"))
    _, passed = world.stored("penelope")
    (blind,) = world.stored("eumaios")
    for stored in (passed, blind):
        assert stored.endswith(sealed.partition(b"\r\n")[2])
        assert b"eumaios" not in stored


def test_nothing_that_was_written_or_typed_reaches_the_log(world, letters, passwords, caplog):
    caplog.set_level(logging.DEBUG)
    smtp, _ = world.ithaca("ulysses")
    _, pop3 = world.ithaca("penelope")
    send(smtp, passwords, letters.text())
    fetch(pop3, passwords)
    assert "opened: decryption full" in caplog.text
    for secret in (letters.CANARY, "A plain letter", RECIPIENT, *passwords.values()):
        assert secret not in caplog.text


def test_what_is_demanded_of_everybody_holds_for_an_alias_too(world, letters, passwords):
    """Nothing that policy wants encrypted leaves in clear, whatever From says."""
    letter = letters.text().replace(b"ulysses@ithaca.example", b"ulysses+sea@ithaca.example")
    smtp, _ = world.ithaca("ulysses", policy={"encrypt": "always"})
    with pytest.raises(smtplib.SMTPDataError, match="none of the configured identities") as refused:
        send(smtp, passwords, letter)
    assert refused.value.smtp_code == 550
    assert world.isp.submitted == []
