"""Header protection against RFC 9788: its pseudocode, and the letters of its appendices C, D and E, in `rfc9788`."""

import dataclasses
import email
import email.policy

import pytest

import people
from integration.rfc9788 import (
    BASELINE,
    EXAMPLES,
    HTML_TEXT,
    INFORMATIONAL,
    MARK,
    PLAIN_TEXT,
    SHY,
    USER_FACING,
    Example,
    as_hp_outer,
    body,
    field_protection,
    hcp,
    header_sets,
    newheaders,
    own_fields,
    pairs,
    reference_hcp,
    rendered,
    rooted,
)
from ithaca import incoming
from ithaca.mime.confidentiality import Confidentiality
from ithaca.policy import Encrypt, Policy
from ithaca.sealing import Sending, Style
from ithaca.work import run
from messages.frames import html
from messages.holders import NOW
from messages.opening import keys

each = pytest.mark.parametrize("name", EXAMPLES)


def opened(octets):
    return run(incoming.open_message(octets, keys({}), engine=people.ENGINE, now=NOW))


def theirs(octets):
    """The Non-Structural fields of what a client gets, without ours."""
    return [(h, v) for h, v in pairs(octets) if not h.startswith("Ithaca-") and h != "Authentication-Results"]


def texts(octets):
    """What a client shows of the text parts."""
    whole = email.message_from_bytes(octets, policy=email.policy.compat32)  # noqa: TID251 (a foreign reader)
    return [p.get_payload(decode=True).strip() for p in whole.walk() if p.get_content_maintype() == "text"]


# --- rendering: §4 -----------------------------------------------------------------------------------


def test_the_names_are_those_of_the_rfc():
    assert EXAMPLES["smime-signed-enc-hp-baseline-legacy"].section == "C.3.2"
    assert EXAMPLES["smime-signed-enc-complex-hp-shy-legacy-reply"].section == "C.3.16"
    assert len(EXAMPLES) == 23


_WAYS = {"combined": {}, "unsigned": {"signed": False}, "nested": {"nested": True}}


@pytest.mark.parametrize(
    ("name", "way"), [(name, way) for name, one in EXAMPLES.items() for way in _WAYS if one.cipher or way == "combined"]
)
def test_the_fields_shown_are_the_protected_ones_and_each_has_its_state(name, way):
    """§4.2.1, §4.3.1, §4.5; of RFC8551HP, §4.10.2: refouter is what stands outside."""
    example, how = EXAMPLES[name], _WAYS[way]
    shown = opened(example.message(**how))
    refouter, refprotected = header_sets(example.payload)
    if example.wraps:
        refouter = pairs(example.outer)
    expected = refprotected if example.protects else pairs(example.outer)
    assert sorted(theirs(shown.message)) == sorted(expected)
    signed = how.get("signed", True)
    states = {
        h.lower(): field_protection((h, v), refouter, cipher=example.cipher, signed=signed) for h, v in refprotected
    }
    mask = {field.name: field.protection.value for field in shown.verdict.fields}
    assert mask == {h: states.get(h, "unprotected") for h in mask}
    assert set(mask) == {h.lower() for h, _ in expected} & set(USER_FACING)


@each
def test_no_legacy_display_element_is_shown(name):
    """§4.5.3: what is left is the text alone, in every alternative."""
    example = EXAMPLES[name]
    shown = texts(opened(example.message()).message)
    assert shown[0] == PLAIN_TEXT.strip()
    assert all(b"legacy" not in one and HTML_TEXT in one for one in shown[1:])


@pytest.mark.parametrize("name", [name for name, one in EXAMPLES.items() if b"HP-Outer" in one.payload])
def test_what_is_taken_away_on_the_way_was_no_secret(name):
    """§11.3: HP-Outer says what its writer showed."""
    example = EXAMPLES[name]
    bare = dataclasses.replace(example, outer=b"From: alice@openpgp.example\r\n")
    as_sent, as_came = opened(example.message()), opened(bare.message())
    state = {f.name: f.protection for f in as_sent.verdict.fields}
    assert {f.name: f.protection for f in as_came.verdict.fields} == state
    assert as_came.lesson.hidden == as_sent.lesson.hidden
    assert sorted(theirs(as_came.message)) == sorted(header_sets(example.payload)[1])


_DIVISION = '<div class="header-protection-legacy-display">'


@pytest.mark.parametrize(
    "division",
    [
        f"\r\n{_DIVISION}\r\n<pre>Subject: s\r\nCc: a@x.example</pre></div>\r\n",
        f"\r\n{_DIVISION}\r\n<pre>Subject: s</pre>\r\n</div>\r\n",
        f"\r\n{_DIVISION}\r\n<pre>\r\nSubject: s\r\n</pre>\r\n</div>",
        f"{_DIVISION}<pre>Subject: s\r\nFrom: A &lt;a@x.example&gt;</pre></div>",
    ],
    ids=["5.2.3", "E.2", "C.3", "ours"],
)
def test_an_element_of_html_in_each_form_that_the_rfc_shows_is_not_shown(division):
    """Where the HTML is the payload itself, as in E.2."""
    fields = own_fields("html", reply=False)
    page = html(division.encode() + HTML_TEXT).replace(b"charset=utf-8", b"charset=us-ascii" + MARK)
    payload = rooted(page, rendered(fields) + as_hp_outer(newheaders(fields, BASELINE)), b'; hp="cipher"')
    example = Example("html", "E.2", payload, rendered(newheaders(fields, BASELINE)))
    (shown,) = texts(opened(example.message()).message)
    assert b"legacy" not in shown
    assert b"<pre>" not in shown
    assert HTML_TEXT in shown


@pytest.mark.parametrize("name", [name for name, one in EXAMPLES.items() if MARK in one.payload])
def test_inside_a_signed_layer_an_element_stays_and_the_signature_with_it(name):
    """A deliberate deviation from §4.5.3 (docs/rfc.md): without these octets nobody could verify it again."""
    shown = opened(EXAMPLES[name].message(nested=True))
    assert EXAMPLES[name].payload in shown.message


@each
@pytest.mark.parametrize("field", ["Cc", "In-Reply-To", "Disposition-Notification-To", "Keywords"])
def test_what_stands_outside_alone_is_not_shown(name, field):
    """§4, §4.6; but of what is not protected at all."""
    example = EXAMPLES[name]
    added = f"{field}: added@evil.example\r\n".encode() + example.outer
    inside = {h.lower() for h, _ in pairs(example.payload)}
    found = theirs(opened(dataclasses.replace(example, outer=added).message()).message)
    assert ((field, "added@evil.example") in found) is not example.protects
    assert field.lower() not in {h.lower() for h, _ in found} - inside or not example.protects


@pytest.mark.parametrize("name", [name for name, one in EXAMPLES.items() if one.protects])
def test_an_addr_spec_in_from_that_differs_is_shown_only_if_a_signature_binds_it(name):
    """§4.4: the outer From otherwise, and the reader is told of both."""
    example = EXAMPLES[name]
    outer = example.outer.replace(b"alice@", b"ALICE@").replace(b"Subject", b"X-Other: 1\r\nSubject")
    assert ("From", "Alice <alice@openpgp.example>") in theirs(
        opened(dataclasses.replace(example, outer=outer).message(signed=False)).message
    ), "case makes no other address (§4.4.5)"
    mallory = dataclasses.replace(example, outer=example.outer.replace(b"alice@openpgp", b"mallory@evil"))
    if example.wraps:
        mallory = dataclasses.replace(mallory, wraps=mallory.wraps.replace(b"rfc822", b"rfc822; forwarded=no"))
    assert ("From", "Alice <alice@openpgp.example>") in theirs(opened(mallory.message()).message)
    if example.cipher:
        shown = opened(mallory.message(signed=False))
        assert any(h == "From" and "mallory@evil" in v for h, v in theirs(shown.message))
        assert "other-from-inside" in shown.verdict.findings


# --- composing: §5.2 ---------------------------------------------------------------------------------


def composed(message, style, hides=frozenset(), person=None):
    plan = people.begin(message, (people.ALICE if person else people.BOB,), person, style=style)._plan
    decision = dataclasses.replace(plan.decision, hides=hides)
    made = Sending(decision, plan._message, plan._recipients, plan._own, plan._around, style=plan._style)
    sealer = made.sealer(made.groups[0])
    return sealer.feed(message) + sealer.finish()


_PEOPLE = [("Cc", 'Carol C <carol@bank.example>,\r\n "D, D" <d@x.example>'), ("Reply-To", "A <a@x.example>")]
LETTERS = {
    "simple": (own_fields("simple", reply=False), body(b"", complex_=False)),
    "complex reply": (own_fields("complex-reply", reply=True), body(b"", complex_=True)),
    "informational": (
        own_fields("info", reply=False, more=[*INFORMATIONAL, ("X-Empty", "")]),
        body(b"", complex_=False),
    ),
    "people": (own_fields("people", reply=False, more=_PEOPLE), body(b"", complex_=False)),
}


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("policy", Confidentiality)
@pytest.mark.parametrize("letter", LETTERS)
def test_what_is_sealed_stands_inside_and_outside_as_compose_has_it(letter, policy, legacy):
    """§5.2.1, and D.1.2; the reader of this package gives the letter back."""
    fields, entity = LETTERS[letter]
    octets = composed(rendered(fields) + entity, Style(policy, legacy_display=legacy, autocrypt=False))
    payload = people.take_apart(octets, people.BOB).opened
    original = pairs(rendered(fields))
    refouter, refprotected = header_sets(payload.header.render() + b"\r\n")
    assert refprotected == original
    assert refouter == newheaders(original, policy)
    assert pairs(octets) == refouter
    assert payload.content_type.params["hp"] == "cipher"
    assert texts(people.open_(octets).message) == texts(entity)


@pytest.mark.parametrize("letter", LETTERS)
def test_what_is_signed_alone_stands_outside_as_it_stands_inside(letter):
    """§5.2.1, step 4: no policy, no HP-Outer, no Legacy Display Element."""
    fields, entity = LETTERS[letter]
    person = people.Person(policy=Policy(encrypt=Encrypt.NEVER))
    style = Style(SHY, legacy_display=True, autocrypt=False)
    octets = people.send(rendered(fields) + entity, person=person, style=style)[0][1]
    payload = people.take_apart(octets).payload
    assert pairs(payload.header.render() + b"\r\n") == pairs(octets) == pairs(rendered(fields))
    assert payload.content_type.params["hp"] == "clear"
    assert b"legacy" not in octets


# --- replying: §6 ------------------------------------------------------------------------------------


def respond(headers):
    """Bob's Respond Function: reply to all."""
    found = dict(headers)
    others = [value for name in ("To", "Cc") for value in [found.get(name, "")] if value and "bob@" not in value]
    made = [
        ("From", "Bob <bob@openpgp.example>"),
        ("To", found.get("From")),
        ("Cc", ", ".join(others) or None),
        ("Subject", "Re: " + found["Subject"] if "Subject" in found else None),
        ("In-Reply-To", found.get("Message-ID")),
        ("References", found.get("Message-ID")),
    ]
    return [(h, v) for h, v in made if v is not None]


def _answered(hide, more=()):
    """A letter to Bob whose writer's policy is `hide`."""
    fields = own_fields("contract", reply=False, more=more)
    outside = [(h, made) for h, v in fields for made in [hide(h, v)] if made is not None]
    payload = rooted(body(b"", complex_=False), rendered(fields) + as_hp_outer(outside), b'; hp="cipher"')
    return Example("answered", "D.2", payload, rendered(outside))


_CC = [("Cc", "Carol <carol@bank.example>")]
ANSWERED = {
    "D.2: hcp_baseline": _answered(lambda h, v: hcp(BASELINE, h, v)),
    "hcp_shy": _answered(lambda h, v: hcp(SHY, h, v), _CC),
    "hcp_no_confidentiality": _answered(lambda h, v: v, _CC),
    "3.1: hcp_example_hide_cc": _answered(lambda h, v: None if h == "Cc" else hcp(BASELINE, h, v), _CC),
    "3.4.1: no To and Cc": _answered(lambda h, v: None if h in ("To", "Cc") else hcp(BASELINE, h, v), _CC),
    "3.4.1: no thread": _answered(lambda h, v: None if h == "Message-ID" else hcp(BASELINE, h, v)),
    "C.1.4: no header protection": EXAMPLES["smime-signed-enc"],
}


@pytest.mark.parametrize("policy", Confidentiality)
@pytest.mark.parametrize("answered", ANSWERED)
def test_a_reply_hides_whatever_the_rfc_has_it_hide(answered, policy):
    """§6.1.2: more may be hidden, since names of fields are remembered and no values; of the rest nothing."""
    example = ANSWERED[answered]
    hides = opened(example.message()).lesson.hidden
    response = reference_hcp(example.payload, respond) if example.protects else {}
    refprotected = header_sets(example.payload)[1] if example.protects else pairs(example.outer)
    reply = [*respond(refprotected), ("Date", "Tue, 24 Nov 2026 11:00:00 +0000"), ("Message-ID", "<2@openpgp.example>")]
    message = rendered(reply) + body(b"", complex_=False)
    octets = composed(message, Style(policy, autocrypt=False), hides, people.Person(people.BOB))
    outside = pairs(octets)
    wanted = newheaders(reply, policy, response)
    for pair in reply:
        if pair not in wanted:
            assert pair not in outside, f"{pair} was hidden in what is answered"
    if not hides:
        assert outside == wanted
    if "hide_cc" in answered or "no To" in answered:
        assert b"carol@" not in octets
    assert header_sets(people.take_apart(octets, people.ALICE).opened.header.render() + b"\r\n") == (outside, reply)


def test_the_reply_of_the_rfc():
    """D.2.2: only the Subject is another one outside; here it loses its ``Re:``, too."""
    example = ANSWERED["D.2: hcp_baseline"]
    assert reference_hcp(example.payload, respond) == {("Subject", "Re: contract"): "Re: [...]"}
    assert opened(example.message()).lesson.hidden == {b"subject"}
