"""The plan: who shares a copy, and what a sealer does with a message however it is cut."""

import dataclasses
import os
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

import people
from ithaca import outgoing, sealing
from ithaca.mime.confidentiality import Confidentiality
from ithaca.mime.header import MOST_FIELDS, HeaderSection
from ithaca.mime.legacy import without_elements
from ithaca.openpgp import armor, packets
from ithaca.openpgp.certificate import Certificate
from ithaca.policy import Encrypt, Policy, Sign, SignFormat
from ithaca.sealing import Sending, Style
from people import ALICE, BOB, Person
from strategies import entity, leaves

HEAD = b"From: alice@openpgp.example\r\nTo: bob@openpgp.example\r\nSubject: s\r\nContent-Type: text/plain\r\n"
MESSAGE = HEAD + b"\r\ntext\r\n" * 50


def test_in_clear_everybody_shares_one_copy():
    person = Person(policy=Policy(encrypt=Encrypt.NEVER))
    assert [g.recipients for g in people.begin(MESSAGE, (BOB, ALICE, "x@example.org"), person).groups] == [(0, 1, 2)]


def test_sealed_the_visible_share_and_each_blind_one_has_their_own():
    groups = people.begin(MESSAGE, (ALICE, BOB)).groups
    assert [(g.recipients, g.blind) for g in groups] == [((1,), False), ((0,), True)]
    alone = people.begin(MESSAGE.replace(b"To: bob", b"To: carol"), (ALICE, BOB)).groups
    assert [(g.recipients, g.blind) for g in alone] == [((0,), True), ((1,), True)]


def test_every_accepted_recipient_is_in_exactly_one_group():
    groups = people.begin(MESSAGE, (BOB, ALICE, BOB, ALICE)).groups
    assert sorted(i for g in groups for i in g.recipients) == [0, 1, 2, 3]


@pytest.mark.parametrize("step", [1, 3, 17, 100_000])
@pytest.mark.parametrize(
    "policy",
    [Policy(), Policy(encrypt=Encrypt.NEVER), Policy(sign=Sign.NEVER, encrypt=Encrypt.NEVER)],
    ids=["sealed", "signed", "clear"],
)
def test_pieces_do_not_matter(policy, step):
    ((_, octets),) = people.send(MESSAGE, person=Person(policy=policy), step=step)
    envelope = people.take_apart(octets)
    assert envelope.payload.body == MESSAGE.partition(b"\r\n\r\n")[2]


def test_a_letter_is_sealed_in_the_new_way_only_where_everybody_announces_it(monkeypatch):
    """Design: or somebody could not read it, ourselves included."""

    def versions():
        ((_, octets),) = people.send(MESSAGE)
        data = armor.dearmor(octets).data
        return [p.body[0] for p in packets.split(data)]

    assert versions() == [3, 3, 1]
    announcing = {people.CERTIFICATES[BOB].fingerprint}
    monkeypatch.setattr(Certificate, "announces_seipd2", lambda self, _at: self.fingerprint in announcing)
    assert versions() == [3, 3, 1], "the sender could not read it"
    announcing.add(people.CERTIFICATES[ALICE].fingerprint)
    assert versions() == [6, 6, 2]


# --- header protection ---

FULL = (
    b"Date: Sat, 14 Mar 2026 01:02:03 +0200\r\nFrom: Alice Lovelace <alice@openpgp.example>\r\n"
    b"To: Bob Babbage <bob@openpgp.example>\r\nSubject: Re: the plan\r\nMessage-ID: <2@openpgp.example>\r\n"
    b"In-Reply-To: <1@openpgp.example>\r\nReferences: <0@openpgp.example>\r\n <1@openpgp.example>\r\n"
    b"Thread-Topic: the plan\r\nThread-Index: AdYx\r\nX-Old-Subject: plan\r\nX-Identity-Key: id1\r\nComments: c\r\n"
)
KINDS = {"sealed": Policy(), "signed": Policy(encrypt=Encrypt.NEVER)}


def outer(octets):
    return HeaderSection.parse(octets.partition(b"\r\n\r\n")[0] + b"\r\n")


def values(section, *names):
    return {name: [f.value for f in section.get_all(name)] for name in names}


def begun(message, hides=frozenset(), person=None, **more):
    plan = people.begin(message, person=person, **more)._plan
    decision = dataclasses.replace(plan.decision, hides=hides)
    return Sending(decision, plan._message, plan._recipients, plan._own, plan._around, style=plan._style)


def sent(plan, message):
    sealer = plan.sealer(plan.groups[0])
    return sealer.feed(message) + sealer.finish()


@pytest.mark.parametrize("kind", KINDS)
def test_what_threads_is_untouched_inside_and_outside(kind):
    ((_, octets),) = people.send(FULL + b"\r\ntext\r\n", person=Person(policy=KINDS[kind]))
    inner = people.take_apart(octets, ALICE).payload.header
    for name in (b"Message-ID", b"Date", b"In-Reply-To", b"References", b"From", b"To"):
        fields = HeaderSection.parse(FULL).get_all(name)
        assert outer(octets).get_all(name) == fields
        assert inner.get_all(name) == fields


def test_sealed_the_subject_stands_nowhere_outside_and_inside_as_it_was():
    ((_, octets),) = people.send(FULL + b"Content-Description: the plan\r\n\r\ntext\r\n")
    assert b"plan" not in octets
    names = {f.name for f in outer(octets).fields}
    assert not names & {b"Thread-Topic", b"Thread-Index", b"X-Old-Subject", b"X-Identity-Key", b"Comments"}
    inner = people.take_apart(octets).payload.header
    assert inner.first(b"Subject").value == b"Re: the plan"
    assert inner.first(b"Content-Description").value == b"the plan"
    assert inner.first(b"X-Identity-Key") is None
    assert {f.value.partition(b":")[0] for f in inner.get_all(b"HP-Outer")} == names - {
        b"MIME-Version",
        b"Content-Type",
    }


@pytest.mark.parametrize("style", [Style(header_protection=p, autocrypt=False) for p in Confidentiality])
def test_a_reply_hides_what_its_original_hid_whatever_is_chosen(style):
    hides = frozenset({b"subject", b"from", b"date", b"references"})
    octets = sent(begun(FULL + b"\r\ntext\r\n", hides, style=style), FULL + b"\r\ntext\r\n")
    assert values(outer(octets), b"Subject", b"From", b"Date", b"References") == {
        b"Subject": [b"[...]"],
        b"From": [b"alice@openpgp.example"],
        b"Date": [b"Fri, 13 Mar 2026 23:02:03 +0000"],
        b"References": [],
    }
    for secret in (b"plan", b"Lovelace", b"Babbage", b"+0200"):
        assert secret not in octets
    assert people.take_apart(octets).payload.header.first(b"From").value.startswith(b"Alice Lovelace")


def test_switched_off_nothing_is_hidden_and_all_is_protected():
    ((_, octets),) = people.send(FULL + b"\r\ntext\r\n", style=Style(Confidentiality.NONE, autocrypt=False))
    assert outer(octets).first(b"Subject").value == b"Re: the plan"
    assert b'hp="cipher"' in people.take_apart(octets).payload.header.first(b"Content-Type").value


@pytest.mark.parametrize("sign", [Sign.ALWAYS, Sign.NEVER])
def test_in_clear_a_reply_hides_the_subject_of_its_original_everywhere(sign):
    person = Person(policy=Policy(encrypt=Encrypt.NEVER, sign=sign))
    message = FULL + b"\r\ntext\r\n"
    octets = sent(begun(message, frozenset({b"subject"}), person), message)
    assert b"plan" not in octets
    assert outer(octets).first(b"Subject").value == b"[...]"
    assert b"\r\n\r\ntext\r\n" in octets


def test_without_mime_version_there_is_one_afterwards():
    for policy in KINDS.values():
        ((_, octets),) = people.send(MESSAGE, person=Person(policy=policy))
        assert values(outer(octets), b"MIME-Version") == {b"MIME-Version": [b"1.0"]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_header_section_in_eight_bits(kind):
    head = "From: Älice <alice@openpgp.example>\r\nTo: Böb <bob@openpgp.example>\r\nSubject: grüße\r\n".encode()
    ((_, octets),) = people.send(head + b"\r\ntext\r\n", person=Person(policy=KINDS[kind]))
    envelope = people.take_apart(octets, ALICE)
    assert [s.state.value for s in envelope.signatures] == ["good"]
    assert envelope.payload.header.first(b"Subject").text == "grüße"
    assert outer(octets).first(b"To").text.startswith("Böb")


@pytest.mark.parametrize(
    ("named", "path"),
    [
        ("bob@b\u00fccher.example", b"bob@xn--bcher-kva.example"),
        ("bob@xn--bcher-kva.example", "bob@bücher.example".encode()),
        ("Bob <bob@B\u00dcCHER.example>", b"BOB@xn--bcher-kva.example"),
        ("b\u00f6b@x.example", "böb@x.example".encode()),
    ],
)
def test_an_address_is_the_same_in_either_writing(named, path):
    """One who is named in To is no blind recipient: he would get a copy of his own, and the others would not see him."""
    head = f"From: alice@openpgp.example\r\nTo: {named}, alice@openpgp.example\r\nSubject: s\r\n".encode()
    envelope = outgoing.Envelope("isp", b"login", b"", (path, b"alice@openpgp.example"))
    around = sealing.Surroundings(people.ENGINE, people.NOW, os.urandom)

    class Anybody(Person):
        def claims(self, _mailbox):
            return [AnyAddress()]

    plan = outgoing.begin(envelope, head + b"\r\ntext\r\n", True, Anybody(), around)
    assert [g.recipients for g in plan.groups] == [(0, 1)]


class AnyAddress:
    """Bob's certificate, whatever he is called."""

    def __getattr__(self, name):
        return getattr(people.CERTIFICATES[BOB], name)

    def encryption_refused(self, at, _mailbox=None):
        return people.CERTIFICATES[BOB].encryption_refused(at)


# --- refusals ---


@pytest.mark.parametrize("policy", [*KINDS.values()], ids=KINDS)
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"Subject: s", b"Subject: s\r\nSubject: t", "two Subject"),
        (b"Subject: s", b"Subject: s\r\nTo: x@example.org", "two To"),
        (b"text/plain", b"nonsense", "Content-Type cannot be read"),
        (b"Subject: s", b"a line that is none", "no header field"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_before_anything_leaves(policy, old, new, reason):
    refused = people.begin(MESSAGE.replace(old, new, 1), person=Person(policy=policy))
    assert (refused.code, refused.enhanced) == (554, "5.6.0")
    assert reason in refused.text


def test_of_too_many_fields_one_could_be_a_bcc():
    clear = Person(policy=Policy(encrypt=Encrypt.NEVER, sign=Sign.NEVER))
    message = HEAD + b"X: y\r\n" * (MOST_FIELDS + 1) + b"Bcc: x@example.org\r\n\r\ntext\r\n"
    assert people.begin(message, person=clear).code == 554
    assert people.begin(MESSAGE, person=clear).groups


# --- what the client has signed ---


def test_what_the_client_has_signed_is_encrypted_around_unaltered():
    ((_, signed),) = people.send(MESSAGE, person=Person(policy=Policy(encrypt=Encrypt.NEVER)))
    style = Style(legacy_display=True, autocrypt=False)
    ((_, octets),) = people.send(signed, style=style)
    envelope = people.take_apart(octets)
    assert [layer.value for layer in envelope.layers] == ["encrypted", "signed"]
    assert [s.state.value for s in envelope.signatures] == ["good"]
    assert envelope.opened.body == signed.partition(b"\r\n\r\n")[2]


# --- legacy display ---


def test_a_legacy_display_element_stands_under_encryption_alone():
    style = Style(legacy_display=True, autocrypt=False)
    ((_, octets),) = people.send(MESSAGE, style=style)
    payload = people.take_apart(octets).payload
    assert payload.body == b"Subject: s\r\n\r\n" + MESSAGE.partition(b"\r\n\r\n")[2]
    params = payload.content_type.params
    assert (params["hp-legacy-display"], params["hp"], params["protected-headers"]) == ("1", "cipher", "v1")
    ((_, octets),) = people.send(MESSAGE, person=Person(policy=KINDS["signed"]), style=style)
    assert b"legacy" not in octets


def test_where_nothing_is_hidden_nothing_is_displayed():
    style = Style(Confidentiality.NONE, legacy_display=True, autocrypt=False)
    ((_, octets),) = people.send(MESSAGE, style=style)
    assert people.take_apart(octets).payload.body == MESSAGE.partition(b"\r\n\r\n")[2]


# --- sizes ---


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("message", [HEAD + b"\r\n", HEAD.partition(b"Content-Type")[0] + b"\r\n", HEAD, HEAD[:-2]])
@pytest.mark.parametrize("legacy", [True, False])
def test_a_body_of_no_octets(kind, message, legacy):
    style = Style(legacy_display=legacy, autocrypt=False)
    ((_, octets),) = people.send(message, person=Person(policy=KINDS[kind]), style=style)
    envelope = people.take_apart(octets, ALICE)
    assert [s.state.value for s in envelope.signatures] == ["good"]
    assert envelope.payload.body == (b"Subject: s\r\n\r\n" if legacy and kind == "sealed" else b"")


@pytest.mark.parametrize("body", [b"", b"x\r\n", b"text\r\n" * 20_000])
@pytest.mark.parametrize("kind", KINDS)
def test_no_more_leaves_than_was_said_beforehand(kind, body):
    head = FULL.replace(b"bob@openpgp.example", b"bob@openpgp.example, alice@openpgp.example") + b"X: y\r\n" * 200
    message = head + b"\r\n" + body
    plan = people.begin(message, (ALICE, BOB), Person(policy=KINDS[kind]), style=Style(legacy_display=True))
    assert len(sent(plan, message)) <= plan.bound(len(message))


@pytest.mark.parametrize(
    ("policy", "head"),
    [
        (KINDS["sealed"], HEAD),
        (KINDS["signed"], HEAD),
        (KINDS["signed"], HEAD.replace(b"text/plain", b"application/x-y")),
        (
            KINDS["sealed"],
            HEAD.replace(b"text/plain", b"multipart/mixed; boundary=b") + b"\r\n--b\r\nContent-Type: text/html\r\n",
        ),
    ],
    ids=["sealed", "signed text", "signed data", "sealed with a part"],
)
def test_memory_does_not_depend_on_the_size(policy, head):
    """200 MB go through, of which never more than a few are held."""
    plan = people.begin(head + b"\r\n", person=Person(policy=policy), complete=False, style=Style())
    piece = (b"Gr\xc3\xbc\xc3\x9fe, and then a line of seventy octets or so, as people write \r\n" * 3800)[: 1 << 18]
    sealer = plan.sealer(plan.groups[0])
    sealer.feed(head + b"\r\n")
    tracemalloc.start()
    try:
        out = sum(len(sealer.feed(piece)) for _ in range(200 * (1 << 20) // len(piece)))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert out > 150 << 20
    assert most < 16 << 20
    assert sealer.finish()


# --- there and back ---


@given(body=entity(), step=st.integers(1, 400), legacy=st.booleans())
def test_what_is_sealed_and_opened_is_what_it_was(body, step, legacy):
    head = HEAD.partition(b"Content-Type")[0] + b"MIME-Version: 1.0\r\n"
    ((_, octets),) = people.send(head + body, step=step, style=Style(legacy_display=legacy, autocrypt=False))
    envelope = people.take_apart(octets)
    assert [s.state.value for s in envelope.signatures] == ["good"]
    payload = without_elements(envelope.payload)
    assert payload.body == body.partition(b"\r\n\r\n")[2]
    # A NUL may not be shown opened.
    assert b"\0" in body or people.open_(octets).verdict.signature.value == "good"


@given(body=entity(), step=st.integers(1, 400), kind=st.sampled_from([SignFormat.ATTACHED, SignFormat.UNOBTRUSIVE]))
def test_what_is_signed_and_verified_keeps_the_content_of_every_leaf(body, step, kind):
    message = people.DATE + HEAD.partition(b"Content-Type")[0] + b"MIME-Version: 1.0\r\n" + body
    person = Person(policy=Policy(encrypt=Encrypt.NEVER, sign_format=kind))
    ((_, octets),) = people.send(message, person=person, step=step)
    assert octets.isascii()
    verdict = people.open_(octets).verdict
    assert (verdict.signature.value, verdict.from_.value, verdict.findings) == ("good", "match", ())
    found = leaves(octets)
    # Without a body it is attached whatever is asked for.
    is_attached = b"multipart/signed" in octets.partition(b"\r\n\r\n")[0]
    assert is_attached or kind is SignFormat.UNOBTRUSIVE
    assert found[: len(found) - is_attached] == leaves(message)


PHRASE = "copper lantern walnut river"
QUOTING = (
    HEAD.replace(b"Subject: s", b"Subject: Re: copper lantern walnut river")
    + b"\r\n> Your seal phrase: copper lantern\r\n> walnut river\r\n\r\nyes\r\n"
)


@pytest.mark.parametrize("step", [1, 50, 100_000])
@pytest.mark.parametrize(
    "policy",
    [Policy(), Policy(encrypt=Encrypt.NEVER), Policy(sign=Sign.NEVER, encrypt=Encrypt.NEVER)],
    ids=["sealed", "signed", "clear"],
)
def test_the_seal_phrase_of_our_people_never_leaves(policy, step):
    ((_, octets),) = people.send(QUOTING, person=Person(policy=policy), step=step, phrases=(PHRASE,))
    assert b"walnut" not in octets
    shown = people.open_(octets)
    assert shown.verdict.subject == "Re: [...]"
    assert b"> Your seal phrase: [...]\r\n\r\nyes\r\n" in people.take_apart(octets).payload.body
    assert b"walnut" not in shown.message


@pytest.mark.parametrize("policy", [Policy(), Policy(sign=Sign.NEVER, encrypt=Encrypt.NEVER)], ids=["sealed", "clear"])
@pytest.mark.parametrize("head", [HEAD, HEAD[:-2]])
def test_of_a_message_without_an_empty_line_no_field_becomes_text(head, policy):
    message = b"Bcc: eve@openpgp.example\r\n" + head
    ((_, octets),) = people.send(message, person=Person(policy=policy), phrases=(PHRASE,))
    assert people.take_apart(octets).payload.body == b""
    assert b"eve@" not in people.open_(octets).message


def test_what_passes_for_others_is_not_searched():
    ((_, octets),) = people.send(QUOTING.replace(b"alice@", b"carol@"), phrases=(PHRASE,))
    assert octets == QUOTING.replace(b"alice@", b"carol@")
