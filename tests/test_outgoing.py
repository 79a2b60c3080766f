"""Sending: what leaves is sealed or refused, and what is sealed comes back octet for octet."""

import base64
import dataclasses
import re
from dataclasses import replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import people
from ithaca import gathering, incoming, outgoing, wish
from ithaca.choice import Known
from ithaca.errors import KeyringError, PeerError
from ithaca.keyring.autocrypt import AutocryptState
from ithaca.keyring.peers import Peer
from ithaca.letters import Letters, SealedLetter
from ithaca.mime import header
from ithaca.openpgp import armor, packets
from ithaca.outgoing import Refused
from ithaca.policy import Action, Encrypt, Override, Policy, Rule, Sign
from ithaca.state import StateError
from people import ALICE, BOB, Person

HEAD = (
    b"From: Alice <alice@openpgp.example>\r\nTo: bob@openpgp.example\r\nSubject: the secret plan\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
)
MESSAGE = HEAD + b"\r\nAt noon.\r\n"
CAROL = "carol@example.org"
NEVER = Person(policy=Policy(encrypt=Encrypt.NEVER))

RULED = Policy(rules=(Rule("*@openpgp.example", encrypt=Encrypt.ALWAYS),))


class Fake:
    """A certificate that is what we say."""

    def __init__(self, fingerprint="AB" * 20, reason=None):
        self.fingerprint, self._reason = fingerprint, reason

    def encryption_refused(self, _at, _mailbox=None):
        return self._reason

    def claimed_addresses(self):
        return frozenset()


body = st.binary(max_size=1500).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b"\r\n"))


@given(text=st.binary(max_size=3000), step=st.integers(1, 700))
def test_what_is_sealed_gives_its_payload_back_octet_for_octet(text, step):
    """Any octets at all, NUL and bare line ends too."""
    ((_, sealed),) = people.send(HEAD + b"\r\n" + text, step=step)
    envelope = people.take_apart(sealed)
    assert envelope.payload.body == text
    assert [s.state.value for s in envelope.signatures] == ["good"]
    assert envelope.payload.header.first(b"Subject").value == b"the secret plan"


@given(text=body)
def test_what_is_sealed_is_shown_as_it_was_written(text):
    ((_, sealed),) = people.send(HEAD + b"\r\n" + text)
    shown = people.open_(sealed)
    if b"\0" in text:
        assert "unshowable" in shown.verdict.findings
        assert shown.message.endswith(sealed.partition(b"\r\n\r\n")[2])
    else:
        assert shown.message.partition(b"\r\n\r\n")[2] == text
        assert shown.verdict.signature.value == "good"


SEALED_HEAD = b"-----BEGIN PGP MESSAGE-----"


@given(text=body, encoding=st.sampled_from([b"8bit", b"7bit", b"binary"]))
@example(text=b"-----BEGIN PGP SIGNED MESSAGE-----", encoding=b"7bit")
@example(text=b"-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nx\r\n-----BEGIN PGP SIGNATURE-----", encoding=b"8bit")
@example(text=b"At noon.\r\n" + SEALED_HEAD, encoding=b"7bit")
def test_what_is_only_signed_verifies_and_keeps_its_content(text, encoding):
    # What begins so is a sealed message to its reader: the test below.
    assume(not text.lstrip(b"\xef\xbb\xbf \t\r\n\v\f\0").startswith(SEALED_HEAD))
    message = HEAD + b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + text
    ((_, signed),) = people.send(message, person=NEVER)
    envelope = people.take_apart(signed)
    assert [s.state.value for s in envelope.signatures] == ["good"]
    assert envelope.payload.decoded_body() == text


@pytest.mark.parametrize("text", [SEALED_HEAD, SEALED_HEAD + b"\r\n\r\nx\r\n", b"\r\n" + SEALED_HEAD + b"\r\n"])
def test_who_signs_the_head_of_a_sealed_message_is_called_nobodys_author(text):
    """In doubt it is ciphertext, and a signature over that proves nothing of what another program may read in it."""
    ((_, signed),) = people.send(HEAD + b"\r\n" + text, person=NEVER)
    verdict = people.open_(signed).verdict
    assert verdict.signature.value == "none"
    assert "malformed-openpgp" in verdict.findings


def test_nothing_of_the_letter_stands_outside():
    ((_, sealed),) = people.send(MESSAGE)
    assert b"noon" not in sealed
    assert b"secret plan" not in sealed
    assert b"Subject: [...]\r\n" in sealed


def test_it_is_encrypted_to_the_recipients_and_the_sender_and_nobody_else():
    ((_, sealed),) = people.send(MESSAGE)
    ids = _recipients(sealed)
    assert ids == sorted(k.key_id for a in (ALICE, BOB) for k in people.CERTIFICATES[a].encryption_keys(people.NOW))
    assert people.open_(sealed, ALICE).verdict.decryption.value == "full"


def _recipients(sealed):
    found = list(packets.split(armor.dearmor(sealed).data))
    return sorted(p.body[1:9].hex().upper() for p in found if p.tag == 1)


def test_bcc_has_a_copy_of_their_own_and_no_trace_in_the_others():
    blind = {**people.CERTIFICATES, CAROL: people.CERTIFICATES[BOB]}
    message = MESSAGE.replace(b"Subject", b"Bcc: carol@example.org\r\nResent-Bcc: x@example.org\r\nSubject", 1)
    message = message.replace(b"To: bob@openpgp.example", b"To: alice@openpgp.example")
    person = Person(known={ALICE: blind[ALICE], BOB: blind[BOB]})
    (visible, first), (hidden, second) = people.send(message, (ALICE, BOB), person)
    assert (visible, hidden) == ((0,), (1,))
    bob_key = people.CERTIFICATES[BOB].encryption_keys(people.NOW)[0].key_id
    assert bob_key not in _recipients(first)
    assert bob_key in _recipients(second)
    for sealed in (first, second):
        assert b"carol" not in sealed.lower()
        inner = people.take_apart(sealed, ALICE).payload.header.render().lower()
        assert b"bcc" not in inner
        assert b"carol" not in inner


def test_a_blind_recipient_whom_a_rule_spares_is_refused_with_that_reason():
    spared = Policy(rules=(Rule("carol@*", encrypt=Encrypt.NEVER),))
    assert people.begin(MESSAGE, (BOB, CAROL), Person(policy=spared)).text == (
        "Not sent: mail to Bcc recipient carol@example.org is never encrypted, by your policy. "
        "Send it to them by itself."
    )
    assert people.begin(MESSAGE, (BOB, CAROL)).text == (
        "Not sent: no key that serves is known for Bcc recipient carol@example.org. "
        "Send it to them by itself; or ask for their key and run: ithaca cert import FILE."
    )


def test_the_same_blind_recipient_twice_gets_one_copy():
    groups = people.begin(MESSAGE.replace(b"To: bob@openpgp.example\r\n", b""), (BOB, BOB)).groups
    assert [g.recipients for g in groups] == [(0, 1)]


@pytest.mark.parametrize(
    ("recipients", "person", "words"),
    [
        (
            (BOB, CAROL),
            Person(policy=Policy(encrypt=Encrypt.ALWAYS)),
            "no key is known for carol@example.org",
        ),
        (
            (BOB,),
            Person(known={BOB: [people.CERTIFICATES[BOB], Fake("CD" * 20)]}),
            "bob@openpgp.example has 2 keys",
        ),
        ((BOB,), Person(policy=RULED, owns=False), "From is not the one address of an identity that this login owns"),
        (
            (BOB,),
            Person(known={BOB: [Fake(reason="expired on 2001-09-11")]}),
            "bob@openpgp.example expired on 2001",
        ),
    ],
    ids=["absent", "ambiguous", "foreign login", "expired"],
)
def test_refusals_are_550_5_7_1_in_one_line(recipients, person, words):
    refused = people.begin(MESSAGE, recipients, person)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.enhanced) == (550, "5.7.1")
    assert words in refused.text
    assert "\n" not in refused.text


FOREIGN = MESSAGE.replace(b"alice@openpgp.example", b"else@example.org")
BLIND = b"BCC : x@example.org,\r\n y@example.org\r\nResent-Bcc: z@example.org\r\nBcc:\r\n"


def passed(message, step, **more):
    ((_, octets),) = people.send(message, step=step, **more)
    return octets


@pytest.mark.parametrize("step", [1, 7, None])
def test_a_foreign_from_passes_octet_for_octet_but_for_bcc_fields(step):
    odd = FOREIGN.replace(b"To:", b"no field\r\nIthaca-Wish: x\r\nX-Bcc: w@example.org\r\nto :\t")
    for message in (FOREIGN, odd, odd.replace(b"\r\n", b"\n"), odd.partition(b"\r\n\r\n")[0], b"\r\n" + odd):
        assert passed(message, step) == message
    assert passed(odd.replace(b"Subject", BLIND + b"Subject"), step) == odd
    assert passed(odd.replace(b"\r\n\r\n", b"\r\n" + BLIND + b"\r\n", 1), step) == odd
    # What stands in the body is the writer's own, and so is what is attached.
    body = odd + BLIND + b"\r\n" + BLIND
    assert passed(body, step) == body
    alone = FOREIGN.partition(b"\r\n\r\n")[0] + b"\r\n"
    assert passed(alone + BLIND.rstrip(b"\r\n"), step) == alone


@pytest.mark.parametrize("step", [1, None])
def test_whatever_passes_has_no_bcc_fields(step):
    """RFC 5322 §3.6.3: whoever reads a blind copy's address in a message must be its own reader."""
    never = Person(policy=Policy(Sign.NEVER, Encrypt.NEVER))
    ((_, sealed),) = people.send(MESSAGE)
    ((_, signed),) = people.send(MESSAGE, person=NEVER)
    for message, person in [
        (MESSAGE, Person(owns=False)),
        (sealed, Person()),
        (sealed, Person(owns=False)),
        (sealed.replace(b"alice@", b"else@", 1), Person()),
        (signed, Person(known={})),
        (MESSAGE, never),
    ]:
        assert passed(BLIND + message, step, person=person) == message


@pytest.mark.parametrize("sender", [b"else@example.org", b"alice@openpgp.example"])
def test_of_what_is_not_ours_and_sealed_no_tag_is_taken_out(sender):
    ((_, sealed),) = people.send(MESSAGE)
    sealed = titled(sealed, "[clear] [nosign]").replace(b"alice@openpgp.example", sender, 1)
    assert people.send(sealed, person=Person(owns=False)) == [((0,), sealed)]
    ((_, ours),) = people.send(titled(MESSAGE, "[encrypt]"))
    assert people.send(titled(ours, "[clear]")) == [((0,), ours)]


def test_where_not_every_field_is_read_nothing_passes():
    """A blind recipient's address could stand in what is not."""
    refused = people.begin(b"X: y\r\n" * header.MOST_FIELDS + BLIND + FOREIGN)
    assert (refused.code, refused.enhanced) == (554, "5.6.0")
    assert refused.text.startswith("Not sent: it cannot be seen whom a blind copy names in this message: it has too")


@pytest.mark.parametrize(
    "field",
    [
        b"From: a@example.org, b@example.org",
        b"From: alice",
        b"From: Alice <alice@openpgp.example.org>, <",
        b"X: no from",
    ],
)
def test_a_from_that_names_nobody_here_is_not_ours(field):
    message = MESSAGE.replace(b"From: Alice <alice@openpgp.example>", field)
    ((_, octets),) = people.send(message)
    assert octets == message


@pytest.mark.parametrize(
    "field",
    [
        b"From: a@example.org, alice@openpgp.example",
        b"From: alice@openpgp.example\r\nFrom: alice@openpgp.example",
        b"From: alice@openpgp.example\r\nFrom: (",
        b"From: J\xfcrgen, <ALICE@openpgp.example>",
        b"From: Smith, Alice <alice @ openpgp.example",
        b"From: <<alice@openpgp.example>>",
    ],
)
@pytest.mark.parametrize("owns", [True, False])
def test_a_from_that_holds_an_address_of_ours_among_others_never_leaves_unsealed(field, owns):
    """Whoever reads it as ours reads a letter that would have been sealed."""
    message = MESSAGE.replace(b"From: Alice <alice@openpgp.example>", field)
    assert people.begin(message, person=Person(owns=owns)) == Refused(
        550,
        "5.7.1",
        "Not sent: this message is to be encrypted, but From holds alice@openpgp.example and cannot be read as that "
        "one address; write it alone into one From field.",
    )
    # Where nothing is ever encrypted nothing is lost.
    assert people.send(message, person=NEVER) == [((0,), message)]
    ((_, sealed),) = people.send(MESSAGE)
    sealed = sealed.replace(b"From: Alice <alice@openpgp.example>", field)
    assert people.send(sealed) == [((0,), sealed)]


@pytest.mark.parametrize(
    "field",
    [
        b"From: Smith, Alice <alice@openpgp.example>",
        b"From: alice@work <ALICE@openpgp.example>",
        b"From: J\xfcrgen, <alice@openpgp.example>",
        b"From: =?utf-8?q?=22Alice?= <alice@openpgp.example",
        b"From: alice@openpgp.example\r\nFrom: alice@openpgp.example",
        b"From: alice",
        b"X: no from",
    ],
)
def test_what_is_demanded_of_an_identity_holds_however_its_from_is_written(field):
    message = MESSAGE.replace(b"From: Alice <alice@openpgp.example>", field)
    refused = people.begin(message, person=Person(policy=Policy(encrypt=Encrypt.ALWAYS)))
    assert isinstance(refused, Refused)
    assert "mail to bob@openpgp.example must be encrypted" in refused.text


def test_a_name_in_an_older_charset_is_the_same_sender_and_recipient():
    message = MESSAGE.replace(b"Alice <", b"J\xfcrgen <").replace(
        b"To: bob", b"To: B\xf6b <bob@openpgp.example>, alice"
    )
    plan = people.begin(message, (BOB, ALICE))
    assert plan.decision.action is Action.SIGN_AND_SEAL
    assert [g.recipients for g in plan.groups] == [(0, 1)]


@pytest.mark.parametrize(
    "path",
    [
        "carol@bank.example",
        "CAROL+x@Bank.Example",
        "carol.@bank.example",
        "ca..rol@BANK.example.",
        "c" * 250 + "@bank.example",
        "@relay.example:carol.@bank.example",
        "carol@my_host.bank.example",
        "carol@stra\u00dfe.example",
        "carol@xn--strae-oqa.example",
    ],
)
def test_a_rule_holds_for_whatever_the_provider_takes_for_an_address(path):
    rules = tuple(
        Rule(m, encrypt=Encrypt.ALWAYS) for m in ("*@bank.example", "*@*.bank.example", "*@stra\u00dfe.example")
    )
    refused = people.begin(MESSAGE, (path,), Person(policy=Policy(rules=rules)))
    assert isinstance(refused, Refused)
    assert "no key is known for" in refused.text


def test_of_several_authors_the_one_who_demands_most_counts():
    class Two(Person):
        def claimed(self, _provider, mailbox):
            policies = {ALICE: Policy(), BOB: Policy(encrypt=Encrypt.ALWAYS)}
            return Person(mailbox, policies[mailbox])

    message = MESSAGE.replace(b"Alice <alice@openpgp.example>", b"alice@openpgp.example, bob@openpgp.example")
    refused = people.begin(message, person=Two())
    assert "mail to bob@openpgp.example must be encrypted, but From holds bob@openpgp.example" in refused.text


@pytest.mark.parametrize("wanted", [Encrypt.ALWAYS, Encrypt.WHEN_POSSIBLE])
def test_of_several_authors_rules_count_as_well(wanted):
    class Two(Person):
        def claimed(self, _provider, mailbox):
            rules = (Rule("bob@*", encrypt=wanted if mailbox == BOB else Encrypt.NEVER),)
            return Person(mailbox, Policy(encrypt=Encrypt.NEVER, rules=rules))

    message = MESSAGE.replace(b"Alice <alice@openpgp.example>", b"alice@openpgp.example, bob@openpgp.example")
    assert isinstance(people.begin(message, person=Two()), Refused)
    assert not isinstance(people.begin(message, (CAROL,), person=Two()), Refused)


def test_without_our_login_nothing_is_signed():
    assert people.send(MESSAGE, person=Person(owns=False)) == [((0,), MESSAGE)]


def test_clear_text_loses_its_bcc_fields_and_nothing_else():
    message = MESSAGE.replace(b"To:", b"bcc: x@example.org,\r\n y@example.org\r\nIthaca-Wish: clear\r\nTo:")
    person = Person(policy=Policy(sign=Sign.NEVER, encrypt=Encrypt.NEVER))
    assert people.send(message, person=person, step=7) == [((0,), MESSAGE)]


def test_what_is_sealed_already_passes():
    ((_, sealed),) = people.send(MESSAGE)
    assert people.send(sealed, (CAROL,)) == [((0,), sealed)]


@pytest.mark.parametrize(
    "frame",
    [
        b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\r\n\r\n--b\r\n\r\nplain words\r\n--b--\r\n',
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\nMIIB\r\n",
        b"Content-Type: text/plain\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nplain\r\n-----END PGP MESSAGE-----\r\n",
        b"Content-Type: text/plain\r\n\r\n" + armor.armor("MESSAGE", packets.encode(11, b"b\0\0\0\0\0clear")),
        b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n",
    ],
    ids=["empty frame", "S/MIME signed", "false armor", "clear literal", "nested"],
)
def test_what_only_looks_sealed_is_clear_text_to_the_policy(frame):
    message = MESSAGE.partition(b"MIME-Version")[0] + frame
    ((_, sealed),) = people.send(message)
    assert people.take_apart(sealed).payload.body == frame.partition(b"\r\n\r\n")[2]


def test_one_inline_encrypted_message_counts_as_sealed():
    ((_, sealed),) = people.send(MESSAGE)
    inline = sealed[sealed.index(b"-----BEGIN PGP") : sealed.index(b"-----END PGP")] + b"-----END PGP MESSAGE-----\r\n"
    message = HEAD + b"\r\n" + inline
    assert people.send(message, (CAROL,)) == [((0,), message)]
    # With a word beside it, it is clear text again.
    ((_, again),) = people.send(HEAD + b"\r\nhello\r\n" + inline)
    assert b"multipart/encrypted" in again


def test_what_the_client_signed_is_encrypted_around_unaltered():
    ((_, signed),) = people.send(MESSAGE, person=NEVER)
    ((_, sealed),) = people.send(signed)
    envelope = people.take_apart(sealed)
    assert [layer.value for layer in envelope.layers] == ["encrypted", "signed"]
    assert envelope.opened.body == signed.partition(b"\r\n\r\n")[2]
    assert [s.state.value for s in envelope.signatures] == ["good"]


def test_what_the_client_signed_opaquely_is_not_signed_again_and_encrypted_around():
    """S/MIME signed-data (RFC 8551 §3.5.2): anybody can read it."""
    octets = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80" + b"\0" * 99
    kind = b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n"
    body = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    head = MESSAGE.partition(b"Content-Type")[0] + kind + b"Content-Transfer-Encoding: base64\r\n\r\n"
    assert people.send(head + body, person=NEVER) == [((0,), head + body)]
    plan = people.begin(head + body)
    assert plan.decision.action is Action.SEAL
    ((_, sealed),) = people.send(head + body)
    payload = people.take_apart(sealed).payload
    assert (payload.body, payload.content_type.params["smime-type"]) == (body, "signed-data")
    assert isinstance(people.begin(head + body, (CAROL,), Person(policy=Policy(encrypt=Encrypt.ALWAYS))), Refused)


def test_the_size_that_is_announced_is_never_exceeded():
    for size in (0, 100, 10_000, 1_000_000):
        message = HEAD + b"\r\n" + b"x" * size
        plan = people.begin(message)
        sealer = plan.sealer(plan.groups[0])
        assert len(sealer.feed(message) + sealer.finish()) <= plan.bound(len(message))


def test_a_key_that_cannot_sign_any_more_is_said_before_anything_leaves():
    class Encrypts:
        certificate = people.CERTIFICATES[ALICE]

        def signing(self, _now):
            raise KeyringError("It has no part that may sign.")

    class Half(Person):
        def secret(self, _now):
            return Encrypts()

    refused = people.begin(MESSAGE, person=Half())
    assert refused == Refused(
        550,
        "5.7.1",
        "Not sent: the key of alice@openpgp.example cannot be used. It has no part that may sign. "
        "Put that right, and send it again.",
    )


def test_what_cannot_be_signed_exactly_names_the_persons_own_tag():
    names = wish.Names(nosign="unsigned")
    twice = people.begin(HEAD + b"Subject: x\r\n\r\n", person=NEVER, names=names)
    plan = people.begin(HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n\xff", person=NEVER, names=names)
    sealer = plan.sealer(plan.groups[0])
    with pytest.raises(PeerError) as caught:
        sealer.feed(HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n\xff")
        sealer.finish()
    for text in (twice.text, caught.value.text):
        assert text.startswith("Not sent: this message cannot be signed exactly: ")
        assert text.endswith("To send it unsigned, put [unsigned] before the subject.")


def test_two_content_types_are_refused_with_the_reason():
    refused = people.begin(MESSAGE.replace(b"MIME-Version", b"Content-Type: text/html\r\nMIME-Version"))
    assert isinstance(refused, Refused)
    assert refused.code == 554
    assert "two Content-Type fields" in refused.text


def test_a_message_without_a_body_is_sealed():
    ((_, sealed),) = people.send(HEAD)
    assert people.open_(sealed).verdict.subject == "the secret plan"
    assert incoming.look(sealed, True) is incoming.Look.HOLD


# --- wishes, the reply guard, and codes ---------------------------------------------------------------

LETTER = SealedLetter(
    b"<sealed@x>", BOB, people.NOW - 86400, False, frozenset({BOB}), frozenset({b"subject"}), b"d" * 32
)
REPLY = MESSAGE.replace(b"Subject:", b"In-Reply-To: <sealed@x>\r\nSubject: Re:")


@pytest.fixture
def letters(tmp_path):
    made = Letters(tmp_path, b"k" * 32)
    made.came_sealed(LETTER, people.NOW)
    yield made
    made.close()


def code_in(refused):
    assert isinstance(refused, Refused)
    return re.search(r"\[\w+ (\d+)\]", refused.text).group(1)


def titled(message, tag):
    return message.replace(b"Subject: ", b"Subject: " + tag.encode() + b" ")


def test_a_wish_leaves_in_no_copy_of_the_subject():
    ((_, sealed),) = people.send(titled(MESSAGE, "[encrypt]"))
    assert people.take_apart(sealed).payload.header.first(b"Subject").value == b"the secret plan"
    ((_, signed),) = people.send(titled(MESSAGE, "[clear]"))
    assert b"[clear]" not in signed
    assert b"Subject: the secret plan" in signed
    ((_, unsigned),) = people.send(titled(MESSAGE, "[nosign][clear]"))
    assert unsigned == MESSAGE
    field = MESSAGE.replace(b"Subject:", b"Ithaca-Wish: clear, nosign\r\nSubject:")
    assert people.send(field) == [((0,), MESSAGE)]


def test_a_subject_without_a_wish_leaves_octet_for_octet():
    message = MESSAGE.replace(b"Subject: the", b"subject :  [list]  the\r\n\t")
    ((_, sent),) = people.send(message, person=Person(policy=Policy(Sign.NEVER, Encrypt.NEVER)))
    assert sent == message


def test_a_wish_has_names_of_the_persons_own():
    refused = people.begin(titled(MESSAGE, "[geheim]"), (CAROL,), names=wish.Names(encrypt="geheim"))
    assert "Or take [geheim] out of the subject." in refused.text
    assert not isinstance(people.begin(titled(MESSAGE, "[encrypt]"), (CAROL,), names=wish.Names("geheim")), Refused)


def test_a_reply_to_a_sealed_letter_goes_sealed_or_names_a_code(letters):
    ((_, sealed),) = people.send(REPLY, memory=letters, person=NEVER)
    assert b"multipart/encrypted" in sealed
    refused = people.begin(REPLY, memory=letters, person=Person(known={}))
    assert (refused.code, refused.enhanced) == (550, "5.7.1")
    assert "the letter of bob@openpgp.example of 20" in refused.text
    assert f"put [clear {code_in(refused)}] before the subject" in refused.text


def test_a_code_sends_what_was_wished_sealed_as_its_refusal_says(letters):
    wished = REPLY.replace(b"Subject: ", b"Subject: [encrypt] ", 1)
    person = Person(known={})
    refused = people.begin(wished, memory=letters, person=person)
    (code,) = re.findall(r"put (\[clear [0-9]{4}\]) before the subject and take \[encrypt\] out", refused.text)
    told = wished.replace(b"[encrypt] ", code.encode() + b" ", 1)
    assert people.begin(told, memory=letters, person=person).decision.action is Action.SIGN


def test_a_code_sends_this_message_once_and_what_was_hidden_stays_hidden(letters):
    person = Person(known={})
    code = code_in(people.begin(REPLY, memory=letters, person=person))
    message = titled(REPLY, f"[clear {code}]")
    plan = people.begin(message, memory=letters, person=person)
    sealer = plan.sealer(plan.groups[0])
    sent = sealer.feed(message) + sealer.finish()
    assert b"Subject: [...]\r\n" in sent
    assert b"secret plan" not in sent
    assert b"At noon" in sent
    # It is used up once the ISP has taken the message, and not before.
    assert not isinstance(people.begin(message, memory=letters, person=person), Refused)
    plan.accepted(plan.groups[0])
    assert isinstance(people.begin(message, memory=letters, person=person), Refused)


def test_a_code_is_good_for_its_recipients_its_hour_and_its_way_alone(letters):
    person = Person(known={})
    code = code_in(people.begin(REPLY, memory=letters, person=person))
    message = titled(REPLY, f"[clear {code}]")
    for recipients, now in (((BOB, CAROL), people.NOW), ((BOB,), people.NOW + 3601)):
        assert isinstance(people.begin(message, recipients, memory=letters, person=person, now=now), Refused)
    assert isinstance(people.begin(titled(REPLY, "[clear 0000]"), memory=letters, person=person), Refused)
    # Behind "Re:", where a stranger's Subject stands, it is nobody's wish.
    behind = REPLY.replace(b"Re:", b"Re: [clear " + code.encode() + b"]")
    assert isinstance(people.begin(behind, memory=letters, person=person), Refused)


def test_what_a_code_is_bound_to():
    def binding(login=b"login", recipients=(b"a@x", b"b@x"), way=Override.CLEAR, provider="isp"):
        return gathering.binding(outgoing.Envelope(provider, login, b"a@x", recipients), way)

    assert binding() == binding(recipients=(b"B@X", b"a@x", b"a@x"))
    others = [
        binding(login=b"other"),
        binding(login=None),
        binding(login=b""),
        binding(recipients=(b"a@x",)),
        binding(way=Override.SEALED),
        binding(provider="other"),
    ]
    assert len({binding(), *others}) == len(others) + 1


def test_an_answer_to_others_than_the_signed_ones_needs_a_code_though_it_is_sealed(letters):
    both = Person(known={BOB: people.CERTIFICATES[BOB], CAROL: people.CERTIFICATES[BOB]})
    known = Person(known={BOB: people.CERTIFICATES[BOB], CAROL: [Fake("CD" * 20)]})
    message = REPLY.replace(b"To: ", b"To: carol@example.org, ")
    refused = people.begin(message, (BOB, CAROL), known, memory=letters)
    assert "nothing that was signed in it names carol@example.org" in refused.text
    assert f"put [encrypt {code_in(refused)}] before the subject" in refused.text
    plan = people.begin(titled(message, f"[encrypt {code_in(refused)}]"), (BOB, CAROL), known, memory=letters)
    assert plan.decision.action is Action.SIGN_AND_SEAL
    assert isinstance(people.begin(message, (BOB, CAROL), both, memory=letters), Refused)


def test_an_answer_to_a_letter_of_doubtful_origin_needs_a_code(letters):
    letters.came_sealed(replace(LETTER, doubtful=True, digest=None), people.NOW)
    assert "whose sender is not proved" in people.begin(REPLY, memory=letters).text


@pytest.mark.parametrize(
    "message",
    [
        MESSAGE.replace(b"Subject:", b"Message-ID: <sealed@x>\r\nSubject:"),
        MESSAGE.replace(b"Subject:", b"X-Forwarded-Message-Id: <sealed@x>\r\nSubject:"),
        MESSAGE.replace(b"Subject:", b"References: <a@x>\r\n <sealed@x> <b@x>\r\nSubject:"),
        MESSAGE + b"\r\n> It came sealed: nobody could\r\n> read it on the way.\r\n",
        MESSAGE + b"-- Original --\r\nMessage-ID: <sealed@x>\r\n",
    ],
    ids=["redirected", "forwarded", "thread", "quoted", "attached"],
)
def test_whatever_has_to_do_with_a_sealed_letter_is_guarded(letters, message):
    assert isinstance(people.begin(message, (CAROL,), memory=letters), Refused)
    other = message.replace(b"From: Alice <alice@openpgp.example>", b"From: else@example.org")
    refused = people.begin(other, (BOB,), memory=letters)
    assert "none of the configured identities" in refused.text


def test_a_program_that_answers_sealed_mail_wishes_nothing(letters):
    automatic = REPLY.replace(b"Subject:", b"Auto-Submitted: auto-replied (vacation)\r\nSubject:")
    code = code_in(people.begin(REPLY, memory=letters, person=Person(known={})))
    refused = people.begin(titled(automatic, f"[clear {code}]"), memory=letters, person=Person(known={}))
    assert isinstance(refused, Refused)
    assert "[clear" not in refused.text
    ((_, sealed),) = people.send(automatic, memory=letters)
    assert b"Subject: [...]\r\n" in sealed


@pytest.mark.parametrize(
    ("reverse_path", "field", "wanted"),
    [
        (b"", b"", True),
        (b"a@x", b"", False),
        (b"a@x", b"Auto-Submitted: no; x=y\r\n", False),
        (b"a@x", b"auto-submitted: (x) Auto-Generated\r\n", True),
        (b"a@x", b"Content-Type: multipart/report; boundary=b\r\n", True),
    ],
)
def test_what_a_program_wrote(reverse_path, field, wanted):
    envelope = outgoing.Envelope("isp", b"login", reverse_path, (BOB.encode(),))
    seen = gathering.examine(envelope, field + b"From: alice@openpgp.example\r\n\r\n", True, Person(), people.NOW)
    assert seen.facts.automatic is wanted


def test_what_cannot_be_remembered_is_451(letters, tmp_path):
    letters.close()
    for path in tmp_path.glob("state.sqlite*"):
        path.write_bytes(b"?" * 5000)
    refused = people.begin(REPLY, memory=letters)
    assert (refused.code, refused.enhanced) == (451, "4.7.1")
    assert "is damaged" in refused.text
    # What is sealed already leaks nothing.
    ((_, sealed),) = people.send(REPLY)
    assert not isinstance(people.begin(sealed, memory=letters), Refused)


class Forgetful(Person):
    def known(self, mailbox):
        raise StateError("peers.sqlite is damaged.")


def test_what_is_known_of_peers_cannot_be_read():
    refused = people.begin(MESSAGE, person=Forgetful())
    assert (refused.code, "peers.sqlite is damaged" in refused.text) == (451, True)


def test_to_whom_something_was_sealed_is_remembered_when_the_isp_has_taken_it():
    person = Person()
    message = MESSAGE.replace(b"To: ", b"To: alice@openpgp.example, ")
    plan = people.begin(message, (BOB, ALICE), person)
    assert person.sealed == []
    plan.accepted(plan.groups[0])
    # Of ourselves nothing need be remembered.
    assert person.sealed == [(BOB, people.CERTIFICATES[BOB].fingerprint)]
    clear = Person(policy=Policy(encrypt=Encrypt.NEVER))
    plan = people.begin(MESSAGE, (BOB,), clear)
    plan.accepted(plan.groups[0])
    assert clear.sealed == []


def test_looking_changes_and_remembers_nothing(letters):
    envelope = outgoing.Envelope("isp", b"login", b"a@x", (BOB.encode(),))
    person = Person(known={})
    seen = gathering.examine(envelope, REPLY, True, person, people.NOW, memory=letters)
    assert (seen.decision.action, seen.decision.override) == (Action.REFUSE, Override.CLEAR)
    assert letters.database.read("SELECT COUNT(*) FROM codes") == [(0,)]
    assert person.sealed == []


class Correspondent(Person):
    """Bob is known by his Autocrypt field alone, and asks for encryption."""

    def known(self, mailbox):
        bob = people.CERTIFICATES[BOB]
        state = AutocryptState(people.NOW, people.NOW, bob.fingerprint, mutual=True)
        return Known(Peer(mailbox, autocrypt=state), (), {bob.fingerprint: bob})


def test_autocrypt_is_mutual_only_where_we_ask_for_encryption_too():
    assert people.begin(MESSAGE, person=Correspondent()).decision.action is Action.SIGN_AND_SEAL
    modest = dataclasses.replace(people.PLAIN, prefer_encrypt=False)
    assert people.begin(MESSAGE, person=Correspondent(), style=modest).decision.action is Action.SIGN


class Used(Person):
    """Something was sealed to Bob before; of others nothing is known."""

    def known(self, mailbox):
        bob = people.CERTIFICATES[BOB]
        if mailbox != BOB:
            return Known(Peer(mailbox))
        return Known(Peer(mailbox, used=frozenset({bob.fingerprint})), (bob,))


def test_who_was_written_to_under_seal_is_known():
    both = MESSAGE.replace(b"To: ", b"To: carol@example.org, ")
    refused = people.begin(both, (BOB, CAROL), Used())
    assert "mail to bob@openpgp.example was encrypted before, but carol@example.org cannot get it so" in refused.text
    assert isinstance(people.begin(titled(MESSAGE, "[clear]"), person=Used()), Refused)
    assert people.begin(MESSAGE, person=Used()).decision.action is Action.SIGN_AND_SEAL
