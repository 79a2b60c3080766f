"""The one family of errors.

The law of this file: ``str(error)`` is a sentence for a person (what, where, what to do) and holds no octet
of a message, no credential and no passphrase. What a peer may be told is a field of its own (`PeerError`).
"""

from dataclasses import dataclass


class Error(Exception):
    """Root of everything that this package raises on purpose."""


class TemporaryError(Error):
    """Mixed in where trying again later may succeed."""


class PermanentError(Error):
    """Mixed in where a person has to act first."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a configuration file: where it stands and what to do."""

    file: str
    line: int | None
    key: str
    text: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.text}" if self.key else f"{place}: {self.text}"


class ConfigError(PermanentError):
    """The configuration cannot be used; carries every problem found, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class SetUpError(PermanentError):
    """What surrounds the program contradicts the configuration; starting again would not help."""


class KeyringError(PermanentError):
    """A keyring on disk is missing, not private, damaged, or holds not what was asked for."""


class PassphraseError(KeyringError):
    """A secret key stays locked: no passphrase, or a wrong one."""


class ProtocolError(Error):
    """Somebody broke a protocol; raise one of the two below, which name the guilty side."""


class LocalProtocolError(ProtocolError):
    """Our own code asked for what the protocol's state does not allow: a bug."""


class RemoteProtocolError(ProtocolError):
    """A peer sent what its protocol does not allow."""


class MalformedMessage(RemoteProtocolError):
    """A message is not well-formed enough for what was asked of it (RFC 5322, RFC 2045)."""


class OpenPGPError(RemoteProtocolError):
    """OpenPGP octets cannot be used; `offset` is the octet where that was noticed, if one can be named."""

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason if offset is None else f"{reason} (at octet {offset})")
        self.reason = reason
        self.offset = offset


class MalformedPacket(OpenPGPError):
    """Armor, framing, a packet or a packet sequence breaks RFC 9580."""


class UnsupportedAlgorithm(OpenPGPError):
    """Well-formed, but of a version or an algorithm that is not handled here."""


class LimitExceeded(OpenPGPError):
    """Past one of the named limits on size, number, nesting, expansion or cost."""


class DecryptionError(OpenPGPError):
    """No plaintext: one word for every cause, so that no answer can serve as an oracle (RFC 9580 §13.4)."""


class PeerError(Error):
    """What a peer will be told: reply code, enhanced status code, and a fixed sentence (RFC 5321, RFC 3463).

    `text` reaches the peer; the cause stays in ``__cause__`` for the log.
    """

    code = 451
    enhanced = "4.3.0"

    def __init__(self, text: str, *, code: int | None = None, enhanced: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        if code is not None:
            self.code = code
        if enhanced is not None:
            self.enhanced = enhanced


class Unreachable(PeerError, TemporaryError):
    """The ISP's server cannot be reached, or the connection to it broke."""

    code = 421
    enhanced = "4.4.1"


class UntrustedServer(PeerError, PermanentError):
    """TLS that the configuration asks for was not had: no STARTTLS, a wrong name, an unknown issuer."""

    code = 421
    enhanced = "4.7.5"
