"""The submission edge as a client sees it: the ISP's own replies, and never a close without a word."""

import smtplib
import socket
import ssl
import time

import pytest
import trustme

from ithaca.dial import Endpoint, Tls
from ithaca.smtp.upstream import Times

MESSAGE = b"From: a@x.example\r\nSubject: s\r\n\r\ntext\r\n"


def test_greeting_replies_and_keywords_are_the_isps(edge, scripted):
    here = edge(scripted(GREETING="220-mx.example\n220 mx.example ESMTP hello", VRFY="252-one\n252 two"))
    client = here.client()
    assert client.reply() == ["220-mx.example", "220 mx.example ESMTP hello"]
    offered = client.ask("EHLO client.example")
    assert offered[0] == "250-mx.example"
    assert [line[4:] for line in offered[1:]] == [
        "SIZE 1000000", "PIPELINING", "8BITMIME", "DSN", "AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256",
    ]  # fmt: skip
    assert client.ask("VRFY bob") == ["252-one", "252 two"]
    assert client.ask("NOOP") == ["250 2.0.0 ok"]


def test_refusals_reach_the_client_on_their_own_command_verbatim(edge, scripted):
    server = scripted(MAIL="552-5.2.2 no\n552 5.2.2 really", RCPT="450 4.2.1 later")
    client = edge(server).client()
    client.reply()
    client.ask("EHLO x")
    assert client.ask("MAIL FROM:<a@x.example>") == ["552-5.2.2 no", "552 5.2.2 really"]
    server.answers["MAIL"] = "250 ok"
    client.ask("MAIL FROM:<a@x.example>")
    assert client.ask("RCPT TO:<b@x.example>") == ["450 4.2.1 later"]
    assert client.ask("DATA")[0].startswith("503 5.5.1")


def test_pipelined_commands_get_their_replies_in_order(edge, scripted):
    here = edge(scripted(RCPT=["250 one", "550 two", "250 three"]))
    client = here.client()
    client.reply()
    client.ask("EHLO x")
    client.send(
        b"MAIL FROM:<a@x.example>\r\nRCPT TO:<1@x.example>\r\nRCPT TO:<2@x.example>\r\nRCPT TO:<3@x.example>\r\nDATA\r\n"
    )
    assert [client.reply()[0][:3] for _ in range(5)] == ["250", "250", "550", "250", "354"]
    client.send(MESSAGE + b".\r\nQUIT\r\n")
    assert client.reply() == ["250 2.0.0 taken"]
    assert client.reply() == ["221 bye"]
    assert [r.decode() for r in here.envelopes[0].recipients] == ["1@x.example", "3@x.example"]


def test_a_client_that_shuts_its_writing_half_still_gets_its_answers(edge):
    client = edge().client()
    client.start()
    client.ask("DATA")
    client.send(MESSAGE + b".\r\nQUIT\r\n")
    client.sock.shutdown(socket.SHUT_WR)
    assert client.reply() == ["250 2.0.0 taken"]


@pytest.mark.parametrize(
    ("steps", "lines", "login"),
    [
        (["235 ok"], ["AUTH PLAIN AGFsaWNlAHNlY3JldA=="], b"alice"),
        (["334 ", "235 ok"], ["AUTH PLAIN", "AGFsaWNlAHNlY3JldA=="], b"alice"),
        (
            ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 ok"],
            ["AUTH LOGIN", "YWxpY2U=", "c2VjcmV0"],
            b"alice",
        ),
        (
            ["334 PDE+", "235 ok"],
            ["AUTH CRAM-MD5", "YWxpY2UgMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="],
            b"alice",
        ),
        (
            ["334 cj0x", "334 dj14", "235 ok"],
            ["auth scram-sha-256 biwsbj1hbGljZSxyPTE=", "Yz1iaXdz", ""],
            b"alice",
        ),
        (["235 ok"], ["AUTH PLAIN Ym9iAGFsaWNlAHNlY3JldA=="], None),
        (["535 5.7.8 wrong"], ["AUTH PLAIN AGFsaWNlAHNlY3JldA=="], None),
    ],
    ids=["PLAIN", "PLAIN in two steps", "LOGIN", "CRAM-MD5", "SCRAM", "authzid of another", "refused"],
)
def test_logins_are_relayed_untouched_and_read(edge, scripted_auth, steps, lines, login):
    server = scripted_auth(list(steps))
    here = edge(server)
    client = here.client()
    client.reply()
    client.ask("EHLO x")
    assert [client.ask(line)[0] for line in lines] == steps
    # The verb may be written anew; mechanism and exchange are the client's octets.
    assert [line.removeprefix(b"AUTH ") for line in server.lines[1:]] == [
        line.removeprefix("AUTH ").removeprefix("auth ").encode() for line in lines
    ]
    client.ask("MAIL FROM:<a@x.example>")
    client.ask("RCPT TO:<b@x.example>")
    client.data(MESSAGE)
    assert here.envelopes[0].login == login


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256-PLUS", "EXTERNAL", "GSSAPI"])
def test_what_cannot_pass_a_relay_is_refused_here(edge, scripted, mechanism):
    server = scripted()
    client = edge(server).client()
    client.reply()
    client.ask("EHLO x")
    assert client.ask(f"AUTH {mechanism}")[0].startswith("504")
    assert not any(b"AUTH" in line for line in server.lines)


def test_parameters_are_accepted_whatever_ehlo_showed_and_left_out_where_missing(edge, scripted):
    server = scripted(EHLO="250 mx.example")
    client = edge(server).client()
    client.reply()
    client.ask("EHLO x")
    assert client.ask("MAIL FROM:<a@x.example> BODY=8BITMIME SIZE=10 RET=FULL ENVID=Ab+2B")[0].startswith("250")
    assert client.ask("RCPT TO:<b@x.example> NOTIFY=SUCCESS ORCPT=rfc822;B@x")[0].startswith("250")
    assert server.lines[-2:] == [b"MAIL FROM:<a@x.example>", b"RCPT TO:<b@x.example>"]
    assert client.ask("RCPT TO:<jörg@x.example>")[0].startswith("550 5.6.7")


def test_case_of_parameters_is_kept(edge, scripted):
    server = scripted()
    client = edge(server).client()
    client.reply()
    client.ask("EHLO x")
    client.ask("mail from:<A@x.example> ret=full envid=AbC")
    assert server.lines[-1] == b"MAIL FROM:<A@x.example> ret=full envid=AbC"


def test_localhost_becomes_our_own_address_upstream(edge, scripted):
    server = scripted()
    client = edge(server).client()
    client.reply()
    client.ask("EHLO [127.0.0.1]")
    assert server.lines == [b"EHLO [127.0.0.1]"]


@pytest.mark.parametrize("octets", [b"EHLO early\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_who_speaks_before_the_greeting_is_cut_off(edge, scripted, octets):
    server = scripted()
    server.slow_greeting = 0.2
    client = edge(server).client()
    client.send(octets)
    try:
        assert client.reply() == []
    except ConnectionResetError:
        pass


def test_http_after_the_greeting_is_cut_off_at_the_verb(edge, scripted):
    server = scripted()
    client = edge(server).client()
    client.reply()
    client.send(b"POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO x\r\nMAIL FROM:<a@x.example>\r\n")
    try:
        assert client.reply() == []
    except ConnectionResetError:
        pass
    assert server.lines == []


def test_unknown_verbs_are_not_repeated_and_end_the_session_after_some(edge):
    client = edge().client()
    client.reply()
    for _ in range(4):
        (answer,) = client.ask("c2VjcmV0")
        assert answer == "500 5.5.2 Command not recognized"
    assert client.ask("BDAT 10 LAST")[0].startswith("421")
    assert client.reply() == []


def test_an_unreachable_isp_is_said_as_the_greeting(edge, scripted):
    here = edge(scripted(), endpoint=Endpoint("127.0.0.1", 9, Tls.NONE))
    (answer,) = here.client().reply()
    assert answer.startswith("421 4.4.1 The mail server 127.0.0.1:9 cannot be reached: connection refused.")


def test_a_refusing_isp_speaks_for_itself(edge, scripted):
    assert edge(scripted(GREETING="554-no\n554 go away")).client().reply() == ["554-no", "554 go away"]


@pytest.mark.parametrize("where", ["EHLO", "MAIL", "RCPT", "DATA", "BODY"])
def test_an_isp_that_breaks_off_is_a_temporary_reply_and_never_silence(edge, scripted, where):
    server = scripted()
    server.cut_at = where
    client = edge(server).client()
    client.reply()
    answers = [client.ask("EHLO x")]
    if answers[-1][0].startswith("250"):
        answers.append(client.ask("MAIL FROM:<a@x.example>"))
    if answers[-1][0].startswith("250"):
        answers.append(client.ask("RCPT TO:<b@x.example>"))
    if answers[-1][0].startswith("250"):
        answers.append(client.data(MESSAGE))
    assert answers[-1][0][:3] in ("421", "451"), answers
    assert server.messages == []


def test_lost_after_the_dot_says_that_it_may_have_been_accepted(edge, scripted):
    server = scripted()
    server.cut_at = "DOT"
    client = edge(server).client()
    client.start()
    (answer,) = client.data(MESSAGE)
    assert answer.startswith("451")
    assert "may have been accepted" in answer


def test_a_silent_isp_after_the_dot_is_answered_in_time(edge, scripted):
    server = scripted()
    server.slow_dot = 5
    client = edge(server, times=Times().scaled(0.005)).client()
    client.start()
    before = time.monotonic()
    (answer,) = client.data(MESSAGE)
    assert time.monotonic() - before < 3
    assert "may have been accepted" in answer


def test_a_client_gone_in_the_middle_leaves_nothing_at_the_isp(edge, scripted):
    server = scripted()
    client = edge(server).client()
    client.start()
    client.ask("DATA")
    client.send(MESSAGE * 1000)
    client.close()
    time.sleep(0.3)
    assert server.messages == []


def test_an_idle_client_is_told_before_it_is_cut_off(edge, scripted):
    client = edge(scripted(), times=Times().scaled(0.001)).client()
    client.reply()
    assert client.reply()[0].startswith("421 4.4.2")


def test_more_connections_than_allowed_wait_and_are_told(edge, scripted):
    here = edge(scripted(), max_connections=1, times=Times(greeting=0.3))
    first = here.client()
    first.reply()
    assert here.client().reply()[0].startswith("421 4.3.2")
    assert first.ask("NOOP")[0].startswith("250")


def test_several_messages_on_one_connection(edge, scripted):
    server = scripted()
    client = edge(server).client()
    client.start()
    for _ in range(3):
        assert client.data(MESSAGE) == ["250 2.0.0 taken"]
        client.ask("MAIL FROM:<a@x.example>")
        client.ask("RCPT TO:<b@x.example>")
    assert server.messages == [MESSAGE + b"sealed\r\n"] * 3


def test_stopping_ends_idle_sessions_with_a_word(edge, loop):
    here = edge()
    client = here.client()
    client.reply()
    loop.run(here.submission.stop(1))
    assert client.reply()[0].startswith("421 4.3.2")


# --- TLS ---


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def server_context(authority, name="localhost"):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(made)
    return made


def test_starttls_and_implicit_tls_towards_the_isp(edge, scripted, authority, tmp_path, loop):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    for tls in (Tls.STARTTLS, Tls.IMPLICIT):
        server = scripted(EHLO="250-mx.example\n250 STARTTLS", STARTTLS="220 go")
        server.tls = server_context(authority)
        loop.run(server.start(server.tls if tls is Tls.IMPLICIT else None))
        endpoint = Endpoint("localhost", server.port, tls, tmp_path / "ca.pem")
        client = edge(server, endpoint=endpoint).client()
        client.start()
        assert client.data(MESSAGE) == ["250 2.0.0 taken"]
        assert (b"STARTTLS" in server.lines) is (tls is Tls.STARTTLS)


@pytest.mark.parametrize("fault", ["unknown issuer", "wrong name", "no STARTTLS", "STARTTLS refused"])
def test_tls_that_is_asked_for_is_never_given_up(edge, scripted, authority, tmp_path, loop, fault):
    other = trustme.CA() if fault == "unknown issuer" else authority
    other.cert_pem.write_to_path(tmp_path / "ca.pem")
    server = scripted(EHLO="250-mx.example\n250 STARTTLS", STARTTLS="220 go")
    if fault == "no STARTTLS":
        server.answers["EHLO"] = "250 mx.example"
    if fault == "STARTTLS refused":
        server.answers["STARTTLS"] = "454 not now"
    server.tls = server_context(authority, "other.example" if fault == "wrong name" else "localhost")
    loop.run(server.start())
    endpoint = Endpoint("localhost", server.port, Tls.STARTTLS, tmp_path / "ca.pem")
    (answer,) = edge(server, endpoint=endpoint).client().reply()
    assert answer.startswith("421 4.7.5 "), answer
    assert not any(line.startswith((b"MAIL", b"AUTH")) for line in server.lines)


def test_local_starttls_and_what_was_sent_before_it(edge, scripted, authority):
    here = edge(scripted(), tls_context=server_context(authority), require_tls=True)
    client = here.client()
    client.reply()
    assert client.ask("EHLO x")[-1] == "250 STARTTLS"
    assert client.ask("MAIL FROM:<a@x.example>")[0].startswith("530")
    client.send(b"STARTTLS\r\nMAIL FROM:<evil@x.example>\r\n")
    assert client.reply()[0].startswith("421 4.7.0")
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with smtplib.SMTP("localhost", here.port, timeout=10) as real:
        real.starttls(context=trusting)
        real.ehlo()
        assert not real.has_extn("starttls")
        assert real.sendmail("a@x.example", ["b@x.example"], MESSAGE) == {}
