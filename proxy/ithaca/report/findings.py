"""What each finding means for a person, and what there is to do: one row for every name in docs/verdict.md.

The law of this file: fixed words alone; nothing of a message stands here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What one finding means for a person, and what to do about it."""

    means: str
    do: str = ""


_CLOSED = "It is shown as it came."
_OPEN_BY_HAND = "Save it to a file; this opens it by hand: ithaca open FILE"
FINDINGS: dict[str, Row] = {
    "not-decrypted": Row(
        "This letter is sealed and could not be opened: it is sealed to another key than yours, or it was changed on "
        "the way. It is shown as it came.",
        "Ask the sender to seal it again, to the key that you use now (ithaca cert export prints it).",
    ),
    "locked-key": Row(
        "This letter is sealed and your key is locked, so it is shown as it came.",
        "Unlock your key, then open it by hand: ithaca open FILE",
    ),
    "malformed-encrypted": Row(
        f"This letter says that it is sealed, but its form is broken, so nothing was opened. {_CLOSED}",
        "Ask the sender to send it again. A mailing list or a filter on the way may have broken it.",
    ),
    "malformed-signed": Row(
        "This letter says that it is signed, but its form is broken, so the signature could not be looked at.",
        "Ask the sender to send it again. A mailing list or a filter on the way may have broken it.",
    ),
    "malformed-openpgp": Row(
        f"What is sealed in this letter is damaged, so nothing was opened. {_CLOSED}",
        "Ask the sender to send it again.",
    ),
    "malformed-signature": Row("Its signature is damaged and proves nothing.", "Ask the sender to send it again."),
    "not-sealed": Row(
        "It was written as if it were sealed, and it is not: anybody on the way could read it, and change it.",
        "If it should have been sealed, tell the sender another way.",
    ),
    "unsupported": Row(
        f"It is sealed in a way that Ithaca does not know, so it was not opened. {_CLOSED}",
        "Ask the sender to use another program, or a newer one.",
    ),
    "old-cipher": Row("The sender's program seals in an outdated way, which strong attackers may break."),
    "past-limit": Row(
        f"It is larger, or more deeply nested, than what is opened here. {_CLOSED}",
        "Ask the sender to send it in smaller parts.",
    ),
    "not-fetched": Row("Only its beginning was fetched. It is shown as it came.", "Fetch the whole letter."),
    "not-judged": Row(
        f"An error in Ithaca kept it from being judged. {_CLOSED}", "Please report this; the log names it."
    ),
    "ambiguous": Row(
        "This letter is built so that programs can read it in two ways. Honest programs do not write such letters. "
        "Nothing in it was opened or believed.",
        "Do not act on it before you have asked the sender another way.",
    ),
    "signature-over-ciphertext": Row(
        "Somebody put a signature around the sealed letter. It says nothing about who wrote the letter, "
        "and does not count."
    ),
    "too-many-layers": Row("It is wrapped more often than honest letters are; what is further inside stays closed."),
    "odd-from": Row(
        "The sender's field is odd: it names nobody, or several people, or shows one address where another stands "
        "behind it.",
        "Look at the address itself, not at the name.",
    ),
    "odd-name": Row(
        "The sender's name holds blanks or invisible characters, which can push the address out of sight.",
        "Look at the address itself, not at the name.",
    ),
    "other-from-inside": Row("Inside it names another sender, which nothing proves; that is not shown."),
    "name-of-another": Row(
        "The sender bears the name of somebody whom you know, but writes from another address.",
        "Ask the person whom you know, another way, whether this is theirs.",
    ),
    "look-alike": Row(
        "The sender's address holds letters that look like others.", "Compare it with the address that you know."
    ),
    "unshowable": Row(f"What is inside of it holds something that no letter may hold. {_CLOSED}", _OPEN_BY_HAND),
    "far-from-date": Row(
        "It was signed more than a day before or after the date that it bears, or it bears none. It may be an old "
        "letter, sent again."
    ),
    "hp-mismatch": Row(
        "What its protected part says of how it was sent does not fit how it came. It may have been signed for another "
        "purpose, or sealed anew by somebody on the way."
    ),
    "mangled": Row("A server on the way has rebuilt it, which some do with sealed letters; what was sealed is whole."),
    "not-addressed": Row(
        "You are not among those to whom it was written. It may be a letter to somebody else, sent on to you."
    ),
    "opened-in-part": Row(
        "Only the sealed part of it is shown. The letter as it came hangs on, closed: what stood beside it "
        "was not protected, and anybody could have put it there."
    ),
    "partitioned": Row(
        "It is made of several pieces, each sealed by itself, and signed with one key that carries the sender's "
        "address. Whether that key is really theirs is not looked at here, and nobody can say whether the pieces "
        "belong together, or stand in the right order."
    ),
    "errant-layer": Row(
        "A sealed piece lies somewhere in this letter. It stays closed, since opening it there could give it away: an "
        "attacker may have put it there in order to have you answer.",
        "If you know why it is there, open it by hand: ithaca open FILE",
    ),
    "replayed-ciphertext": Row(
        "The same sealed text came to you before, with another letter. Somebody may have copied it in order to have "
        "you answer. It stays closed.",
        "Do not answer it. Ask the sender another way.",
    ),
    "reply-field-removed": Row(
        "It asked for answers to another address than the sender's, which was not protected. That was taken out; an "
        "answer goes to the sender."
    ),
    "foreign-banner": Row(
        "This letter holds a text that looks like this one, but is not by Ithaca. What it says there proves nothing.",
        "Believe only the first of them, and only with your seal phrase under it.",
    ),
    "phrase-leaked": Row(
        "This letter holds your seal phrase, which nobody but you should know. Somebody has learnt it.",
        "Make a new one now: ithaca phrase new",
    ),
}
"""Every finding that is made (docs/verdict.md)."""
INSTEAD_OF_AUTHOR = frozenset(
    [
        "not-decrypted",
        "locked-key",
        "malformed-encrypted",
        "malformed-openpgp",
        "unsupported",
        "not-fetched",
        "unshowable",
    ]
)
"""What says all there is to say: nothing was opened, so nobody can tell who wrote it."""
WARNED = frozenset({"foreign-banner", "phrase-leaked", "replayed-ciphertext", "ambiguous"})
"""What somebody did on purpose, most likely."""
