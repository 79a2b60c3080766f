"""The holder of a key who changes it, and what a change is.

The law of this file: a change only adds: signatures and subkeys to the certificate, secret packets to the key, or other
protection for the same secrets. It is computed from one state and merged into whatever is there.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ithaca.errors import KeyringError
from ithaca.openpgp import packets, secret_key, transferable
from ithaca.openpgp.algorithms import key_refused
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.component import Component
from ithaca.openpgp.engine import Engine, SecretComponent
from ithaca.openpgp.own_keys.issuer import Issuer
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.secret_key import SecretKey, TransferableSecretKey
from ithaca.verdict import Fingerprint

SLACK = 60
"""Seconds that the newest self-signature may lie ahead of our clock; beyond, one of the two is wrong."""


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """What is added to a key."""

    at: int
    """From when on it holds, in seconds since 1970."""
    certificate: bytes = b""
    """The primary key, and what is new of its certificate, in packets; empty: nothing."""
    secrets: tuple[bytes, ...] = ()
    """Secret packets that are new, or replace those with the same public half."""


def applied(change: Change, key: TransferableSecretKey, certificate: bytes) -> tuple[bytes, bytes]:
    """(the transferable secret key, the certificate) after a change. Raises `MalformedPacket`.

    `certificate` is what is published, which may hold more than the key does (certifications by others); that stays
    out of the key.
    """
    public = key.public_octets
    if change.certificate:
        public = transferable.merge(public, change.certificate)
        certificate = transferable.merge(certificate, change.certificate)
    secrets = {part.public.body: part.packet for part in key.parts}
    for octets in change.secrets:
        secrets[secret_key.part(octets).public.body] = octets
    return secret_key.join(public, secrets.values(), key.unknown), certificate


@dataclass(frozen=True, slots=True, repr=False)
class Keyholder:
    """Somebody with an unlocked key, a clock and randomness."""

    secret: SecretKey
    engine: Engine
    random: Callable[[int], bytes]
    now: int
    """Seconds since 1970."""

    @property
    def certificate(self) -> Certificate:
        """All that is known of the key's public half."""
        return self.secret.certificate

    @property
    def primary(self) -> SecretComponent:
        """The unlocked primary key. Raises `KeyringError` where it cannot sign here."""
        fingerprint = self.secret.fingerprint
        found = self.secret.component(fingerprint)
        if found is None:
            why = dict(self.secret.locked).get(fingerprint, "it is not in this file")
            raise KeyringError(
                f"Only its primary key can change the key {fingerprint}, and it cannot be used here: {why}."
            )
        weak = key_refused(found.public)
        if weak or found.public.algorithm not in secret_key.SIGNS:
            reason = weak or "its algorithm signs no more"
            raise KeyringError(f"The key {fingerprint} cannot be changed any more: {reason}. Make a new key.")
        return found

    def issuer(self, components: Iterable[Component]) -> Issuer:
        """Who signs something newer than all that was said of these `components`: the primary key, at a time.

        Raises `KeyringError` where our clock is behind what was said.
        """
        said = [s.created for c in components for s in (*c.signatures, *c.revocations, *c.cancellations)]
        at = max([self.now, self.certificate.created, *(created + 1 for created in said)])
        if at > self.now + SLACK:
            raise KeyringError(
                f"The key {self.secret.fingerprint} says things of {_moment(at)}, which has not come yet: "
                "nothing newer can be said until then. Is the clock of this machine right?"
            )
        return Issuer(self.primary, self.engine, self.random, at)

    def subkey(self, fingerprint: Fingerprint) -> tuple[PublicKey, Component]:
        """A subkey of the certificate. Raises `KeyringError`."""
        for component in self.certificate.subkeys:
            if component.key is not None and component.key.fingerprint == fingerprint:
                return component.key, component
        raise KeyringError(f"The key {self.secret.fingerprint} has no subkey {fingerprint}.")


def primary_of(certificate: Certificate) -> PublicKey:
    """Its primary key."""
    return next(certificate.keys())


def fragment(primary: PublicKey, *groups: tuple[bytes, Iterable[bytes]]) -> bytes:
    """Certificate packets: the primary key, then each component's packet and the bodies of its signatures.

    An empty component packet stands for the primary key itself, and comes first.
    """
    out = [packets.encode(Tag.PUBLIC_KEY, primary.body)]
    for head, signatures in groups:
        out.append(head)
        out += (packets.encode(Tag.SIGNATURE, body) for body in signatures)
    return b"".join(out)


def head_of(component: Component) -> bytes:
    """The packet of a subkey or User ID; empty for the primary key."""
    if component.key is not None:
        return packets.encode(Tag.PUBLIC_SUBKEY, component.body) if component.key.subkey else b""
    # As it came: in an old key it may be in Latin-1.
    return packets.encode(Tag.USER_ID, component.body)


def _moment(seconds: int) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
