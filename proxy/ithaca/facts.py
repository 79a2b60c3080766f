"""The facts about one outgoing message, as values: what a decision rests on, and what a person's policy says.

The law of this file: no fact is worded and none is weighed; that is for `report` and for `policy`.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from ithaca.address import AddrSpec, matches
from ithaca.verdict import Fingerprint
from ithaca.wish import Wish


class Sign(enum.Enum):
    """When to sign."""

    ALWAYS = "always"
    WHEN_ENCRYPTING = "when-encrypting"
    NEVER = "never"


class Encrypt(enum.Enum):
    """When to encrypt."""

    ALWAYS = "always"
    WHEN_POSSIBLE = "when-possible"
    NEVER = "never"


class SignFormat(enum.Enum):
    """How what is only signed carries its signature."""

    AUTO = "auto"
    """By what is known of the recipients; a decision never says so."""
    ATTACHED = "attached"
    """multipart/signed (RFC 3156 §5)."""
    UNOBTRUSIVE = "unobtrusive"
    """In a field of the one part (draft-ietf-mailmaint-unobtrusive-signatures)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What differs for recipients whose address matches; the first rule that matches and speaks decides."""

    match: str
    """An address, or a pattern with ``*``: ``*@bank.example``."""
    sign: Sign | None = None
    encrypt: Encrypt | None = None
    sign_format: SignFormat | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What one identity wants."""

    sign: Sign = Sign.ALWAYS
    encrypt: Encrypt = Encrypt.WHEN_POSSIBLE
    rules: tuple[Rule, ...] = ()
    sign_format: SignFormat = SignFormat.AUTO

    def rule(self, recipient: str, speaks: Callable[[Rule], object]) -> Rule | None:
        """The first rule that matches this recipient and speaks; None: no rule does."""
        return next((r for r in self.rules if speaks(r) and matches(r.match, recipient)), None)

    def rule_signs(self, recipient: str) -> Sign | None:
        """What the rules say about signing to this recipient; None: nothing."""
        found = self.rule(recipient, SIGNING)
        return found.sign if found else None

    def rule_encrypts(self, recipient: str) -> Encrypt | None:
        """What the rules say about encrypting to this recipient; None: nothing."""
        found = self.rule(recipient, ENCRYPTING)
        return found.encrypt if found else None

    def rule_formats(self, recipient: str) -> SignFormat | None:
        """What the rules say about the form of signatures to this recipient; None: nothing."""
        found = self.rule(recipient, FORMATTING)
        return found.sign_format if found else None


SIGNING: Callable[[Rule], object] = attrgetter("sign")
ENCRYPTING: Callable[[Rule], object] = attrgetter("encrypt")
FORMATTING: Callable[[Rule], object] = attrgetter("sign_format")
"""What a rule may speak of."""


class Standing(enum.Enum):
    """What is known of a recipient's certificates, now."""

    USABLE = "usable"
    ABSENT = "absent"
    """None is known, and nothing was ever sealed to one."""
    UNUSABLE = "unusable"
    """There is one, but it may not be used: the reason says why."""
    AMBIGUOUS = "ambiguous"
    """Two could be used; a person has to choose."""
    CHANGED = "changed"
    """Another one than the one that was verified, or that something was sealed to; a person has to choose."""
    LOST = "lost"
    """Something was sealed to one that is no longer there."""


SPOILT = frozenset({Standing.UNUSABLE, Standing.AMBIGUOUS, Standing.CHANGED, Standing.LOST})


class Basis(enum.Enum):
    """How the certificate that stands for a recipient is known."""

    NONE = "none"
    OWN = "own"
    VERIFIED = "verified"
    VOUCHED = "vouched"
    SEEN = "seen"
    """Its holder has written to us, signed with it."""
    IMPORTED = "imported"
    FOUND = "found"
    """By a look-up that nobody vouches for."""
    USED = "used"
    """From Autocrypt, and sealed to before."""
    MUTUAL = "autocrypt-mutual"
    AUTOCRYPT = "autocrypt"
    GOSSIP = "gossip"


class Sender(enum.Enum):
    """Whose message this is."""

    OURS = "ours"
    """From is one identity of the login."""
    FOREIGN = "foreign"
    """From is no identity of anybody here."""
    UNPROVED = "unproved"
    """From names an identity here, but the session's login does not own it; or a From that names nobody comes on the
    reverse-path of one."""
    UNREADABLE = "unreadable"
    """From holds the address of an identity here, but cannot be read as exactly one mailbox."""


class Form(enum.Enum):
    """What the client has done already."""

    CLEAR = "clear"
    SIGNED = "signed"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class Recipient:
    """The facts about one recipient."""

    address: AddrSpec | None
    """None: the forward-path is no address that can be read."""
    shown: str
    """How a reply to the sender names them."""
    hidden: bool
    """In the envelope, but neither in To nor in Cc."""
    standing: Standing
    reason: str = ""
    basis: Basis = Basis.NONE
    serves: bool = True
    """The certificate serves without being asked for; only together with `Standing.USABLE`."""
    once_served: bool = False
    """Some certificate of theirs served by itself once, though none does now."""
    once_sealed: bool = False
    """Something was sealed to them before."""
    knows_openpgp: bool = False
    """They are known to use OpenPGP."""
    certificate: Fingerprint | None = None
    """The one that stands for them, where one does."""

    @property
    def ruled_as(self) -> str:
        """What rules are matched with: a path that cannot be read may reach the one whom a rule protects."""
        return ruled_as(self.address, self.shown)


def ruled_as(address: AddrSpec | None, shown: str) -> str:
    """What rules are matched with, for a recipient of the envelope; see `Recipient.ruled_as`."""
    return address or shown.strip().lower().removesuffix(".")


class Automatic(enum.Enum):
    """What shows that no person wrote a message."""

    NULL_PATH = "null-reverse-path"
    SUBMITTED = "auto-submitted"
    """A field says so (RFC 3834 §5)."""
    REPORT = "report"
    """A multipart/report."""


class Trace(enum.Enum):
    """What shows that a message has to do with one that came encrypted."""

    OWN_ID = "own-message-id"
    """It has the Message-ID of one: redirected, or edited as new."""
    IN_REPLY_TO = "in-reply-to"
    REFERENCES = "references"
    RESENT = "resent"
    FORWARDED = "forwarded"
    ATTACHED = "attached"
    QUOTED = "quoted"
    """Our own words about one are quoted in it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The message that came encrypted and is answered, sent on or redirected."""

    traces: frozenset[Trace]
    from_: str = ""
    """Its From; empty: not known."""
    date: int | None = None
    doubtful: bool = False
    """It is answered, and who wrote it is not proved: captured ciphertext can be sent on under another name."""
    strangers: frozenset[AddrSpec] = frozenset()
    """Recipients of the answer whom nothing that was signed names."""
    hides: frozenset[bytes] = frozenset()
    """Lower-case names of fields that it had hidden."""


NO_WISH = Wish()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision rests on."""

    sender: Sender
    form: Form
    policy: Policy
    """Of the identity; for a foreign sender the one for everybody, of which its demands count."""
    recipients: tuple[Recipient, ...]
    own_key: str = ""
    """Why our own key cannot be used; empty: it can."""
    own_key_locked: bool = False
    """The person can put it right and send again."""
    wish: Wish = NO_WISH
    code_holds: bool = False
    """The wish carries the code that an earlier refusal of this very message named."""
    answered: Answered | None = None
    automatic: bool = False
    """No person wrote it (RFC 3834 §5): what stands in its Subject is nobody's wish."""
    memory: str = ""
    """Why it cannot be known what came encrypted, and what was sealed to; empty: it can."""
    identity: AddrSpec | None = None
    """Whose message it is, or may be; None: nobody's here."""
    automatic_by: frozenset[Automatic] = frozenset()
    """What shows that it is automatic."""
