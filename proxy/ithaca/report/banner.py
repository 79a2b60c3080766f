"""The banner in front of what a client sees: the verdict in words that need no knowledge of OpenPGP.

The law of this file: a sentence says no more than was proved; every state and every finding has its row, and what has
none is called unusual, never good. No octet of a message stands here unescaped: addresses alone come from outside.
"""

import datetime
import re
from collections.abc import Callable

from ithaca.report.findings import FINDINGS, INSTEAD_OF_AUTHOR, WARNED, Row
from ithaca.report.plain import listed, plain
from ithaca.report.receiving import deciding
from ithaca.verdict import (
    HARMLESS,
    Binding,
    Decryption,
    From,
    Protection,
    SignatureState,
    Verdict,
    is_proved,
)

CAME_SEALED = "came sealed: nobody could read it on the way."
"""How the banner says that a letter was encrypted. The reply guard looks for it in what is quoted."""
PHRASE = "Your seal phrase: "
WIDTH = 76
"""Characters of a line: with a quote mark or two it is not wrapped again."""
MOST_ADDRESS = 100
"""Characters of an address; longer ones are nobody's, and would push the rest out of sight."""


_VERIFY = "ithaca cert verify FINGERPRINT"
"""What the person runs who has compared it."""


# --- who wrote it ------------------------------------------------------------------------------------


def _verified(verdict: Verdict) -> Row:
    return Row(f"This letter is from {_who(verdict)}. It is signed with the key that you have checked yourself.")


def _vouched(verdict: Verdict) -> Row:
    return Row(
        f"This letter is from {_who(verdict)}. It is signed with the key that the mail provider of this address "
        "names as theirs."
    )


def _seen(verdict: Verdict) -> Row:
    number = f"{verdict.messages} letters" if verdict.messages != 1 else "one letter"
    since = "" if verdict.since is None else f" since {_day(verdict.since)}"
    return Row(
        f"This letter is from {_who(verdict)}, as far as anybody can tell: the same key has signed {number} "
        f"from this address{since}."
    )


def _new(verdict: Verdict) -> Row:
    return Row(
        f"This letter says that it is from {_who(verdict)}, and it is signed with a key that carries this address. "
        "Whether that key is really theirs, nobody has confirmed yet.",
        f"Ask them by telephone for the fingerprint of their key, to be sure. It should be {_fingerprint(verdict)}. "
        f"If it is, run: {_VERIFY}",
    )


def _conflict(verdict: Verdict) -> Row:
    return Row(
        f"Do not rely on who wrote this. It says that it is from {_who(verdict)}, but more than one key claims this "
        "address, and one of them may be an impostor's.",
        f"Ask them by telephone which key is theirs. This letter is signed with {_fingerprint(verdict)}. "
        f"To see all of them: ithaca cert list; to say which it is: {_VERIFY}",
    )


_TIES: dict[Binding, Callable[[Verdict], Row]] = {
    Binding.VERIFIED: _verified,
    Binding.VOUCHED: _vouched,
    Binding.SEEN: _seen,
    Binding.NEW: _new,
    Binding.CONFLICT: _conflict,
    Binding.NONE: _new,
}


def _mismatch(verdict: Verdict) -> Row:
    return Row(
        f"Do not rely on who wrote this. It says that it is from {_who(verdict)}, but it is signed by somebody whose "
        "key does not carry this address, or the sender can be read in several ways.",
        "Ask the person whom you take for the sender, by telephone or another way, before you act on it.",
    )


def _bad(verdict: Verdict) -> Row:
    return Row(
        "Do not trust this letter: its text is not what was signed. It was changed on the way, or it was never "
        f"written by {_who(verdict)}.",
        "Ask the sender another way, and let them send it again.",
    )


def _unknown(verdict: Verdict) -> Row:
    return Row(
        f"Who wrote this is not proved. It says that it is from {_who(verdict)}, and it is signed with a key that is "
        "not known here; anybody can make such a key.",
        "Ask the person whom you take for the sender, another way, for their public key; then run: ithaca cert "
        "import FILE",
    )


def _refused(verdict: Verdict) -> Row:
    decisive = deciding(verdict)
    why = "" if decisive is None else f" ({plain(decisive.reason)})"
    return Row(
        f"Who wrote this is not proved. It says that it is from {_who(verdict)}; it is signed, but the signature "
        f"cannot be accepted{why}.",
        "Ask the sender whether their key is in order.",
    )


def _unsigned(verdict: Verdict) -> Row:
    if verdict.decryption is Decryption.NONE:
        return Row("Who wrote this is not proved: no signature counts for the whole of it.")
    return Row(
        f"Who wrote this is not proved. It says that it is from {_who(verdict)}, but it is not signed; anybody can "
        "seal a letter to you."
    )


def _good(verdict: Verdict) -> Row:
    return _TIES[verdict.binding](verdict) if verdict.from_ is From.MATCH else _mismatch(verdict)


_AUTHOR: dict[SignatureState, Callable[[Verdict], Row]] = {
    SignatureState.GOOD: _good,
    SignatureState.BAD: _bad,
    SignatureState.UNKNOWN: _unknown,
    SignatureState.REFUSED: _refused,
    SignatureState.NONE: _unsigned,
}


# --- how it came -------------------------------------------------------------------------------------

_OPENED = {
    Decryption.FULL: f"It {CAME_SEALED}",
    Decryption.PARTIAL: f"What you see {CAME_SEALED}",
    Decryption.NONE: "",
}
_UNCHANGED = {SignatureState.GOOD: "Nobody has changed it since it was signed."}

_FIELDS = {
    "from": "the sender",
    "to": "the recipients",
    "cc": "the recipients of copies",
    "subject": "the subject",
    "date": "the date",
    "reply-to": "where answers go",
    "mail-followup-to": "where answers go",
    "mail-reply-to": "where answers go",
    "followup-to": "where answers go",
    "sender": "who sent it off",
    "comments": "the comments",
    "keywords": "the keywords",
}
"""Fields that a person sees; the names of others are the sender's words."""
_OPEN_FIELDS = {
    True: (Protection.UNPROTECTED, Protection.ENCRYPTED),
    False: (Protection.UNPROTECTED,),
}
"""By "its signature is good": what is not covered as well as the text is."""


def _uncovered(verdict: Verdict) -> str:
    good = verdict.signature is SignatureState.GOOD
    if not good and verdict.decryption is Decryption.NONE:
        return ""
    # Whoever changes an address that the signer's key must carry makes the letter a mismatch.
    told = _FIELDS.keys() - ({"from"} if verdict.from_ is From.MATCH else set())
    open_ = [_FIELDS[f.name] for f in verdict.fields if f.name in told and f.protection in _OPEN_FIELDS[good]]
    if not open_:
        return ""
    return f"Not protected, and easily changed on the way: {listed(dict.fromkeys(open_))}."


# --- the whole ---------------------------------------------------------------------------------------


def sentences(verdict: Verdict, phrase: str | None = None) -> tuple[str, ...]:
    """The banner of a message, its lines; () where there is nothing to say (no OpenPGP, nothing odd).

    `phrase`: the person's seal phrase, which stands at the end only where everything is proved.
    """
    rows = [FINDINGS.get(name, _unusual(name)) for name in verdict.findings]
    if not rows and not verdict.layers and verdict.signature is SignatureState.NONE:
        return ()
    closed = verdict.decryption is Decryption.NONE and INSTEAD_OF_AUTHOR.intersection(verdict.findings)
    nothing = not verdict.layers and verdict.signature is SignatureState.NONE
    if not closed and not nothing:
        rows.insert(0, _AUTHOR[verdict.signature](verdict))
    rows.append(Row(_uncovered(verdict)))
    said = [rows[0].means, _OPENED[verdict.decryption], _UNCHANGED.get(verdict.signature, ""), _signed_on(verdict)]
    said += [row.means for row in rows[1:]]
    done = [f"What to do: {row.do}" for row in rows if row.do]
    sealed = [f"{PHRASE}{phrase}"] if phrase is not None and is_proved(verdict) else []
    blocks = [[line for line in block if line] for block in (said, done, sealed)]
    lines = [line for block in blocks if block for line in ("", *block)]
    return tuple(part for line in lines[1:] for part in _wrapped(line))


_LINE = re.compile(rf"[^ ](?:.{{0,{WIDTH - 2}}}[^ ])?(?![^ ])|[^ ]+")
"""As many words as a line holds; a longer word alone."""


def _wrapped(line: str) -> list[str]:
    return _LINE.findall(line) or [""]


def _unusual(name: str) -> Row:
    return Row(f"Something about it is unusual ({plain(name)}; docs/verdict.md says more).")


def _signed_on(verdict: Verdict) -> str:
    decisive = deciding(verdict)
    if verdict.signature is not SignatureState.GOOD or decisive is None or decisive.created is None:
        return ""
    moment = decisive.created.astimezone(datetime.UTC)
    return f"It was signed on {_day(moment)} at {moment:%H:%M} (UTC)."


def subject_mark(verdict: Verdict) -> str:
    """A few words for the Subject; "" where there is nothing to say."""
    if not sentences(verdict):
        return ""
    if is_proved(verdict):
        # Nothing may vouch for the words behind it that anybody could have written there.
        is_open = any(f.name == "subject" and f.protection in _OPEN_FIELDS[True] for f in verdict.fields)
        return "letter proved, subject not" if is_open else "proved"
    if verdict.signature is SignatureState.BAD or WARNED.intersection(verdict.findings):
        return "WARNING"
    if verdict.signature is SignatureState.GOOD:
        if verdict.from_ is not From.MATCH or verdict.binding is Binding.CONFLICT:
            return "warning"
        return "signed, new key" if HARMLESS.issuperset(verdict.findings) else "not proved"
    return "not opened" if INSTEAD_OF_AUTHOR.intersection(verdict.findings) else "not proved"


# --- words -------------------------------------------------------------------------------------------

# Not by the locale: the banner is English whatever the machine speaks.
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def _day(moment: datetime.datetime) -> str:
    at = moment.astimezone(datetime.UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def _who(verdict: Verdict) -> str:
    """The addresses of From, so that no letter of them passes for another."""
    if not verdict.from_addresses:
        return "somebody who is not named"
    named = [_address(a) for a in verdict.from_addresses[:3]]
    more = len(verdict.from_addresses) - len(named)
    return listed([*named, f"{more} more"] if more else named)


def _address(address: str) -> str:
    shown = plain(address, MOST_ADDRESS)
    if shown.isascii():
        return shown
    spelled = "".join(c if " " < c <= "~" else f"\\u{ord(c):04x}" for c in address)
    return f"{shown} (letter by letter: {plain(spelled, MOST_ADDRESS)})"


def _fingerprint(verdict: Verdict) -> str:
    """Of the certificate that signed, in groups of four as people read it aloud."""
    decisive = deciding(verdict)
    digits = (decisive.signer or "") if decisive is not None else ""
    return " ".join(digits[n : n + 4] for n in range(0, len(digits), 4)) or "that of a known key"
