"""Two thousand mails whose From is no identity of the login: handed on with every octet, in whatever pieces they come.

Promise 4 knows these exceptions on sending, and no others: bare CR and LF, which the edge makes CRLF before a message
comes here, Bcc fields, the seal phrase and wish tags, of which these mails have none.
"""

import os
import random

import odd_mail
import people
from ithaca import outgoing, sealing
from ithaca.policy import Encrypt, Policy
from people import BOB, Person

PREFIX = 1 << 16


def handed_on(mail, sealer, seed):
    """The octets that leave; the message comes in pieces of any size."""
    draw = random.Random(seed)
    out, at = [], 0
    while at < len(mail):
        size = draw.choice((1, 7, 512, 70_000))
        out.append(sealer.feed(mail[at : at + size]))
        at += size
    return b"".join(out) + sealer.finish()


def begin(mail, person):
    envelope = outgoing.Envelope("isp", b"login", b"homer@elsewhere.example", (BOB.encode(),))
    around = sealing.Surroundings(people.ENGINE, people.NOW, os.urandom)
    return outgoing.begin(envelope, mail[:PREFIX], len(mail) <= PREFIX, person, around)


def changed(mails, person):
    """Which of them were refused, altered, or sent in more than one form."""
    found = []
    for number, mail in enumerate(mails):
        plan = begin(mail, person)
        if (
            isinstance(plan, outgoing.Refused)
            or len(plan.groups) != 1
            or handed_on(mail, plan.sealer(plan.groups[0]), number) != mail
        ):
            found.append(number)
    return found


def test_two_thousand_mails_of_others_leave_with_every_octet():
    assert changed(odd_mail.everything(), Person()) == []


def test_what_an_identity_wants_for_itself_does_not_change_them():
    assert changed(odd_mail.generated(64), Person(policy=Policy(encrypt=Encrypt.ALWAYS))) == []


def test_there_are_two_thousand_and_hardly_two_alike():
    assert len(odd_mail.everything()) == odd_mail.COUNT
    assert len(set(odd_mail.generated(odd_mail.COUNT))) > odd_mail.COUNT * 0.97
