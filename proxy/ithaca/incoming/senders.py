"""Who From names, and whether its display name or its letters say somebody else.

The law of this file: strict. What can be read in two ways names nobody, and only From counts, never Sender or a reply
field.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ithaca import address
from ithaca.address import AddrSpec, Mailbox
from ithaca.errors import MalformedMessage
from ithaca.incoming import lookalike
from ithaca.mime.header import HeaderSection

MOST_NAME = 128
"""Characters of a display name, behind which nobody sees the address any more."""
MOST_READ = 4_096
"""Characters of a display name, or of comments, in which an address is looked for; no honest one is so long."""
_HIDDEN = re.compile(rb"(?:\r(?!\n)|\0)[ \t]*from[ \t]*:", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s<>\"'(),;:\[\]]+")
"""What an address in a name ends with."""
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Characters that look like blanks and count as letters or signs."""
_JOINERS = "\u200c\u200d"
"""Invisible, and part of how names of some languages and emojis are written."""
_PADDING = re.compile(rf"[\s{_FILLERS}]{{4,}}|[{_FILLERS}]")


@dataclass(frozen=True, slots=True)
class Sender:
    """What the From fields of one header section say."""

    mailboxes: tuple[Mailbox, ...] = ()
    sole: Mailbox | None = None
    """The one mailbox that everybody reads there; None: there is none, or a trick."""
    remarks: tuple[tuple[str, str], ...] = ()
    """(finding, outcome) of each oddity."""

    @property
    def address(self) -> AddrSpec | None:
        """Of `sole`."""
        return None if self.sole is None else self.sole.address


def sender(section: HeaderSection) -> Sender:
    """Who From names; several fields, several mailboxes, a group or a trick are an oddity, and nobody's name."""
    fields = section.get_all(b"From")
    try:
        mailboxes = tuple(m for f in fields for m in f.mailboxes)
    except MalformedMessage as error:
        return Sender(remarks=(("odd-from", str(error)),))
    said = [text for f in fields for text in address.comments(f.value)]
    reason = _odd(section, len(fields), mailboxes, said)
    if reason is not None:
        return Sender(mailboxes, None, (("odd-from", reason),))
    # Programs show a comment as the name where there is no other (RFC 5322 §3.4, §A.5).
    name = mailboxes[0].display_name or " ".join(said)
    return Sender(mailboxes, replace(mailboxes[0], display_name=name))


def _odd(section: HeaderSection, count: int, mailboxes: tuple[Mailbox, ...], comments: Sequence[str]) -> str | None:
    if _HIDDEN.search(section.render()):
        return "a From field stands behind a lone CR or a NUL"
    if count != 1 or len(mailboxes) != 1:
        return f"{count} From fields with {len(mailboxes)} mailboxes"
    if mailboxes[0].in_group:
        return "From is a group"
    if any(len(text) > MOST_READ for text in (mailboxes[0].display_name, *comments)) or len(comments) > MOST_READ:
        return "a display name that nobody reads to its end"
    if any(_names_another(mailboxes[0].address, text) for text in (mailboxes[0].display_name, *comments)):
        return "the display name holds another address"
    return None


def sole_address(section: HeaderSection) -> AddrSpec | None:
    """The one address of From; None: there is none, or a trick."""
    return sender(section).address


def _names_another(mailbox: AddrSpec, text: str) -> bool:
    """JF I2: a display name such as ``"carol@good.example" <mallory@evil.example>``, full-width signs too."""
    name = _visible(unicodedata.normalize("NFKC", text))
    words = (word.strip(".!?|@") for word in _BETWEEN.split(name))
    claimed = {address.user_id_address(word) for word in words if "@" in word}
    return bool(claimed - {mailbox})


def _visible(text: str) -> str:
    """Without characters that nobody sees."""
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


def remarks(mailbox: Mailbox, people: Callable[[str], frozenset[AddrSpec]]) -> tuple[tuple[str, str], ...]:
    """Oddities of the one mailbox of From, none of which makes it another's; `people`: see `Keys.people`."""
    found: list[tuple[str, str]] = []
    name = mailbox.display_name
    if len(name) > MOST_NAME or _PADDING.search(name) or any(_is_odd(c) for c in name):
        found.append(
            ("odd-name", "blanks or invisible characters in the display name can push the address out of sight")
        )
    plain = plain_name(name)
    known = people(name) | people(plain) if plain else frozenset()
    if known and mailbox.address not in known:
        found.append(("name-of-another", "somebody else is known here under this display name"))
    if lookalike.is_doubtful(mailbox.address):
        found.append(("look-alike", "the address has letters that look like others"))
    return tuple(found)


def _is_odd(char: str) -> bool:
    return unicodedata.category(char) in ("Cf", "Cc") and char not in _JOINERS


def plain_name(name: str) -> str:
    """A display name as a person reads it: no invisible characters, single blanks, NFKC."""
    text = "".join(" " if c in _FILLERS else c for c in _visible(unicodedata.normalize("NFKC", name)))
    return " ".join(text.split())
