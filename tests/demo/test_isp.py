"""The embedded ISP behaves as one towards real clients."""

import base64
import logging
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


def test_stopping_ends_every_session(isp, loop):
    here = isp()
    waiting = pop(here)
    sending = smtplib.SMTP("127.0.0.1", here.smtp_port, timeout=10)
    loop.run(here.stop())
    assert waiting.file.readline() == b""
    assert sending.sock.recv(1) == b""
    waiting.close()
    sending.close()


def test_tls_from_the_first_octet(isp):
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    here = isp(tls=server, implicit=True)
    pop3 = poplib.POP3_SSL("localhost", here.pop3_port, timeout=10, context=client)
    assert "STLS" not in pop3.capa()
    pop3.quit()
    with smtplib.SMTP_SSL("localhost", here.smtp_port, timeout=10, context=client) as smtp:
        smtp.login("a@isp.example", "secret a")
        assert not smtp.has_extn("starttls")


@pytest.mark.parametrize("response", [b"\0\xff\0\xff", b"\0a@isp.example\0\xc3\xa9", b"\0\0", b"\0"])
def test_a_login_in_any_octets_is_refused_and_no_more(isp, response):
    here = isp()
    with smtplib.SMTP("127.0.0.1", here.smtp_port, timeout=10) as client:
        client.ehlo()
        code, _ = client.docmd("AUTH", "PLAIN " + base64.b64encode(response).decode())
        assert 500 <= code < 600
        assert client.noop()[0] == 250


def test_a_message_that_is_too_big_is_refused_by_its_size(isp):
    here = isp(size=100)
    with smtplib.SMTP("127.0.0.1", here.smtp_port, timeout=10) as client:
        client.login("a@isp.example", "secret a")
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            client.sendmail("a@isp.example", ["b@isp.example"], MESSAGE * 4)
    assert refused.value.smtp_code == 552
    assert here.submitted == []


def test_every_recipient_gets_one_copy(isp):
    here = isp()
    send(here.smtp_port, ("b@isp.example", "a@isp.example", "b@isp.example"))
    assert [len(here.maildrops[who].messages) for who in USERS] == [1, 1]
    assert here.submitted[0].recipients == ("b@isp.example", "a@isp.example", "b@isp.example")


def test_swaks_sends_by_login(isp, program, tmp_path):
    here = isp()
    (tmp_path / "message").write_bytes(MESSAGE)
    command = [program("swaks"), "--server", f"127.0.0.1:{here.smtp_port}", "--data", f"@{tmp_path / 'message'}"]
    command += ["--from", "a@isp.example", "--to", "b@isp.example", "--auth", "LOGIN"]
    command += ["--auth-user", "a@isp.example", "--auth-password", "secret a"]
    done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout
    assert len(here.maildrops["b@isp.example"].messages) == 1


def test_neither_mail_nor_passwords_show_in_a_repr_or_a_log(isp, caplog):
    caplog.set_level(logging.DEBUG)
    here = isp()
    send(here.smtp_port)
    assert "8-bit" not in caplog.text
    assert "secret a" not in caplog.text
    assert "8-bit" not in repr(here.submitted) + repr(here.maildrops)
