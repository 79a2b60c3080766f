"""The DATA sequence: refused before an octet left, groups replayed, and no dot for what cannot be finished."""

import threading
import time

import pytest

from ithaca.errors import PeerError
from ithaca.outgoing import Refused

MESSAGE = b"From: a@x.example\r\nSubject: s\r\n\r\ntext\r\n"
GROUPS = ("to@x.example", "cc@x.example", "bcc1@x.example", "bcc2@x.example")


def test_a_refusal_comes_at_the_dot_and_no_octet_left(edge, scripted):
    server = scripted()
    here = edge(server, lambda *_: Refused(550, "5.7.1", "Not sent: no key."))
    client = here.client()
    client.start()
    assert client.data(MESSAGE * 5000) == ["550 5.7.1 Not sent: no key."]
    assert not any(line == b"DATA" for line in server.lines)
    assert server.lines[-1] == b"RSET"
    assert client.ask("NOOP")[0].startswith("250")


def test_groups_get_their_own_envelope_and_copy(edge, scripted, plan):
    server = scripted()
    client = edge(server, lambda *_: plan([(0, 1), (2,), (3,)])).client()
    client.start(GROUPS)
    assert client.data(MESSAGE) == ["250 2.0.0 taken"]
    assert server.messages == [MESSAGE + b"sealed\r\n"] * 3
    after = server.lines[server.lines.index(b"RSET") :]
    recipients = [[]]
    for line in after:
        if line.startswith(b"RCPT"):
            recipients[-1].append(line[9:-1].decode())
        if line == b"DATA":
            recipients.append([])
    assert recipients == [["to@x.example", "cc@x.example"], ["bcc1@x.example"], ["bcc2@x.example"], []]
    assert [line for line in after if line.startswith(b"MAIL")] == [b"MAIL FROM:<a@x.example>"] * 3


def test_a_partial_failure_says_who_has_it_and_who_not(edge, scripted, plan):
    server = scripted(**{"RCPT TO:<bcc1@x.example>": ["250 ok", "452 4.2.2 full"]})
    client = edge(server, lambda *_: plan([(0, 1), (2,), (3,)])).client()
    client.start(GROUPS)
    (answer,) = client.data(MESSAGE)
    assert answer.startswith("451 4.5.0 Sent to to@x.example, cc@x.example, bcc2@x.example, but not to bcc1@x.example:")
    assert "4.2.2 full" in answer


def test_a_plan_is_told_of_the_groups_that_the_isp_has_taken_and_of_no_others(edge, scripted, plan):
    made = plan([(0, 1), (2,), (3,)])
    client = edge(scripted(**{"RCPT TO:<bcc1@x.example>": ["250 ok", "452 4.2.2 full"]}), lambda *_: made).client()
    client.start(GROUPS)
    client.data(MESSAGE)
    assert made.taken == [(0, 1), (3,)]
    refusing = plan([(0,)])
    client = edge(scripted(DOT="554 5.7.1 spam"), lambda *_: refusing).client()
    client.start()
    client.data(MESSAGE)
    assert refusing.taken == []


def test_too_many_bcc_copies_are_refused_before_anything_left(edge, scripted, plan):
    server = scripted()
    here = edge(server, lambda *_: plan([(0,), (1,), (2,), (3,)]), bcc_copies=2)
    client = here.client()
    client.start(GROUPS)
    assert client.data(MESSAGE)[0].startswith("550 5.5.3 Not sent: 3 Bcc recipients")
    assert server.messages == []


@pytest.mark.parametrize("limit", [3, 4])
def test_bcc_copies_are_counted_where_nobody_else_gets_one(edge, scripted, plan, limit):
    server = scripted()
    client = edge(server, lambda *_: plan([(0,), (1,), (2,), (3,)], is_blind=True), bcc_copies=limit).client()
    client.start(GROUPS)
    (answer,) = client.data(MESSAGE)
    assert answer.startswith("550 5.5.3 Not sent: 4 Bcc recipients would need 4 sealed copies" if limit == 3 else "250")
    assert len(server.messages) == (0 if limit == 3 else 4)


class Failing:
    """Seals for a while and then cannot."""

    def __init__(self, error):
        self._error = error
        self._fed = 0

    def feed(self, octets):
        self._fed += len(octets)
        if self._fed > 300_000:
            raise self._error
        return octets

    def finish(self):
        return b""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PeerError("Not sent: odd.", code=554, enhanced="5.6.0"), "554 5.6.0 Not sent: odd."),
        (ValueError("secret"), "421 4.3.0"),
    ],
)
def test_when_sealing_fails_midway_the_isp_never_gets_the_dot(edge, scripted, plan, error, code):
    server = scripted()
    client = edge(server, lambda *_: plan([(0,)], sealer=lambda: Failing(error))).client()
    client.start()
    (answer,) = client.data(MESSAGE + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 10_000)
    assert answer.startswith(code)
    assert "secret" not in answer
    if not answer.startswith("421"):
        # The ISP still waits for a dot: nothing more may go down that connection.
        assert client.reply()[0].startswith("421")
    time.sleep(0.2)
    assert server.messages == []


def test_the_isps_size_is_minded_before_and_while_sending(edge, scripted, plan):
    server = scripted(EHLO="250-mx.example\n250 SIZE 100000")
    here = edge(server, lambda *_: plan([(0,)], bound=50_000))
    client = here.client()
    client.reply()
    client.ask("EHLO x")
    client.ask("MAIL FROM:<a@x.example> SIZE=60000")
    client.ask("RCPT TO:<b@x.example>")
    assert client.data(MESSAGE + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 900)[0].startswith("552 5.3.4")
    assert b"DATA" not in server.lines
    client = edge(server, lambda *_: plan([(0,)], bound=10)).client()
    client.start()
    assert client.data(MESSAGE + (b"y" * 70 + b"\r\n") * 9000)[0].startswith("552 5.3.4")
    assert server.messages == []


def test_a_refused_data_is_the_answer_to_the_dot(edge, scripted):
    server = scripted(DATA="554 5.5.1 no valid recipients")
    client = edge(server).client()
    client.start()
    assert client.data(MESSAGE) == ["554 5.5.1 no valid recipients"]


@pytest.mark.parametrize("dot", ["452 4.3.1 later", "550-5.7.1 spam\n550 5.7.1 go"])
def test_the_isps_word_on_the_dot_is_verbatim(edge, scripted, dot):
    client = edge(scripted(DOT=dot)).client()
    client.start()
    assert client.data(MESSAGE) == dot.split("\n")


def test_smuggled_ends_of_data_stay_inside_the_message(edge, scripted):
    server = scripted()
    client = edge(server).client()
    client.start()
    body = b"\r\nend\n.\nMAIL FROM:<evil@x.example>\r\n..\r\nRCPT\r.\rTO\r\n"
    assert client.data(b"From: a@x.example\r\n" + body) == ["250 2.0.0 taken"]
    (message,) = server.messages
    assert b"\r\n..\r\nMAIL FROM:<evil@x.example>\r\n..\r\nRCPT\r\n..\r\nTO\r\n" in message
    assert [line for line in server.lines if b"evil" in line] == []


def test_a_large_message_streams(edge, scripted):
    server = scripted(EHLO="250 mx.example")
    here = edge(server, budget=1 << 20)
    client = here.client()
    client.start()
    body = MESSAGE + (b"z" * 76 + b"\r\n") * 100_000
    assert client.data(body) == ["250 2.0.0 taken"]
    assert server.messages[0] == body + b"sealed\r\n"
    assert here.prefixes[0][1] is False
    assert len(here.prefixes[0][0]) < 400_000


def test_holding_for_groups_is_bounded_by_the_budget(edge, scripted, plan):
    server = scripted(EHLO="250 mx.example")
    here = edge(server, lambda *_: plan([(0,), (1,)]), budget=1 << 20)
    client = here.client()
    client.start(("to@x.example", "bcc@x.example"))
    assert client.data(MESSAGE + (b"z" * 76 + b"\r\n") * 100_000)[0].startswith("452 4.3.1")
    assert server.messages == []


def test_an_endless_header_section_is_refused(edge, scripted):
    server = scripted()
    client = edge(server).client()
    client.start()
    assert client.data(b"X: y\r\n" * 100_000)[0].startswith("554 5.6.0")
    assert server.messages == []


@pytest.mark.parametrize("lines", [1, 10_000])
def test_sealing_never_runs_in_the_event_loop(edge, scripted, plan, lines):
    """A key of 4096 bits would stall every other session there."""
    threads = set()

    class Recording:
        def __init__(self):
            threads.add(threading.current_thread().name)

        def feed(self, octets):
            threads.add(threading.current_thread().name)
            return octets

        def finish(self):
            threads.add(threading.current_thread().name)
            return b""

    server = scripted()
    client = edge(server, lambda *_: plan([(0,), (1,)], sealer=Recording)).client()
    client.start(("to@x.example", "bcc@x.example"))
    message = MESSAGE + (b"y" * 70 + b"\r\n") * lines
    assert client.data(message) == ["250 2.0.0 taken"]
    assert server.messages == [message] * 2
    assert {name.rpartition("_")[0] for name in threads} == {"ithaca-work"}


def test_a_copy_that_cannot_be_sealed_is_said_with_who_has_theirs(edge, scripted, plan):
    """Else the client would send again what some have already."""
    made = []

    class Once:
        def __init__(self):
            made.append(self)
            if len(made) > 1:
                raise ValueError("secret")

        def feed(self, octets):
            return octets

        def finish(self):
            return b""

    server = scripted()
    client = edge(server, lambda *_: plan([(0,), (1,)], sealer=Once)).client()
    client.start(("to@x.example", "bcc@x.example"))
    (answer,) = client.data(MESSAGE)
    assert answer.startswith("451 4.5.0 Sent to to@x.example, but not to bcc@x.example: ")
    assert "secret" not in answer
    assert server.messages == [MESSAGE]


def test_a_refused_data_is_told_although_the_isp_leaves_with_it(edge, scripted):
    server = scripted(DATA="554 5.7.1 not from here")
    server.cut_at = "RSET"
    client = edge(server).client()
    client.start()
    assert client.data(MESSAGE) == ["554 5.7.1 not from here"]
