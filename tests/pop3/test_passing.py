"""Two thousand mails without OpenPGP, fetched through real sockets: every octet is the provider's.

Promise 4 knows these exceptions on receipt, and no others: fields ``Ithaca-*``, ``X-Mozilla-Status``,
``X-Mozilla-Status2``, ``X-Mozilla-Keys``, ``Authentication-Results`` with our own authserv-id, and wish tags.
"""

import pytest

import odd_mail
import people
from ithaca import incoming
from ithaca.dotted import stuff

BATCH = 50
OURS = (
    b"Ithaca-Verdict: v=1; signature=good\r\n",
    b"iThAcA-anything:\r\n folded\r\n\tand again\r\n",
    b"Ithaca-Wish : clear\r\n",
    b"X-Mozilla-Status: 0001\r\n",
    b"X-MOZILLA-STATUS2: 10000000\r\n",
    b"x-mozilla-keys: $label1\r\n",
)


class Bobs:
    """What the edge asks of the use case, with Bob's keys."""

    look = staticmethod(incoming.look)
    clean = staticmethod(incoming.clean)
    as_it_came = staticmethod(incoming.as_it_came)

    def open(self, _provider, _login, octets):
        return incoming.open_message(octets, people.keys(people.BOB), engine=people.ENGINE, now=people.NOW)

    def trouble(self, _provider, _login):
        return None


def fetched(edge, server, count):
    """As a client gets them, un-stuffed by nobody."""
    client = edge(server, Bobs()).client()
    client.log_in()
    for start in range(1, count + 1, BATCH):
        numbers = range(start, min(start + BATCH, count + 1))
        client.send(b"".join(b"RETR %d\r\n" % number for number in numbers))
        for number in numbers:
            assert client.line().startswith("+OK"), number
            yield client.lines()


def wire(message):
    """As the provider sends it, without the dot that ends it."""
    return stuff(message)[:-3]


def differing(expected, got):
    return [number for number, (a, b) in enumerate(zip(expected, got, strict=True)) if a != b]


def test_two_thousand_mails_pass_with_every_octet(edge, scripted):
    mails = odd_mail.generated(odd_mail.COUNT)
    got = list(fetched(edge, scripted(mails), len(mails)))
    assert differing(map(wire, mails), got) == []


def test_pythons_own_test_mails_pass_with_every_octet(edge, scripted):
    mails = odd_mail.stdlib()
    if not mails:
        pytest.skip("Python's own test mails are not installed: apt-get install libpython3.11-testsuite")
    assert len(mails) > 40
    got = list(fetched(edge, scripted(mails), len(mails)))
    assert differing(map(wire, mails), got) == []


@pytest.mark.parametrize("field", OURS, ids=range(len(OURS)))
def test_a_field_that_only_we_may_write_goes_and_nothing_else(edge, scripted, field):
    mails = [m for m in odd_mail.generated(160) if m.startswith(b"From:")]
    assert len(mails) > 10
    got = list(fetched(edge, scripted([field + m for m in mails]), len(mails)))
    assert differing(map(wire, mails), got) == []


def test_top_gives_the_first_lines_with_every_octet(edge, scripted):
    mails = [m for m in odd_mail.generated(160) if b"\r\n\r\n" in m and b"\n\n" not in m]
    client = edge(scripted(mails), Bobs()).client()
    client.log_in()
    for number, mail in enumerate(mails, 1):
        assert client.ask(f"TOP {number} 2").startswith("+OK")
        got = client.lines()
        assert wire(mail).startswith(got.removesuffix(b"\r\n"))
        assert got.startswith(wire(mail.partition(b"\r\n\r\n")[0] + b"\r\n"))
