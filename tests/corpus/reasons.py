"""Why a case does not agree: the first class of a short list that fits, found by rule.

The law of this file: a class is about what a message is and what the verdict says, never about which case it is.
"""

from dataclasses import dataclass

from corpus import mails
from corpus.agreement import Agreement, Point
from corpus.explained import Answer
from corpus.manifest import Case


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case, what was found, and how far that agrees."""

    case: Case
    answer: Answer
    agreement: Agreement

    @property
    def is_handled(self):
        """False: the case states secret keys, and not one of them can be loaded."""
        return not self.case.keys.secret or bool(self.answer.keys.secret)

    @property
    def is_closed(self):
        """It was to be opened, and was not."""
        return Point.OPENED in self.agreement.stated - self.agreement.held


def reason(outcome):
    """The class of one outcome that does not agree in all."""
    return next(found for one in _CLASSES if (found := one(outcome)) is not None)


def _stated_policy(outcome):
    expect = outcome.case.expect
    if not expect.policy:
        return None
    return f"policy, as the manifest states: {expect.deviation}" if expect.deviation else "policy, see its notes"


def _no_key(outcome):
    if not outcome.is_closed or not outcome.answer.keys.refusals:
        return None
    causes = sorted({words.rpartition(": ")[2] for words in outcome.answer.keys.refusals})
    return f"a key that cannot be used: {'; '.join(causes)}"


def _password(outcome):
    keys = outcome.case.keys
    return "sealed with a password" if outcome.is_closed and keys.passphrase and not keys.secret else None


def _structure(outcome):
    """What kind of OpenPGP is in a message whose root is no PGP/MIME."""
    octets = mails.as_delivered(outcome.case)
    root = mails.read(octets)
    if mails.is_pgp_mime(root):
        return None
    if any(mails.is_pgp_mime(part) for part in root.walk()):
        return "PGP/MIME below the root"
    if b"-----BEGIN PGP " in mails.every_leaf(octets):
        return "OpenPGP without a PGP/MIME root: inline, an attachment, or a mangled frame"
    return "no OpenPGP is found"


def _finding(outcome):
    findings = [name for name in outcome.answer.verdict["findings"] if name != "odd-from"]
    if not outcome.is_closed or not findings:
        return None
    needed = outcome.case.requires
    return f"finding {', '.join(findings)}" + (f"; requires {', '.join(needed)}" if needed else "")


def _signature(outcome):
    if Point.SIGNATURE not in outcome.agreement.stated - outcome.agreement.held:
        return None
    verdict = outcome.answer.verdict
    deciding = next((s["reason"] for s in verdict["signatures"] if s["state"] == verdict["signature"]), "")
    return f"signature {verdict['signature']} where {outcome.case.expect.signature} is stated: {deciding}".rstrip(": ")


def _text(_outcome):
    return "text or header fields other than stated"


_CLASSES = (_stated_policy, _structure, _no_key, _password, _finding, _signature, _text)
