"""Where things are in a keyring; the format is specified in keyrings/README.md. Pure: names, no files."""

from pathlib import PurePath
from typing import TypeVar

from ithaca.verdict import Fingerprint

VERSION = b"ithaca-keyring 1\n"
VERSION_FILE = "version"
KEYS = "keys"
CERTIFICATES = "certs"
REVOCATIONS = "revocations"
LOCK = "writelock"
PHRASE = "phrase"
KEY_SUFFIX = ".pgp"
REVOCATION_SUFFIX = ".asc"

P = TypeVar("P", bound=PurePath)


def version_file(keyring: P) -> P:
    """Says which version of the format this is."""
    return keyring / VERSION_FILE


def keys(keyring: P) -> P:
    """The folder of transferable secret keys."""
    return keyring / KEYS


def certificates(keyring: P) -> P:
    """The certificate directory (draft-nwjw-openpgp-cert-d)."""
    return keyring / CERTIFICATES


def revocations(keyring: P) -> P:
    """The folder of revocation certificates for keys of our own."""
    return keyring / REVOCATIONS


def lock(keyring: P) -> P:
    """Held by whoever writes, in the certificate directory, so that other programs honour it too."""
    return keyring / CERTIFICATES / LOCK


def phrase_file(keyring: P) -> P:
    """The seal phrase."""
    return keyring / PHRASE


def key_file(keyring: P, fingerprint: Fingerprint) -> P:
    """One transferable secret key."""
    return keys(keyring) / f"{fingerprint.lower()}{KEY_SUFFIX}"


def revocation_file(keyring: P, fingerprint: Fingerprint) -> P:
    """What revokes one key of our own, made in advance."""
    return revocations(keyring) / f"{fingerprint.lower()}{REVOCATION_SUFFIX}"


def certificate_file(keyring: P, fingerprint: Fingerprint) -> P:
    """One certificate: ``certs/aa/bbbb…``."""
    name = fingerprint.lower()
    return certificates(keyring) / name[:2] / name[2:]


def fingerprint_of_key(name: str) -> Fingerprint | None:
    """Of a file in `keys`; None: no key's name."""
    stem = name.removesuffix(KEY_SUFFIX)
    return _fingerprint(stem) if name.endswith(KEY_SUFFIX) else None


def fingerprint_of_certificate(folder: str, name: str) -> Fingerprint | None:
    """Of a file two levels below the certificate directory; None: something else, to be ignored."""
    return _fingerprint(folder + name) if len(folder) == 2 else None


def _fingerprint(digits: str) -> Fingerprint | None:
    usual = len(digits) in (40, 64) and all(c in "0123456789abcdef" for c in digits)
    return Fingerprint(digits.upper()) if usual else None
