"""A keyring on disk: certificates of others, our own secret keys; read by the service, changed by commands.

The law of this file: certificates are kept as their original octets, flooded ones without the flood; a damaged
file is left alone and said, and never makes the rest unusable; every change is one atomic write under the lock.
Changes on disk are seen by file times, looked at once a second at most.
"""

import contextlib
import enum
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ithaca import files
from ithaca.address import AddrSpec
from ithaca.errors import KeyringError, OpenPGPError
from ithaca.files import FileError
from ithaca.keyring import layout, opening
from ithaca.openpgp import keeping, secret_key, transferable
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.secret_key import TransferableSecretKey
from ithaca.verdict import Fingerprint

LOOK_EVERY = 1.0
"""Seconds between two looks at the disk."""
MOST_FILE = 8 << 20
"""Octets of one file; of a certificate above `self_signatures.MOST_OCTETS` what others have signed is left out."""

_log = logging.getLogger("ithaca.keyring")
_Stamp = tuple[int, int, int]


class Imported(enum.Enum):
    """What an import did."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class _Cached:
    stamp: _Stamp
    certificate: Certificate | None
    """None: the file is damaged."""


class Keyring:
    """One keyring. Safe to use from several threads."""

    def __init__(self, path: Path, engine: Engine) -> None:
        """Open an existing keyring. Raises `KeyringError` where it is missing, not private, or of another format."""
        opening.require(path)
        self.path = path
        self.engine = engine
        self._lock = threading.RLock()
        self._looked = -LOOK_EVERY
        self._certificates: dict[Path, _Cached] = {}
        self._keys: dict[Fingerprint, tuple[_Stamp, TransferableSecretKey, Certificate]] = {}
        self._names: dict[str, list[Certificate]] = {}
        self._claims: dict[AddrSpec, list[Certificate]] = {}
        self._refused: dict[Path, str] = {}
        """Key files that do not serve, and why."""

    @classmethod
    def create(cls, path: Path, engine: Engine) -> "Keyring":
        """Open a keyring, making it first where it is missing, or was not made to its end. Raises `KeyringError`."""
        if opening.is_to_be_made(path):
            opening.make(path)
        return cls(path, engine)

    # --- looking ---

    def refresh(self, *, now: bool = False) -> None:
        """Look at the disk again if the last look is old enough, or `now`. Raises `KeyringError`."""
        with self._lock:
            if not now and time.monotonic() - self._looked < LOOK_EVERY:
                return
            changed = self._look_at_certificates()
            changed = self._look_at_keys() or changed
            if changed:
                self._index()
            self._looked = time.monotonic()

    def _look_at_certificates(self) -> bool:
        seen: dict[Path, _Cached] = {}
        for path, fingerprint in self._certificate_files():
            stamp = _stamp(path)
            if stamp is None:
                continue
            old = self._certificates.get(path)
            seen[path] = old if old and old.stamp == stamp else self._read_certificate(path, fingerprint, stamp)
        changed = seen != self._certificates
        self._certificates = seen
        return changed

    def _certificate_files(self) -> Iterator[tuple[Path, Fingerprint]]:
        root = layout.certificates(self.path)
        try:
            folders = [e for e in os.scandir(root) if len(e.name) == 2 and e.is_dir()]
            for folder in folders:
                for entry in os.scandir(folder.path):
                    fingerprint = layout.fingerprint_of_certificate(folder.name, entry.name)
                    if fingerprint is not None:
                        yield Path(entry.path), fingerprint
        except OSError as error:
            raise KeyringError(f"The keyring {self.path} cannot be read: {error.strerror}.") from error

    def _read_certificate(self, path: Path, fingerprint: Fingerprint, stamp: _Stamp) -> _Cached:
        try:
            if stamp[1] > MOST_FILE:
                raise OpenPGPError("the file is too large")
            parsed = Certificate.parse(path.read_bytes(), self.engine)
            if parsed.fingerprint != fingerprint:
                raise OpenPGPError("the file has the name of another certificate")
        except (OSError, OpenPGPError) as error:
            _log.warning("%s is left alone: %s", path, error)
            return _Cached(stamp, None)
        return _Cached(stamp, parsed)

    def _look_at_keys(self) -> bool:
        seen, refused = {}, dict[Path, str]()
        for path in sorted(layout.keys(self.path).glob(f"*{layout.KEY_SUFFIX}")):
            fingerprint, stamp = layout.fingerprint_of_key(path.name), _stamp(path)
            if fingerprint is None or stamp is None:
                continue
            old = self._keys.get(fingerprint)
            if old is not None and old[0] == stamp:
                seen[fingerprint] = old
                continue
            try:
                key = secret_key.split(files.read_private(path, most=MOST_FILE))
                if key.fingerprint != fingerprint:
                    raise OpenPGPError("the file has the name of another key")
                public = Certificate.parse(key.public_octets, self.engine)
            except (FileError, OpenPGPError) as error:
                refused[path] = _about(path, error)
                continue
            seen[fingerprint] = (stamp, key, public)
        for path, why in refused.items():
            if self._refused.get(path) != why:
                _log.warning("%s", why)
        self._refused = refused
        changed = seen != self._keys
        self._keys = seen
        return changed

    def _index(self) -> None:
        known = {c.certificate.fingerprint: c.certificate for c in self._certificates.values() if c.certificate}
        for fingerprint, (_, _, public) in self._keys.items():
            known[fingerprint] = self._united(known.get(fingerprint), public)
        for certificate in [c for c in known.values() if c.unproved_revokers]:
            try:
                known[certificate.fingerprint] = certificate.with_revokers(known)
            except OpenPGPError as error:
                _log.warning("the certificate %s is left alone: %s", certificate.fingerprint, error)
                del known[certificate.fingerprint]
        self._names, self._claims = {}, {}
        for certificate in known.values():
            for name in certificate.names():
                self._names.setdefault(name, []).append(certificate)
            for mailbox in certificate.claimed_addresses():
                self._claims.setdefault(mailbox, []).append(certificate)

    def _united(self, certificate: Certificate | None, public: Certificate) -> Certificate:
        """What `certs` and `keys` say of one key of our own: a writer may have been stopped between the two."""
        if certificate is None:
            return public
        try:
            merged = transferable.merge(certificate.octets, public.octets)
            return certificate if merged == certificate.octets else Certificate.parse(merged, self.engine)
        except OpenPGPError as error:
            _log.warning("the certificate of our own key %s is left alone: %s", public.fingerprint, error)
            return public

    # --- reading ---

    def certificates(self) -> tuple[Certificate, ...]:
        """All of them, our own public halves included, by fingerprint."""
        with self._lock:
            self.refresh()
            known = {c.fingerprint: c for group in self._names.values() for c in group}
            return tuple(known[f] for f in sorted(known))

    def lookup(self, name: str) -> Sequence[Certificate]:
        """By fingerprint or key ID (upper-case hexadecimal) of the primary key or a subkey."""
        with self._lock:
            self.refresh()
            return tuple(self._names.get(name, ()))

    def claims(self, mailbox: AddrSpec) -> Sequence[Certificate]:
        """Every certificate that carries this address, usable or not."""
        with self._lock:
            self.refresh()
            return tuple(self._claims.get(mailbox, ()))

    def refused_keys(self) -> tuple[str, ...]:
        """Sentences: the files of secret keys that do not serve, and why."""
        with self._lock:
            self.refresh()
            return tuple(self._refused.values())

    def secret_fingerprints(self) -> tuple[Fingerprint, ...]:
        """Of the secret keys, sorted."""
        with self._lock:
            self.refresh()
            return tuple(sorted(self._keys))

    def sole_secret(self, fingerprint: Fingerprint | None) -> Fingerprint:
        """That secret key, which must be there; None: the only one there is. Raises `KeyringError`."""
        present = self.secret_fingerprints()
        if fingerprint is not None:
            if fingerprint not in present:
                raise KeyringError(f"The keyring {self.path} has no secret key {fingerprint}.")
            return fingerprint
        if len(present) != 1:
            count = "no secret key" if not present else f"{len(present)} secret keys: name one with 'key'"
            raise KeyringError(f"The keyring {self.path} has {count}.")
        return present[0]

    def secret_octets(self, fingerprint: Fingerprint) -> bytes:
        """The transferable secret key, still protected. Raises `KeyringError`."""
        with self._lock:
            self.refresh()
            return self._key(fingerprint)[1].octets

    def own_certificate(self, fingerprint: Fingerprint) -> Certificate:
        """The public half of a secret key of ours, as `certs` has it where it does. Raises `KeyringError`."""
        with self._lock:
            self.refresh()
            _, _, public = self._key(fingerprint)
            return next((c for c in self._names.get(fingerprint, ()) if c.fingerprint == fingerprint), public)

    def _key(self, fingerprint: Fingerprint) -> tuple[_Stamp, TransferableSecretKey, Certificate]:
        if fingerprint not in self._keys:
            raise KeyringError(f"The keyring {self.path} has no secret key {fingerprint}.")
        return self._keys[fingerprint]

    # --- writing ---

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock of all writers; what was written is seen at once. Raises `KeyringError`. Not for nesting."""
        try:
            with files.locked(layout.lock(self.path)):
                yield
        except FileError as error:
            raise KeyringError(str(error)) from error
        self.refresh(now=True)

    def import_certificate(self, octets: bytes) -> tuple[Certificate, Imported]:
        """Merge one certificate (binary) with what is there. Raises `OpenPGPError`, `KeyringError`."""
        with self.writing():
            return self.merge_certificate(octets)

    def merge_certificate(self, octets: bytes) -> tuple[Certificate, Imported]:
        """The same, for who holds the lock."""
        new = keeping.kept(self._heard(Certificate.parse(octets, self.engine)))
        fingerprint = Certificate.parse(new, self.engine).fingerprint
        path = layout.certificate_file(self.path, fingerprint)
        old = self.certificate_on_disk(fingerprint)
        try:
            merged = new if old is None else transferable.merge(old, new)
        except OpenPGPError as error:
            raise KeyringError(f"{path} is damaged and must be moved away first: {error}.") from error
        # Before it is written: two that can be read may merge to one that is past a limit.
        found = self._heard(Certificate.parse(merged, self.engine))
        merged = keeping.kept(found)
        if merged == old:
            return found, Imported.UNCHANGED
        if merged != found.octets:
            found = self._heard(Certificate.parse(merged, self.engine))
        files.make_private_folder(path.parent)
        files.write_atomically(path, _bounded(found.octets))
        return found, Imported.NEW if old is None else Imported.UPDATED

    def _heard(self, certificate: Certificate) -> Certificate:
        """The same, with what the revokers that are here have revoked. Raises `LimitExceeded`."""
        names = certificate.unproved_revokers
        return certificate.with_revokers({c.fingerprint: c for name in names for c in self.lookup(name)})

    def remove_certificate(self, fingerprint: Fingerprint) -> None:
        """Delete a certificate. Raises `KeyringError` where there is none, or a secret key belongs to it."""
        if fingerprint in self.secret_fingerprints():
            raise KeyringError(f"{fingerprint} is a key of your own; its certificate stays with it.")
        path = layout.certificate_file(self.path, fingerprint)
        with self.writing():
            try:
                path.unlink()
            except FileNotFoundError:
                raise KeyringError(f"The keyring {self.path} has no certificate {fingerprint}.") from None
            except OSError as error:
                raise KeyringError(f"{path} cannot be removed: {error.strerror}.") from error

    def import_secret(self, octets: bytes) -> TransferableSecretKey:
        """Merge a transferable secret key (binary) with what is there; its public half becomes a certificate.

        Secret parts that are there stay as they are, with their passphrase. Raises `OpenPGPError`, and `KeyringError`
        for a key without a passphrase.
        """
        key = secret_key.split(octets)
        if not key.is_protected:
            raise KeyringError(
                f"The secret key {key.fingerprint} has no passphrase: "
                "import it with ithaca key import, which gives it one."
            )
        with self.writing():
            old = self.key_on_disk(key.fingerprint)
            merged = self._readable(octets if old is None else secret_key.merge(old, key), key.fingerprint)
            self.write_key(key.fingerprint, merged.octets)
            self.merge_certificate(key.public_octets)
        return merged

    def _readable(self, octets: bytes, fingerprint: Fingerprint) -> TransferableSecretKey:
        """What is kept of a secret key, as it will be read again: every secret part, and what is worth it of the rest.

        Raises `OpenPGPError`, `KeyringError`: nothing that cannot be read may take the place of what can.
        """
        key = secret_key.split(octets)
        public = keeping.kept(Certificate.parse(key.public_octets, self.engine), {p.public.body for p in key.parts})
        kept = secret_key.split(secret_key.join(public, (p.packet for p in key.parts), key.unknown))
        if kept.fingerprint != fingerprint or {p.packet for p in kept.parts} != {p.packet for p in key.parts}:
            raise KeyringError(f"The secret key {fingerprint} cannot be put together again.")
        return kept

    def key_on_disk(self, fingerprint: Fingerprint) -> TransferableSecretKey | None:
        """A secret key as it is at this moment, for who holds the lock; None: it is not there.

        Raises `KeyringError` for a file that cannot be read: it may hold what exists nowhere else.
        """
        path = layout.key_file(self.path, fingerprint)
        if not path.exists():
            return None
        try:
            return secret_key.split(files.read_private(path, most=MOST_FILE))
        except OpenPGPError as error:
            raise KeyringError(f"{path} is damaged and must be moved away first: {error}.") from error

    def certificate_on_disk(self, fingerprint: Fingerprint) -> bytes | None:
        """The octets of a certificate as they are at this moment; None: it is not there. Raises `KeyringError`."""
        path = layout.certificate_file(self.path, fingerprint)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeyringError(f"{path} cannot be read: {error.strerror}.") from error

    def write_key(self, fingerprint: Fingerprint, octets: bytes) -> None:
        """Replace the file of a secret key, for who holds the lock."""
        files.write_atomically(layout.key_file(self.path, fingerprint), _bounded(octets))


def _bounded(octets: bytes) -> bytes:
    """What no reader would take is not written."""
    if len(octets) > MOST_FILE:
        raise KeyringError(f"A file of a keyring must not have more than {MOST_FILE} octets.")
    return octets


def _about(path: Path, error: Exception) -> str:
    """Why a file of a secret key is left alone, with its name once."""
    said = str(error)
    return f"Left alone: {said}" if said.startswith(str(path)) else f"{path} is left alone: {said}."


def _stamp(path: Path) -> _Stamp | None:
    """What changes when a file is replaced; None: it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
