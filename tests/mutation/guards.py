"""The guard lines that are taken out, one at a time, and the tests that must notice.

The law of this file: a line is named by its own words, so that a change of the code that moves or rewords it is noticed,
and no line here is a mere detail: without it somebody is deceived, or something leaks.
"""

from dataclasses import dataclass

_MESSAGES = "tests/messages/test_messages.py"


@dataclass(frozen=True)
class Guard:
    """One line of the package, and what is left of it when it is taken out."""

    name: str
    what: str
    """What is lost without it."""
    module: str
    """In ``proxy/ithaca``."""
    line: str
    """Stands there exactly once."""
    instead: str
    tests: tuple[str, ...]
    """Arguments for pytest: some of them must fail."""
    property: str = ""
    """Of tests/test_forgery.py: it must fail by itself, too."""


def _letters(words: str) -> tuple[str, ...]:
    return (_MESSAGES, "-k", words)


GUARDS = (
    Guard(
        "mdc",
        "altered ciphertext is shown (Efail)",
        "openpgp/symmetric.py",
        "if not hmac.compare_digest(mdc, expected) or self._prefix:",
        "if self._prefix:",
        _letters("ef-cfb or ef-nomdc"),
        "test_opened_is_only_what_was_sealed",
    ),
    Guard(
        "from-match",
        "anybody's good signature is that of whom From names",
        "incoming/covering.py",
        "s.state is SignatureState.GOOD and mailbox in map(address.user_id_address, s.user_ids)",
        "s.state is SignatureState.GOOD",
        _letters("id-from or id-uid"),
        "test_from_matches_only_whom_the_signer_is",
    ),
    Guard(
        "one-from",
        "one From is judged, and another one shown",
        "incoming/senders.py",
        "if count != 1 or len(mailboxes) != 1:",
        "if not mailboxes:",
        _letters("id-several"),
        "test_from_matches_only_whom_the_signer_is",
    ),
    Guard(
        "display-name",
        "a display name may hold another address",
        "incoming/senders.py",
        "return bool(claimed - {mailbox})",
        "return False",
        _letters("id-display"),
        "test_from_matches_only_whom_the_signer_is",
    ),
    Guard(
        "back-signature",
        "who adopts Alice's signing key is taken for the writer of her letters",
        "openpgp/certificate.py",
        'return None if any(back) else "has a signing subkey that did not agree to it"',
        "return None",
        _letters("sg-graft"),
    ),
    Guard(
        "forged-fields",
        "a sender writes our verdict",
        "mime/header.py",
        "return HeaderSection(tuple(f for f in section.fields if not is_forged(f)))",
        "return section",
        _letters("ui-field"),
        "test_a_forged_verdict_never_stands_in_the_header_section",
    ),
    Guard(
        "bcc",
        "everybody sees the blind recipients",
        "sealing/sending.py",
        'return name.strip().lower() in (b"bcc", b"resent-bcc")',
        "return False",
        ("tests/sealing", "tests/test_outgoing.py"),
    ),
    Guard(
        "intended-recipients",
        "a letter to Eve that she seals anew is one to Bob",
        "openpgp/verification.py",
        "if recipients is not None and intended and not intended & recipients:",
        "if False:",
        _letters("pk-forward"),
    ),
    Guard(
        "grammar-end",
        "packets behind the message are read with it",
        "openpgp/grammar.py",
        "State.ENCRYPTED: {},",
        "State.ENCRYPTED: {**_KEYS, **_CONTENT},",
        ("tests/openpgp/test_grammar.py", "tests/openpgp/test_decryption.py", *_letters("pk-grammar")),
    ),
    Guard(
        "replay",
        "captured ciphertext opens under Eve's name, and the answer quotes it to her",
        "incoming/replay.py",
        "if any(origin != here for origin in origins):",
        "if False:",
        _letters("ro-replay"),
        "test_what_was_opened_once_opens_under_no_other_name",
    ),
    Guard(
        "errant-layer",
        "a letter with something closed in it is called opened in full",
        "incoming/errant.py",
        "envelope.decryption = Decryption.PARTIAL",
        "pass",
        _letters("ro-attach"),
    ),
    Guard(
        "only-at-the-root",
        "sealed parts open in the middle of what somebody else wrote",
        "incoming/recognition.py",
        "table = (*_ANYWHERE, *_AT_THE_ROOT) if envelope.is_root else _ANYWHERE",
        "table = (*_ANYWHERE, *_AT_THE_ROOT)",
        _letters("ro-attach"),
    ),
    Guard(
        "nothing-in-front",
        "words of Eve's stand before what is opened in part",
        "mime/partial.py",
        "_IN_FRONT = {Role.EMPTY}",
        "_IN_FRONT = {Role.EMPTY, Role.TEXT, Role.HTML, Role.OTHER}",
        _letters("ro-mix or ef-sandwich"),
        "test_nothing_opens_behind_words_of_eves",
    ),
    Guard(
        "signature-over-ciphertext",
        "who signs Alice's ciphertext is the author of her letter",
        "incoming/decrypting.py",
        "        envelope.signatures.clear()",
        "        pass",
        _letters("mw-outer"),
        "test_good_is_only_what_its_signer_signed",
    ),
    Guard(
        "closed-layer",
        "who signs a ciphertext that stays closed is called its author",
        "incoming/envelope.py",
        "            self.decryption = Decryption.PARTIAL\n        self.signatures.clear()",
        "            self.decryption = Decryption.PARTIAL",
        ("tests/incoming/test_decrypting.py",),
    ),
    Guard(
        "bad-beside-good",
        "a good signature of Eve's drowns the bad one of Alice's",
        "verdict.py",
        "if SignatureState.GOOD in states and SignatureState.BAD not in states:",
        "if SignatureState.GOOD in states:",
        _letters("mw-two"),
    ),
    Guard(
        "document-types",
        "what certified a key signs a letter",
        "openpgp/verification.py",
        "if signature.type not in DOCUMENT_TYPES:",
        "if False:",
        ("tests/openpgp/test_verification.py", *_letters("sg-type")),
    ),
    Guard(
        "two-readings",
        "a tree is checked that the client does not show",
        "incoming/recognition.py",
        "    if reason is not None:\n        shape = Shape.AMBIGUOUS",
        "    reason = None",
        _letters("mw-ambig"),
    ),
    Guard(
        "exactly-two",
        "a third part stands inside a good multipart/signed",
        "mime/pgpmime.py",
        "if len(parts) != 2:",
        "if len(parts) < 2:",
        ("tests/mime/test_pgpmime.py", *_letters("mw-parts")),
        "test_good_is_only_what_its_signer_signed",
    ),
    Guard(
        "whole-cleartext",
        "a signed block beside Eve's words signs them, too",
        "mime/inline.py",
        "if len(found) != 1 or not beside <= _BESIDE:",
        "if len(found) != 1:",
        _letters("mw-prepend or ro-part or ro-inline"),
        "test_good_is_only_what_its_signer_signed",
    ),
    Guard(
        "inner-from",
        "anybody shows a From of their choice from inside",
        "incoming/covering.py",
        "return is_same or from_is_bound(named[0])",
        "return True",
        _letters("hp-unsigned"),
    ),
    Guard(
        "foreign-replies",
        "the answer to Alice's letter goes to Eve",
        "incoming/covering.py",
        "if named is None or (named and named <= authors):",
        "if True:",
        _letters("rp-replyto"),
        "test_no_answer_to_a_proved_letter_goes_elsewhere",
    ),
    Guard(
        "bare-frame",
        "words that nobody signed stand in the middle of a good cleartext",
        "incoming/inline_layer.py",
        "if overall(judged) is SignatureState.GOOD and not is_bare:",
        "if False:",
        _letters("mw-clear"),
        "test_good_is_only_what_its_signer_signed",
    ),
    Guard(
        "readable-armor",
        "armor that anybody can read goes out as if it were sealed",
        "form.py",
        "return len(tags) >= 2 and set(tags[:-1]) <= _SESSION_KEYS and tags[-1] == _SEIPD",
        "return True",
        ("tests/test_form.py",),
    ),
    Guard(
        "one-child",
        "an unobtrusive signature speaks for a second part",
        "mime/unobtrusive.py",
        "if len(parts) != 1:",
        "if not parts:",
        _letters("mw-unobtr"),
        "test_good_is_only_what_its_signer_signed",
    ),
    Guard(
        "hp-outer",
        "nobody can tell what was hidden from what was added",
        "mime/protection.py",
        "marks = [_hp_outer(f) for f in outer] if encrypted and not _is_layer(fields) else []",
        "marks = []",
        ("tests/mime/test_protection.py",),
    ),
    Guard(
        "all-is-proved",
        "the seal phrase stands under letters of anybody",
        "report/banner.py",
        'sealed = [f"{PHRASE}{phrase}"] if phrase is not None and is_proved(verdict) else []',
        'sealed = [f"{PHRASE}{phrase}"] if phrase is not None else []',
        _letters("seal_phrase"),
        "test_the_seal_phrase_stands_only_where_all_is_proved",
    ),
    Guard(
        "code-of-the-refusal",
        "a link that fills in a Subject sends an answer to a sealed letter in clear",
        "policy.py",
        '    if facts.code_holds:\n        return Decision(Action.CLEAR, (*because, _wished(Cause.OVERRIDDEN, facts, "clear")))',
        '    if True:\n        return Decision(Action.CLEAR, (*because, _wished(Cause.OVERRIDDEN, facts, "clear")))',
        ("tests/test_policy.py",),
    ),
    Guard(
        "bcc-never-clear",
        "a blind recipient without a key turns everybody's copy clear",
        "policy.py",
        "if any(not r.hidden for r in wanting) and all(r.hidden for r in lacking + spared):",
        "if False:",
        ("tests/test_policy.py", "tests/test_outgoing.py"),
    ),
    Guard(
        "unshowable",
        "a NUL of a sender's choice reaches the client",
        "incoming/showing.py",
        '    if b"\\0" in body:\n        return None',
        "",
        ("tests/test_incoming.py", *_letters("tr-popdot")),
    ),
)
