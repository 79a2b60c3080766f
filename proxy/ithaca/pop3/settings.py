"""What a retrieval edge is given: plain values, limits in seconds and octets, and what opens messages."""

import ssl
from dataclasses import dataclass, fields
from typing import Protocol

from ithaca.dial import Endpoint
from ithaca.incoming import Look, Shown
from ithaca.work import Job

READ = 1 << 17
"""Octets that are read at one time, and the longest line."""


@dataclass(frozen=True, slots=True)
class Times:
    """Limits in seconds."""

    greeting: float = 25.0
    """From accepting the client to our greeting."""
    reply: float = 600.0
    idle: float = 1800.0
    """RFC 1939 §3 wants ten minutes at least; the ISP has its own limit."""
    counted: float = 10.0
    """A message that is opened within this time is sent with its octet count."""
    progress: float = 15.0
    """Between two signs of life; mail programs give up after 100 s of silence."""

    def scaled(self, factor: float) -> "Times":
        """All limits times `factor`."""
        return Times(**{f.name: getattr(self, f.name) * factor for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Settings:
    """One provider's retrieval edge."""

    provider: str
    endpoint: Endpoint
    times: Times = Times()
    max_connections: int = 8
    tls_context: ssl.SSLContext | None = None
    tls_implicit: bool = False
    require_tls: bool = False
    top_limit: int = 4 << 20
    """Octets, as the ISP lists them, of a sealed message that is opened for TOP."""
    most_held: int = 100 << 20
    """Octets of a sealed message that is opened at all; a larger one passes as it came."""


class Opening(Protocol):
    """What is done to messages; see `ithaca.incoming`."""

    def look(self, prefix: bytes, complete: bool) -> Look:
        """What the first octets show."""

    def clean(self, section: bytes) -> bytes:
        """A header section, its empty line included, without forged fields."""

    def as_it_came(self, octets: bytes, finding: str) -> bytes:
        """A held message, or its beginning with the whole header section, marked."""

    def open(self, provider: str, login: bytes | None, octets: bytes) -> Job[Shown]:
        """Open and judge one message."""

    def passing(self, provider: str, login: bytes | None, section: bytes) -> None:
        """A message passes as it is; `section`: its header section, from which something may be learnt."""

    def trouble(self, provider: str, login: bytes) -> str | None:
        """Why this login's mail cannot be opened now, if a person's hand could change that."""
