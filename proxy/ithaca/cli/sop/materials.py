"""KEYS and CERTS: what arguments and standard input hold of secret keys and certificates, and which of it can be used.

The law of this file: a name stands in front of every sentence, so that people know which of their files is meant; an
input may hold several keys or certificates, and two states of one are taken together, so that no revocation is lost.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ithaca.cli import contents
from ithaca.cli.sop import designators
from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.errors import OpenPGPError, PassphraseError, UnsupportedAlgorithm
from ithaca.openpgp import armor, secret_key, transferable
from ithaca.openpgp.certificate import Certificate, with_revokers
from ithaca.openpgp.engine import SecretComponent
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.openpgp.secret_key import Protection, SecretPart, TransferableSecretKey

LF = b"\n"
"""Line end of armor: these are files and pipes, not mail. It is what every program of the kind writes."""
PUBLIC, PRIVATE = "PUBLIC KEY BLOCK", "PRIVATE KEY BLOCK"
ENGINE = PgpyEngine()
random = os.urandom


@dataclass(frozen=True, slots=True)
class Named:
    """A certificate, and where it came from."""

    name: str
    certificate: Certificate


@dataclass(frozen=True, slots=True, repr=False)
class NamedKey:
    """A secret key, still locked, and where it came from."""

    name: str
    key: TransferableSecretKey


@contextmanager
def _about(name: str, octets: bytes = b"", wanted: str = "") -> Iterator[None]:
    """What is wrong with that input, in the draft's words; its `octets` may be something else than what is `wanted`."""
    try:
        yield
    except UnsupportedAlgorithm as error:
        raise Failure(ExitCode.UNSUPPORTED_ASYMMETRIC_ALGO, f"{name}: {error}.") from error
    except OpenPGPError as error:
        said = contents.instead(octets, wanted) or error
        raise Failure(ExitCode.BAD_DATA, f"{name}: {said}.") from error


def certificates(names: Iterable[str]) -> tuple[Named, ...]:
    """All that the named inputs hold, each once."""
    found: dict[str, Named] = {}
    for name in names:
        given = designators.read(name)
        with _about(name, given, contents.CERTIFICATE):
            for octets in transferable.split_certificates(_binary(given, PUBLIC)):
                certificate = Certificate.parse(octets, ENGINE)
                known = found.get(certificate.fingerprint)
                if known is not None and known.certificate.octets != certificate.octets:
                    merged = transferable.merge(known.certificate.octets, certificate.octets)
                    certificate = Certificate.parse(merged, ENGINE)
                found[certificate.fingerprint] = Named(known.name if known else name, certificate)
    judged = with_revokers(one.certificate for one in found.values())
    return tuple(Named(one.name, certificate) for one, certificate in zip(found.values(), judged, strict=True))


def lookup(found: Sequence[Named]) -> Callable[[str], Sequence[Certificate]]:
    """Certificates by the fingerprint or key ID of any of their keys."""
    by_name: dict[str, list[Certificate]] = {}
    for one in found:
        for name in one.certificate.names():
            by_name.setdefault(name, []).append(one.certificate)
    return lambda name: by_name.get(name, [])


def keys(names: Iterable[str]) -> tuple[NamedKey, ...]:
    """All that the named inputs hold, each once."""
    found: dict[str, NamedKey] = {}
    for name in names:
        for key in keys_in(designators.read(name), name):
            found.setdefault(key.fingerprint, NamedKey(name, key))
    return tuple(found.values())


def keys_in(octets: bytes, name: str) -> list[TransferableSecretKey]:
    """The secret keys of one input, still locked."""
    with _about(name, octets, contents.SECRET_KEY):
        return [secret_key.split(one) for one in secret_key.split_keys(_binary(octets, PRIVATE))]


def _binary(octets: bytes, kind: str) -> bytes:
    return armor.binary(octets, frozenset({kind}))


def unlocked(part: SecretPart, passwords: Sequence[bytes], name: str) -> SecretComponent | None:
    """One part, by the first of the passwords that opens it; None: none does."""
    if part.protection is Protection.NONE:
        passwords = (b"",)
    for password in passwords:
        try:
            with _about(name):
                return secret_key.unlock_part(part, password, ENGINE)
        except PassphraseError:
            continue
    return None


def signer(named: NamedKey, passwords: Sequence[bytes], now: int) -> SecretComponent:
    """What this key signs with at `now`: its newest signing subkey that opens, else the primary key."""
    with _about(named.name):
        certificate = Certificate.parse(named.key.public_octets, ENGINE)
    able = [part for part in named.key.parts if part.signs]
    allowed = [part for part in able if certificate.signing_refused(part.public, now) is None]
    if not allowed:
        reason = certificate.primary_refused(now) or _why_none(named.key, certificate, now)
        raise Failure(ExitCode.KEY_CANNOT_SIGN, f"{named.name}: the key {named.key.fingerprint} {reason}.")
    for part in sorted(allowed, key=lambda p: (p.public.subkey, p.public.created), reverse=True):
        component = unlocked(part, passwords, named.name)
        if component is not None:
            return component
    raise protected(named.name, named.key.fingerprint, passwords)


def _why_none(key: TransferableSecretKey, certificate: Certificate, now: int) -> str:
    """Of the secret parts, why none signs: first of all, that those which may are elsewhere."""
    absent = [part.public for part in key.parts if part.protection is Protection.ABSENT]
    for public in absent:
        if certificate.signing_refused(public, now) is None:
            return f"cannot sign: the secret half of {public.fingerprint}, which may, is not in there"
    reasons = (certificate.signing_refused(part.public, now) for part in key.parts if part.signs)
    return next(filter(None, reasons), "has no secret key that may sign")


def protected(name: str, fingerprint: str, tried: Sequence[bytes], option: str = "--with-key-password") -> Failure:
    """A key that stays locked although these passwords were `tried`; `option` is for giving one."""
    what = "no password that was given opens it" if tried else f"give its password with {option}"
    return Failure(ExitCode.KEY_IS_PROTECTED, f"{name}: the key {fingerprint} is protected; {what}.")


def written(kind: str, octets: bytes, *, armored: bool, versions: Iterable[int]) -> bytes:
    """Octets as they leave; `versions` of the keys or signatures in them."""
    if not armored:
        return octets
    # RFC 9580 §6.1: no checksum with version 6.
    return armor.armor(kind, octets, crc=all(version < 6 for version in versions), line_end=LF)
