"""The embedded ISP behaves as one towards real clients."""

import poplib
import smtplib
import ssl
import subprocess

import pytest
import trustme

from ithaca.demo.isp import Isp

USERS = {"a@isp.example": "secret a", "b@isp.example": "secret b"}
MESSAGE = b"From: a@isp.example\r\nSubject: s\r\n\r\n.dot\r\n\xff 8-bit\r\n"


@pytest.fixture
def isp(loop):
    made = []

    def make(**more):
        async def start():
            one = Isp(USERS, **more)
            await one.start()
            return one

        made.append(loop.run(start()))
        return made[-1]

    yield make
    for one in made:
        loop.run(one.stop())


def send(port, recipients=("b@isp.example",), login="a@isp.example", password="secret a"):
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        if login:
            client.login(login, password)
        return client.sendmail("a@isp.example", list(recipients), MESSAGE)


def test_what_is_sent_is_delivered_with_trace_fields_and_its_octets(isp):
    here = isp()
    send(here.smtp_port)
    (stored,) = here.maildrops["b@isp.example"].messages
    assert stored.endswith(MESSAGE)
    assert stored.startswith(b"Return-Path: <a@isp.example>\r\nReceived: ")
    assert here.submitted[0].login == "a@isp.example"


def test_nobody_sends_without_a_login_or_to_nobody(isp):
    here = isp()
    with pytest.raises(smtplib.SMTPSenderRefused):
        send(here.smtp_port, login=None)
    with pytest.raises(smtplib.SMTPAuthenticationError):
        send(here.smtp_port, password="wrong")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(here.smtp_port, ("nobody@isp.example",))


def pop(here, name="b@isp.example", password="secret b"):
    client = poplib.POP3("127.0.0.1", here.pop3_port, timeout=10)
    client.user(name)
    client.pass_(password)
    return client


def test_a_session_of_poplib(isp):
    here = isp()
    for _ in range(2):
        here.maildrops["b@isp.example"].deliver(MESSAGE)
    client = pop(here)
    assert client.stat() == (2, 2 * len(MESSAGE))
    unique = client.uidl()[1]
    assert len(set(unique)) == 2
    assert b"\r\n".join(client.retr(1)[1]) + b"\r\n" == MESSAGE
    assert client.top(1, 1)[1][-1] == b".dot"
    client.dele(1)
    with pytest.raises(poplib.error_proto):
        client.retr(1)
    client.rset()
    client.dele(2)
    client.quit()
    again = pop(here)
    assert again.uidl()[1] == unique[:1]
    again.close()


def test_deleting_without_quit_deletes_nothing(isp):
    here = isp()
    here.maildrops["b@isp.example"].deliver(MESSAGE)
    client = pop(here)
    client.dele(1)
    client.close()
    assert len(here.maildrops["b@isp.example"].messages) == 1


def test_one_session_at_a_time_and_a_wrong_password(isp):
    here = isp()
    client = pop(here)
    for password, words in (("secret b", "IN-USE"), ("wrong", "AUTH")):
        other = poplib.POP3("127.0.0.1", here.pop3_port, timeout=10)
        other.user("b@isp.example")
        with pytest.raises(poplib.error_proto, match=words):
            other.pass_(password)
        other.close()
    client.quit()


def test_apop(isp):
    here = isp()
    client = poplib.POP3("127.0.0.1", here.pop3_port, timeout=10)
    assert client.apop("b@isp.example", "secret b").startswith(b"+OK")
    client.quit()


def test_curl_fetches_by_sasl(isp, program):
    here = isp()
    here.maildrops["b@isp.example"].deliver(MESSAGE)
    command = [program("curl"), "-s", f"pop3://127.0.0.1:{here.pop3_port}/1", "-u", "b@isp.example:secret b"]
    assert subprocess.run(command, capture_output=True, timeout=20, check=False).stdout == MESSAGE


def test_tls_both_ways(isp, loop):
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    here = isp(tls=server)
    pop3 = poplib.POP3("localhost", here.pop3_port, timeout=10)
    pop3.stls(client)
    pop3.user("b@isp.example")
    pop3.pass_("secret b")
    pop3.quit()
    with smtplib.SMTP("localhost", here.smtp_port, timeout=10) as smtp:
        smtp.starttls(context=client)
        smtp.login("a@isp.example", "secret a")
