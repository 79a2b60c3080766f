"""The retrieval edge as a client sees it: the ISP's maildrop, and what is sealed, opened."""

import poplib
import socket
import ssl
import subprocess
import time

import pytest
import trustme

from ithaca.dial import Endpoint, Tls
from ithaca.dotted import Unstuffer, stuff
from ithaca.incoming import Look
from ithaca.pop3 import message
from ithaca.pop3.settings import Times

SEALED = b"Subject: s\r\nX-Sealed: yes\r\n\r\nciphertext\r\n"
PLAIN = b"Subject: p\r\nX: \xff\r\n\r\n.dot\r\n..\r\n\r\n" + b"\x80\xfe\r\n" * 3 + b"w" * 1500 + b"\r\n"


def marked(finding, message):
    """As it came, behind a verdict that believes nothing."""
    facts = f"decryption=none;\r\n signature=none;\r\n from=none;\r\n binding=none;\r\n findings={finding}"
    return f"Ithaca-Verdict: v=1;\r\n {facts}\r\n".encode() + message


def test_the_greeting_is_the_isps_octet_for_octet(edge):
    assert edge().client().log_in() == ("+OK ready <1@pop.example>", "+OK")


def test_mail_without_openpgp_passes_octet_for_octet(edge, scripted, opener):
    client = edge(scripted([PLAIN]), opener).client()
    client.log_in()
    assert client.ask("RETR 1") == f"+OK {len(PLAIN)} octets"
    assert client.lines() == stuff(PLAIN)[:-3]
    assert client.ask("TOP 1 2")[:3] == "+OK"
    assert client.lines() == b"Subject: p\r\nX: \xff\r\n\r\n..dot\r\n...\r\n"
    assert opener.logins == []


def test_what_passes_is_looked_at_for_what_it_teaches_and_passes_whatever_that_meets(edge, scripted, opener):
    client = edge(scripted([PLAIN]), opener).client()
    client.log_in()
    client.ask("RETR 1")
    client.lines()
    assert [(p, s) for p, _, s in opener.passed] == [("isp", PLAIN[: PLAIN.index(b"\r\n\r\n") + 4])]
    opener.passed = None
    assert client.ask("RETR 1") == f"+OK {len(PLAIN)} octets"
    assert client.lines() == stuff(PLAIN)[:-3]


def test_listings_are_the_isps(edge, scripted):
    client = edge(scripted([PLAIN, SEALED])).client()
    client.log_in()
    assert client.ask("STAT") == f"+OK 2 {len(PLAIN) + len(SEALED)}"
    for command in ("LIST", "UIDL"):
        assert client.ask(command) == "+OK"
        assert client.lines() == f"1 {len(PLAIN)}\r\n2 {len(SEALED)}\r\n".encode()


def test_a_sealed_message_is_opened_with_the_login_that_the_isp_accepted(edge, scripted, opener):
    client = edge(scripted([SEALED]), opener).client()
    client.line()
    client.ask("USER bob")
    client.ask("USER alice")
    client.ask("PASS secret")
    assert client.ask("RETR 1") == f"+OK {len(opener.message)} octets"
    assert client.lines() == stuff(opener.message)[:-3]
    assert opener.logins == [("isp", b"alice", SEALED)]


def test_forged_fields_go_from_retr_and_top(edge, scripted):
    forged = b"From: a@x.example\r\nIthaca-Verdict: good\r\n folded\r\nTo: b@x.example\r\n\r\n.body\r\n"
    honest = b"From: a@x.example\r\nTo: b@x.example\r\n\r\n..body\r\n"
    client = edge(scripted([forged])).client()
    client.log_in()
    client.ask("RETR 1")
    assert client.lines() == honest
    client.ask("TOP 1 1")
    assert client.lines() == honest


def test_sixty_pipelined_commands_are_answered_in_order(edge, scripted, opener):
    client = edge(scripted([PLAIN, SEALED]), opener).client()
    client.log_in()
    client.send(b"STAT\r\nNOOP\r\nRETR 2\r\nXODD\r\nRETR 1\r\nDELE 1\r\n" * 10 + b"QUIT\r\n")
    for _ in range(10):
        assert client.line().startswith("+OK 2")
        assert client.line() == "+OK"
        client.line()
        assert client.lines() == stuff(opener.message)[:-3]
        assert client.line().startswith("-ERR")
        client.line()
        assert client.lines() == stuff(PLAIN)[:-3]
        assert client.line() == "+OK"
    assert client.line() == "+OK"
    assert client.line() == ""


def test_capabilities_are_those_that_both_can_honour(edge):
    client = edge().client()
    client.log_in()
    client.ask("CAPA")
    assert client.lines() == b"TOP\r\nUIDL\r\nSASL PLAIN\r\n"


@pytest.mark.parametrize(
    ("commands", "answers", "login"),
    [
        (["APOP alice 0123"], {}, b"alice"),
        (["AUTH PLAIN AGFsaWNlAHNlY3JldA=="], {}, b"alice"),
        (["AUTH PLAIN", "AGFsaWNlAHNlY3JldA=="], {"AUTH": "+ "}, b"alice"),
        (["AUTH PLAIN Ym9iAGFsaWNlAHNlY3JldA=="], {}, None),
    ],
)
def test_every_way_to_log_in(edge, scripted, opener, commands, answers, login):
    server = scripted([SEALED], **answers)
    client = edge(server, opener).client()
    client.line()
    for command in commands:
        answer = client.ask(command)
    assert answer == "+OK"
    assert server.lines == commands
    client.ask("RETR 1")
    client.lines()
    assert opener.logins[0][1] == login


def test_a_wrong_password_is_the_isps_word(edge, scripted):
    client = edge(scripted(PASS="-ERR [AUTH] wrong")).client()
    assert client.log_in()[1] == "-ERR [AUTH] wrong"


@pytest.mark.parametrize("code", ["SYS/TEMP", "SYS/PERM", "IN-USE", "LOGIN-DELAY"])
def test_trouble_that_is_not_the_password_is_told_at_stat(edge, scripted, code):
    client = edge(scripted(PASS=f"-ERR [{code}] the disk is full")).client()
    assert client.log_in()[1] == "+OK"
    for command in ("STAT", "LIST", "UIDL", "RETR 1", "DELE 1"):
        answer = client.ask(command)
        assert answer.startswith("-ERR [SYS/")
        assert answer.endswith("the disk is full")
    assert client.ask("QUIT") == "+OK"


def test_an_isp_lost_during_login_is_told_at_stat(edge, scripted):
    server = scripted()
    server.cut_at = "PASS"
    client = edge(server).client()
    assert client.log_in()[1] == "+OK"
    assert client.ask("STAT").startswith("-ERR [SYS/TEMP] The connection to the mail server")


def test_a_locked_key_is_told_at_stat_before_any_message_is_listed(edge, scripted, opener):
    opener.reason = "The passphrase does not open the secret key."
    client = edge(scripted([SEALED]), opener).client()
    assert client.log_in()[1] == "+OK"
    assert client.ask("STAT") == "-ERR [SYS/TEMP] The passphrase does not open the secret key."
    assert client.ask("UIDL").startswith("-ERR")


def test_an_unreachable_isp_is_told_as_the_greeting(edge, scripted):
    here = edge(scripted(), endpoint=Endpoint("127.0.0.1", 9, Tls.NONE))
    assert here.client().line().startswith("-ERR [SYS/TEMP] The mail server 127.0.0.1:9 cannot be reached")


@pytest.mark.parametrize("message", [PLAIN * 20, SEALED * 20])
def test_an_isp_that_dies_inside_a_message_ends_without_the_dot(edge, scripted, message):
    server = scripted([message])
    server.cut_inside = 300
    client = edge(server).client()
    client.log_in()
    status = client.ask("RETR 1")
    if status.startswith("+OK"):
        received = client.file.read()
        assert not received.endswith(b"\r\n.\r\n")
    else:
        assert status.startswith("-ERR [SYS/TEMP]")


def test_what_cannot_be_opened_is_delivered_as_it_came_and_marked(edge, scripted, opener):
    opener.error = ValueError("secret of the letter")
    client = edge(scripted([SEALED]), opener).client()
    client.log_in()
    assert client.ask("RETR 1").startswith("+OK")
    assert client.lines() == marked("not-judged", SEALED)
    assert len(opener.passed) == 1


@pytest.mark.parametrize("message", [b"a\nb\r\n", b"a\rb\r\n", b"a\0b\r\n"])
def test_what_no_mail_may_hold_is_never_sent(edge, scripted, opener, message):
    opener.message = message
    client = edge(scripted([SEALED]), opener).client()
    client.log_in()
    client.ask("RETR 1")
    assert client.lines() == marked("unshowable", SEALED)


def test_top_of_a_sealed_message_is_cut_from_the_opened_one(edge, scripted, opener):
    server = scripted([SEALED])
    client = edge(server, opener).client()
    client.log_in()
    client.ask("TOP 1 1")
    assert client.lines() == b"Subject: opened\r\n\r\n..plain\r\n"
    client.ask("TOP 1 0")
    assert client.lines() == b"Subject: opened\r\n\r\n"
    client.ask("TOP 1 99999999")
    assert client.lines() == stuff(opener.message)[:-3]
    assert not any(line.startswith("RETR") for line in server.lines)


def test_top_that_the_isp_does_not_give_whole_shows_the_sealed_header_marked(edge, scripted):
    client = edge(scripted([SEALED], **{"TOP 1 2147483647": "-ERR too much"})).client()
    client.log_in()
    client.ask("TOP 1 0")
    assert client.lines() == marked("not-fetched", b"Subject: s\r\nX-Sealed: yes\r\n\r\n")


def test_top_above_the_limit_shows_the_sealed_header_marked(edge, scripted):
    client = edge(scripted([SEALED + b"x" * 5000]), top_limit=1000).client()
    client.log_in()
    client.ask("LIST")
    client.lines()
    client.ask("TOP 1 0")
    assert client.lines() == marked("past-limit", b"Subject: s\r\nX-Sealed: yes\r\n\r\n")


def test_a_slow_opening_gives_signs_of_life_in_a_well_formed_header(edge, scripted, opener):
    opener.wait = 0.6
    client = edge(scripted([SEALED]), opener, times=Times(counted=0.1, progress=0.1)).client()
    client.log_in()
    assert client.ask("RETR 1") == "+OK"
    received = client.lines()
    head, _, rest = received.partition(b"Subject: opened\r\n")
    assert head.startswith(b"Ithaca-Progress: ")
    assert head.count(b"\r\n ") >= 2
    assert rest == stuff(opener.message)[len(b"Subject: opened\r\n") : -3]


@pytest.mark.parametrize("counted", [True, False])
def test_a_message_too_large_to_hold_passes_as_it_came_and_marked(edge, scripted, opener, counted):
    large = SEALED + b"y" * 70 + b"\r\n" + b"z\r\n" * 200_000
    server = scripted([large])
    server.counted = counted
    client = edge(server, opener, most_held=200_000).client()
    client.log_in()
    assert client.ask("RETR 1").startswith("+OK")
    assert client.lines() == marked("past-limit", large)
    assert opener.logins == []
    assert len(opener.passed) == 1


def test_top_of_a_message_too_large_to_hold_is_cut(edge, scripted, opener):
    large = SEALED + b"y" * 70 + b"\r\n" + b"z\r\n" * 200_000
    client = edge(scripted([large]), opener, most_held=200_000).client()
    client.log_in()
    client.ask("TOP 1 1")
    assert client.lines() == marked("past-limit", SEALED)
    assert client.ask("NOOP").startswith("+OK")


@pytest.mark.parametrize("cut", range(1, 9))
def test_where_looking_ends_in_the_middle_of_a_dot_none_is_lost_or_doubled(opener, cut):
    """A header section without end, with a forged field: what was read ends anywhere in the last eight octets."""
    section = b"Ithaca-Verdict: forged\r\nX: y\r\n.dot\r\n"
    wire = stuff(section)
    raw, after = wire[:-cut], wire[-cut:]
    unstuffer = Unstuffer()
    content = unstuffer.feed(raw)
    given = message._passed(raw, content, unstuffer.ended, opener) + after
    assert given == stuff(section.partition(b"\r\n")[2])


@pytest.mark.parametrize("step", [1, 7, 1 << 17])
def test_who_sends_octet_by_octet_does_not_have_them_looked_at_each_time(opener, loop, step):
    octets = b"".join(b"X-%d: y\r\n" % n for n in range(1_000)) + b"\r\nbody\r\n"
    wire, looked = stuff(octets), []
    look = opener.look
    opener.look = lambda prefix, complete: looked.append(len(prefix)) or look(prefix, complete)

    async def pieces():
        for at in range(0, len(wire), step):
            yield wire[at : at + step]

    raw, content, found, _ = loop.run(message._looked_at(pieces(), opener))
    assert found is Look.PASS
    assert wire.startswith(raw)
    assert octets.startswith(content)
    assert sum(looked) < 4 * len(octets)


@pytest.mark.parametrize("octets", [b"CAPA\r\n", b"GET / HTTP/1.1\r\n\r\n"])
def test_who_speaks_before_the_greeting_is_cut_off(edge, scripted, octets):
    server = scripted()
    here = edge(server)
    client = here.client()
    client.send(octets)
    # The greeting may have gone out before the octets came in; HTTP is cut off even then.
    first = client.line()
    if first.startswith("+OK") and octets.startswith(b"GET"):
        assert client.line() == ""


def test_a_client_that_shuts_its_writing_half_still_gets_its_answers(edge, scripted):
    client = edge(scripted([PLAIN])).client()
    client.log_in()
    client.send(b"RETR 1\r\nQUIT\r\n")
    client.sock.shutdown(socket.SHUT_WR)
    client.line()
    assert client.lines() == stuff(PLAIN)[:-3]
    assert client.line() == "+OK"


def test_poplib_and_curl_fetch(edge, scripted, opener, program):
    here = edge(scripted([PLAIN, SEALED], CAPA="+OK\nUSER\nTOP\n."), opener)
    client = poplib.POP3("127.0.0.1", here.port, timeout=10)
    client.user("alice")
    client.pass_("secret")
    assert b"\r\n".join(client.retr(1)[1]) + b"\r\n" == PLAIN
    assert b"\r\n".join(client.retr(2)[1]) + b"\r\n" == opener.message
    client.quit()
    for number, expected in ((1, PLAIN), (2, opener.message)):
        command = [program("curl"), "-s", f"pop3://127.0.0.1:{here.port}/{number}", "-u", "alice:secret"]
        got = subprocess.run(command, capture_output=True, timeout=30, check=False)
        assert got.stdout == expected


def test_a_large_message_passes_whole(edge, scripted):
    large = b"Subject: x\r\n\r\n" + (b"." * 70 + b"\r\n") * 100_000
    client = edge(scripted([large])).client()
    client.log_in()
    client.ask("RETR 1")
    assert client.lines() == stuff(large)[:-3]


def test_more_connections_than_allowed_are_told(edge, scripted):
    here = edge(scripted(), max_connections=1, times=Times(greeting=0.3))
    first = here.client()
    first.line()
    assert here.client().line().startswith("-ERR [SYS/TEMP] Too many connections")
    assert first.ask("NOOP") == "+OK"


def test_an_unwell_line_is_answered_and_over_long_ones_end_the_session(edge):
    client = edge().client()
    client.log_in()
    assert client.ask("NOOP\0").startswith("-ERR")
    client.send(b"x" * 50_000 + b"\r\n")
    assert client.line().startswith("-ERR")
    assert client.line() == ""


# --- TLS ---


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def server_context(authority, name="localhost"):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(made)
    return made


def test_implicit_tls_towards_the_isp_and_a_wrong_name(edge, scripted, authority, tmp_path, loop):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    for name, expected in (("localhost", "+OK"), ("other.example", "-ERR [SYS/PERM] The certificate")):
        server = scripted()
        loop.run(server.start(server_context(authority, name)))
        endpoint = Endpoint("localhost", server.port, Tls.IMPLICIT, tmp_path / "ca.pem")
        assert edge(server, endpoint=endpoint).client().line().startswith(expected)


def test_stls_is_ours_and_required_beyond_loopback(edge, scripted, authority):
    here = edge(scripted([PLAIN]), tls_context=server_context(authority), require_tls=True)
    client = here.client()
    client.line()
    assert client.ask("USER alice") == "-ERR Begin TLS first (STLS)."
    client.ask("CAPA")
    assert b"STLS\r\n" in client.lines()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    real = poplib.POP3("localhost", here.port, timeout=10)
    real.stls(trusting)
    real.user("alice")
    real.pass_("secret")
    assert b"\r\n".join(real.retr(1)[1]) + b"\r\n" == PLAIN
    real.quit()


def test_commands_sent_with_stls_are_never_run(edge, scripted, authority):
    client = edge(scripted(), tls_context=server_context(authority)).client()
    client.line()
    client.send(b"STLS\r\nUSER evil\r\n")
    try:
        assert client.file.read() == b""
    except ConnectionResetError:
        pass


def test_stopping_ends_idle_sessions(edge, loop):
    here = edge()
    client = here.client()
    client.log_in()
    before = time.monotonic()
    loop.run(here.retrieval.stop(3))
    assert time.monotonic() - before < 2
