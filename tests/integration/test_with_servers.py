"""The whole path through Postfix and Dovecot: what they store, what they see, and what their refusals look like.

Each test is about what Ithaca does between a mail program and servers that nobody here wrote.
"""

import base64
import contextlib
import email.policy
import hashlib
import hmac
import poplib
import re
import smtplib
import socket

import pytest
import trustme

from ithaca.demo import evidence
from ithaca.demo.evidence import Reading
from ithaca.mime import entity, legacy
from servers.provider import Provider, until
from world import PASSWORDS, World

SENDER, RECIPIENT, BLIND = "ulysses@ithaca.example", "penelope@ithaca.example", "eumaios@ithaca.example"
MOST_PIECES = 40
"""Pieces of a picture that are searched for."""
TLS = [("starttls", "implicit"), ("implicit", "starttls"), ("none", "none")]
"""How Ithaca reaches the submission server and the maildrop."""


def login(port, who=SENDER):
    client = smtplib.SMTP("127.0.0.1", port, timeout=30)
    client.login(who, PASSWORDS[who])
    return client


def send(port, message, recipients=(RECIPIENT,), sender=SENDER):
    with login(port) as client:
        return client.sendmail(sender, list(recipients), message)


def maildrop(port, who=RECIPIENT):
    client = poplib.POP3("127.0.0.1", port, timeout=30)
    client.user(who)
    client.pass_(PASSWORDS[who])
    return client


def fetch(port, number=1, who=RECIPIENT):
    client = maildrop(port, who)
    try:
        lines = client.retr(number)[1]
    finally:
        client.quit()
    return b"".join(line + b"\r\n" for line in lines)


def body(message):
    return message.replace(b"\r\n", b"\n").partition(b"\n\n")[2]


def everything_on_disk(provider):
    """Every file of both servers, as anybody could read it: mail, queues, logs, indexes."""
    found = []
    for path in provider.folder.rglob("*"):
        # Postfix takes a file of its queue away meanwhile.
        with contextlib.suppress(FileNotFoundError):
            if path.is_file() and path.suffix != ".key":
                found.append(Reading(path.read_bytes()))
    return found


def secrets_of(letter, canary):
    """What nobody but sender and recipient may see: text, subject, and what is attached with its name."""
    message = email.message_from_bytes(letter, policy=email.policy.SMTP)  # noqa: TID251 (a foreign reader)
    secrets = [canary, *evidence.phrases(message["Subject"])]
    for part in message.walk():
        # A name that is not ASCII stands there percent-encoded (RFC 2231), where the search does not look.
        if (part.get_filename() or "ä").isascii():
            secrets += evidence.phrases(part.get_filename())
        if part.get_content_maintype() == "image":
            # Of three megabytes every thousandth piece is enough: a leak is no smaller.
            pieces = evidence.pieces(part.get_payload(decode=True))
            secrets += pieces[:: max(1, len(pieces) // MOST_PIECES)]
    return [secret for secret in secrets if secret]


# --- letters ---


@pytest.mark.parametrize(("smtp", "pop3"), TLS)
@pytest.mark.parametrize("name", ["text", "eight_bit", "html", "picture", "nested", "awkward"])
def test_a_letter_goes_through_both_servers_sealed_and_comes_home_opened(real_world, letters, gnupg, name, smtp, pop3):
    letter = letters.ALL[name]()
    servers = real_world.provider.servers(smtp, pop3)
    outgoing, _ = real_world.ithaca("ulysses", servers=servers)
    _, incoming = real_world.ithaca("penelope", servers=servers)
    send(outgoing, letter)
    (stored,) = real_world.provider.arrived(RECIPIENT)

    received = fetch(incoming)
    assert body(evidence.letter(received)) == body(letter)
    assert "It came sealed: nobody could read it on the way." in evidence.banner(received)
    shown, written = (email.message_from_bytes(m, policy=email.policy.SMTP) for m in (received, letter))  # noqa: TID251
    assert shown["Subject"] == written["Subject"]
    for fact in ("decryption=full", "signature=good", "from=match"):
        assert fact in shown["Ithaca-Verdict"]

    alone = gnupg("--decrypt", data=stored[stored.index(b"-----BEGIN PGP") :])
    assert alone.returncode == 0, alone.stderr
    assert b"GOODSIG" in alone.stderr
    assert body(legacy.without_elements(entity.parse(alone.stdout)).octets) == body(letter)

    secrets = secrets_of(letter, letters.CANARY.encode())
    # As a server would keep it: the search must find it there.
    clear = Reading(letter.replace(b"\r\n", b"\n"))
    assert [secret for secret in secrets if not clear.shows(secret)] == []
    for reading in everything_on_disk(real_world.provider):
        assert [secret for secret in secrets if reading.shows(secret)] == []


def test_a_signed_letter_is_verified_by_gpg_as_it_lies_on_the_server(real_world, letters, gnupg, tmp_path):
    outgoing, _ = real_world.ithaca("ulysses", policy={"encrypt": "never"})
    _, incoming = real_world.ithaca("penelope")
    send(outgoing, letters.html())
    (stored,) = real_world.provider.arrived(RECIPIENT)
    # Postfix stores LF; RFC 3156 §5 signs CRLF.
    on_the_wire = stored.replace(b"\n", b"\r\n")
    boundary = re.search(rb'boundary="([^"]+)"', on_the_wire).group(1)
    _, signed, signature, _ = on_the_wire.split(b"\r\n--" + boundary)
    (tmp_path / "signed").write_bytes(signed[2:])
    (tmp_path / "signature").write_bytes(signature.partition(b"\r\n\r\n")[2])
    alone = gnupg("--verify", str(tmp_path / "signature"), str(tmp_path / "signed"))
    assert alone.returncode == 0, alone.stderr
    assert b"signature=good" in fetch(incoming)


def test_a_bcc_recipient_gets_a_file_of_their_own_and_the_others_file_does_not_tell(real_world, letters):
    letter = letters.text().replace(b"\r\n\r\n", b"\r\nBcc: eumaios@ithaca.example\r\n\r\n", 1)
    outgoing, _ = real_world.ithaca("ulysses")
    _, blind = real_world.ithaca("eumaios")
    send(outgoing, letter, (RECIPIENT, BLIND))
    (open_copy,) = real_world.provider.arrived(RECIPIENT)
    real_world.provider.arrived(BLIND)
    assert b"eumaios" not in open_copy.lower()
    received = fetch(blind, who=BLIND)
    assert letters.CANARY.encode() in received
    assert b"signature=good" in received


def test_mail_that_is_not_sealed_passes_octet_for_octet(real_world, letters):
    """The same message through Ithaca and straight from Dovecot."""
    with smtplib.SMTP("127.0.0.1", real_world.provider.ports["smtp"]) as exchanger:
        exchanger.sendmail("", [RECIPIENT], letters.awkward().replace(b"-- \r\n", b"-- \xff\xfe\r\n"))
    real_world.provider.arrived(RECIPIENT)
    _, incoming = real_world.ithaca("penelope")
    assert fetch(incoming) == fetch(real_world.provider.ports["pop3"])


# --- logging in ---


def _salted(password, salt, iterations):
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)


def scram(user, password, first_nonce, server_first):
    """The client's last message of RFC 5802 §3 for SCRAM-SHA-256, from the server's first."""
    fields = dict(part.split("=", 1) for part in server_first.split(","))
    salted = _salted(password, base64.b64decode(fields["s"]), int(fields["i"]))
    key = hmac.digest(salted, b"Client Key", "sha256")
    without_proof = f"c=biws,r={fields['r']}"
    exchange = f"n={user},r={first_nonce},{server_first},{without_proof}".encode()
    signature = hmac.digest(hashlib.sha256(key).digest(), exchange, "sha256")
    proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
    return f"{without_proof},p={base64.b64encode(proof).decode()}"


def _scram_for(user):
    nonce = "fyko+d2lbbFgONRv9qkxdawL"

    def answer(challenge=None):
        if not challenge:
            return f"n,,n={user},r={nonce}"
        if challenge.startswith(b"v="):
            return ""
        return scram(user, PASSWORDS[user], nonce, challenge.decode())

    return answer


def _authenticate(client, mechanism, user):
    client.ehlo()
    client.user, client.password = user, PASSWORDS[user]
    own = {
        "PLAIN": client.auth_plain,
        "LOGIN": client.auth_login,
        "CRAM-MD5": client.auth_cram_md5,
        "SCRAM-SHA-256": _scram_for(user),
    }
    return client.auth(mechanism, own[mechanism])


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"])
def test_each_mechanism_is_relayed_to_postfix_and_its_login_is_known(real_world, letters, mechanism):
    """Only for the login of its identity is a letter sealed: so it was read."""
    outgoing, _ = real_world.ithaca("ulysses")
    before = real_world.provider.log().count(f"sasl_method={mechanism}, sasl_username={SENDER}")
    with smtplib.SMTP("127.0.0.1", outgoing, timeout=30) as client:
        assert mechanism in client.ehlo()[1].decode().split("AUTH ", 1)[1].split("\n")[0].split()
        assert _authenticate(client, mechanism, SENDER)[0] == 235
        client.sendmail(SENDER, [RECIPIENT], letters.text())
    (stored,) = real_world.provider.arrived(RECIPIENT)
    assert b"multipart/encrypted" in stored
    assert real_world.provider.log().count(f"sasl_method={mechanism}, sasl_username={SENDER}") == before + 1


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"])
def test_a_wrong_password_is_refused_in_postfixs_own_words(real_world, mechanism, monkeypatch):
    outgoing, _ = real_world.ithaca("ulysses")
    monkeypatch.setitem(PASSWORDS, SENDER, "circe")
    replies = []
    direct = smtplib.SMTP("localhost", real_world.provider.ports["submission"], timeout=30)
    direct.starttls(context=real_world.provider.trust())
    for client in (direct, smtplib.SMTP("127.0.0.1", outgoing, timeout=30)):
        with client, pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            _authenticate(client, mechanism, SENDER)
        replies.append((refused.value.smtp_code, refused.value.smtp_error))
    assert replies[0] == replies[1]
    assert replies[0][0] == 535


def _pop3_sasl(client, mechanism, user):
    """RFC 5034 §4: an exchange of base64 lines."""
    password = PASSWORDS[user]
    if mechanism == "USER":
        client.user(user)
        return client.pass_(password)
    if mechanism == "APOP":
        return client.apop(user, password)
    reply = client._shortcmd(f"AUTH {mechanism}")
    answers = {
        "PLAIN": lambda _: f"\0{user}\0{password}",
        "LOGIN": lambda challenge: user if challenge.lower().startswith(b"user") else password,
        "CRAM-MD5": lambda challenge: f"{user} {hmac.new(password.encode(), challenge, 'md5').hexdigest()}",
        "SCRAM-SHA-256": _scram_for(user),
    }
    while reply.startswith(b"+ ") or reply == b"+":
        response = answers[mechanism](base64.b64decode(reply[2:]))
        reply = client._shortcmd(base64.b64encode(response.encode()).decode())
    return reply


@pytest.mark.parametrize("mechanism", ["USER", "APOP", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"])
def test_each_mechanism_is_relayed_to_dovecot_and_its_login_is_known(real_world, letters, mechanism):
    """Only for the login of its identity is a letter opened: so it was read."""
    outgoing, _ = real_world.ithaca("ulysses")
    _, incoming = real_world.ithaca("penelope")
    send(outgoing, letters.text())
    real_world.provider.arrived(RECIPIENT)
    client = poplib.POP3("127.0.0.1", incoming, timeout=30)
    assert _pop3_sasl(client, mechanism, RECIPIENT).startswith(b"+OK")
    lines = client.retr(1)[1]
    client.quit()
    assert letters.CANARY.encode() in b"\n".join(lines)


@pytest.mark.parametrize("mechanism", ["USER", "APOP", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"])
def test_a_wrong_password_is_refused_in_dovecots_own_words(real_world, mechanism, monkeypatch):
    _, incoming = real_world.ithaca("penelope")
    monkeypatch.setitem(PASSWORDS, RECIPIENT, "circe")
    replies = []
    for port in (real_world.provider.ports["pop3"], incoming):
        client = poplib.POP3("127.0.0.1", port, timeout=30)
        with pytest.raises(poplib.error_proto) as refused:
            _pop3_sasl(client, mechanism, RECIPIENT)
        client.close()
        replies.append(refused.value.args[0])
    assert replies[0] == replies[1]
    assert replies[0].startswith(b"-ERR [AUTH]")


# --- what the servers refuse ---


@pytest.mark.parametrize("recipient", ["closed@ithaca.example", "full@ithaca.example", "ghost@ithaca.example"])
def test_a_refused_recipient_is_told_in_postfixs_own_words(real_world, recipient):
    """Several lines included."""
    outgoing, _ = real_world.ithaca("ulysses")
    replies = []
    with login(outgoing) as through, smtplib.SMTP("127.0.0.1", real_world.provider.ports["clear"]) as direct:
        direct.login(SENDER, PASSWORDS[SENDER])
        for client in (direct, through):
            client.mail(SENDER)
            replies.append(client.rcpt(recipient))
    assert replies[0] == replies[1]
    assert b"\n" in replies[0][1], "the footer makes it two lines"


def test_a_refusal_after_the_dot_is_told_in_postfixs_own_words_and_nothing_is_delivered(real_world, letters):
    outgoing, _ = real_world.ithaca("ulysses")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(outgoing, letters.text(), sender="spammer@ithaca.example")
    assert refused.value.smtp_code == 552
    assert b"This is not taken" in refused.value.smtp_error
    assert real_world.provider.stored(RECIPIENT) == []


def test_a_policy_refusal_reaches_postfix_as_nothing_at_all(real_world, letters):
    outgoing, _ = real_world.ithaca("ulysses", policy={"encrypt": "always"})
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(outgoing, letters.text(), (RECIPIENT, "nobody@ithaca.example"))
    assert refused.value.smtp_error.startswith(b"5.7.1 Not sent: no key is known for nobody@ithaca.example.")
    for who in (RECIPIENT, "nobody@ithaca.example"):
        assert real_world.provider.stored(who) == []
    assert not any(reading.shows(letters.CANARY.encode()) for reading in everything_on_disk(real_world.provider))


# --- whom Ithaca trusts ---


def _greeting(port, commands=b""):
    """The greeting, to a client that goes on with its login whatever it says."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client, client.makefile("rb") as lines:
        greeting = lines.readline()
        client.sendall(commands)
        return greeting


def _other_authority(tmp_path):
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    return {"ca_file": str(tmp_path / "other.pem")}


# Host in the configuration, certificates to trust, and what the greeting says; the certificate names localhost.
UNTRUSTED = {
    "wrong-ca": (_other_authority, "is not trusted: "),
    "wrong-name": (lambda _: {"host": "127.0.0.1"}, "IP address mismatch, certificate is not valid for '127.0.0.1'"),
}


@pytest.mark.parametrize("kind", ["starttls", "implicit"])
@pytest.mark.parametrize("case", list(UNTRUSTED))
def test_a_server_that_is_not_trusted_gets_no_login_and_the_greeting_says_why(real_world, tmp_path, kind, case):
    changed, expected = UNTRUSTED[case]
    servers = {name: {**s, **changed(tmp_path)} for name, s in real_world.provider.servers(kind, kind).items()}
    smtp, pop3 = real_world.ithaca("ulysses", servers=servers)
    token = base64.b64encode(f"\0stranger-{case}-{kind}\0password".encode())
    expected_of = {
        smtp: (b"421 4.7.5 ", b"EHLO x\r\nAUTH PLAIN " + token + b"\r\n"),
        pop3: (b"-ERR [SYS/PERM] ", b"USER stranger-" + f"{case}-{kind}".encode() + b"\r\nPASS password\r\n"),
    }
    for port, (code, commands) in expected_of.items():
        greeting = _greeting(port, commands)
        assert greeting.startswith(code + b"The certificate of the mail server")
        assert expected.encode() in greeting
    # Logins that do reach them, later: once these stand in the log, the earlier ones would stand there too.
    control = f"control-{case}-{kind}"
    for login_directly in (submit_as, fetch_as):
        with pytest.raises((smtplib.SMTPAuthenticationError, poplib.error_proto)):
            login_directly(real_world.provider, control)
    until(lambda: real_world.provider.log().count(control) >= 2, "the control logins in the log")
    assert "stranger" not in real_world.provider.log()


def submit_as(provider, who):
    with smtplib.SMTP("127.0.0.1", provider.ports["clear"], timeout=30) as client:
        client.login(who, "password")


def fetch_as(provider, who):
    client = poplib.POP3("127.0.0.1", provider.ports["pop3"], timeout=30)
    try:
        client.user(who)
        client.pass_("password")
    finally:
        client.close()


@pytest.mark.parametrize("kind", ["starttls", "implicit"])
def test_a_server_with_a_certificate_for_another_name_is_not_trusted(loop, people, mail_servers, kind):
    del mail_servers  # a skip where servers cannot be started
    with Provider(PASSWORDS, names=["mail.ithaca.example"]) as provider:
        elsewhere = World(loop, people, provider)
        try:
            ports = elsewhere.ithaca("ulysses", servers=provider.servers(kind, kind))
            for port in ports:
                assert b"Hostname mismatch, certificate is not valid for 'localhost'." in _greeting(port)
        finally:
            elsewhere.close()


def test_implicit_tls_towards_a_port_that_speaks_first_is_told_as_a_setting_to_check(real_world):
    servers = real_world.provider.servers()
    wrong = {
        "smtp": {**servers["smtp"], "tls": "implicit"},
        "pop3": {**servers["pop3"], "port": real_world.provider.ports["pop3"], "tls": "implicit"},
    }
    smtp, pop3 = real_world.ithaca("ulysses", servers=wrong)
    for port in (smtp, pop3):
        assert b"does not speak TLS as the configuration says; check its port and tls setting." in _greeting(port)


# --- between mail program and Ithaca ---


@pytest.mark.parametrize("kind", ["starttls", "implicit"])
def test_the_local_side_can_be_under_tls_too(real_world, letters, tmp_path, kind):
    listen = real_world.local_tls(kind, tmp_path)
    smtp, _ = real_world.ithaca("ulysses", listen=listen)
    _, pop3 = real_world.ithaca("penelope", listen=listen)
    trust = real_world.provider.trust()
    if kind == "implicit":
        sender = smtplib.SMTP_SSL("localhost", smtp, timeout=30, context=trust)
        reader = poplib.POP3_SSL("localhost", pop3, timeout=30, context=trust)
    else:
        sender, reader = smtplib.SMTP("localhost", smtp, timeout=30), poplib.POP3("localhost", pop3, timeout=30)
        sender.starttls(context=trust)
        reader.stls(context=trust)
    with sender:
        sender.login(SENDER, PASSWORDS[SENDER])
        sender.sendmail(SENDER, [RECIPIENT], letters.text())
    real_world.provider.arrived(RECIPIENT)
    reader.user(RECIPIENT)
    reader.pass_(PASSWORDS[RECIPIENT])
    lines = reader.retr(1)[1]
    reader.quit()
    assert letters.CANARY.encode() in b"\n".join(lines)
