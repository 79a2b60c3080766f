"""GnuPG.

The law of this file: one home for each secret key with its password, and one for work without a secret key; certificates
are added to a home as they are needed, so what a home can do never depends on what was done in another.
"""

import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

from integration.openpgp_programs import Gpg as Keyring
from interop import framing
from interop.once import Once
from interop.programs import Form, Kind, Opened, Secret, Unsaid, run

_KINDS = {
    Kind.ED25519: ("ed25519", "cv25519"),
    Kind.RSA3072: ("rsa3072", "rsa3072"),
    Kind.P256: ("nistp256", "nistp256"),
    Kind.P384: ("nistp384", "nistp384"),
    Kind.BRAINPOOL256: ("brainpoolP256r1", "brainpoolP256r1"),
}
_FORMS = {Form.INLINE: "--sign", Form.DETACHED: "--detach-sign", Form.CLEARTEXT: "--clear-sign"}


class Gpg:
    """gpg, whose agents have to be ended."""

    name = "gpg"
    kinds = frozenset(_KINDS)
    compressions = ("zip", "zlib", "bzip2")

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "gnupg"
        self._folder.mkdir(mode=0o700)
        self._homes: Once[_Home] = Once()

    def close(self) -> None:
        for home in self._homes.values():
            home.close()

    def version(self) -> str:
        return run(["gpg", "--version"], home=self._folder).stdout.decode().splitlines()[0]

    @contextmanager
    def _home(self, secret: Secret | None, *certificates: bytes) -> Iterator["_Home"]:
        identity = secret and (secret.octets, secret.password)
        home = self._homes(
            identity, lambda: _Home(Path(tempfile.mkdtemp(dir=self._folder)), secret and secret.password)
        )
        with home.lock:
            for octets in ([secret.octets] if secret else []) + list(certificates):
                home.add(octets)
            yield home

    def generate(self, kind: Kind, password: bytes | None = None) -> bytes:
        if kind not in _KINDS:
            raise Unsaid(f"gpg has no key of {kind.value}")
        home = self._homes((kind, password), lambda: _Home(Path(tempfile.mkdtemp(dir=self._folder)), password))
        signing, encrypting = _KINDS[kind]
        with home.lock:
            made = home("--quick-generate-key", f"Peer <{kind.name}@peers.example>", signing, "sign,cert", "never")
            ((_, key, *_),) = home.status(made, "KEY_CREATED")
            home("--quick-add-key", key, encrypting, "encr", "never")
            return home("--armor", "--export-secret-keys", key).stdout

    def certificate(self, secret: bytes) -> bytes:
        with self._home(Secret(secret)) as home:
            return home("--armor", "--export", framing.fingerprint(secret)).stdout

    def encrypt(
        self,
        octets: bytes,
        to: Sequence[bytes] = (),
        *,
        by: Secret | None = None,
        password: bytes | None = None,
        hidden: bool = False,
        compression: str | None = None,
        aead: str | None = None,
        version: int = 4,
    ) -> bytes:
        if password is not None or aead or version != 4:
            raise Unsaid("gpg writes no version 2 SEIPD packet")
        with self._home(by, *to) as home:
            who = "--hidden-recipient" if hidden else "--recipient"
            options = [a for certificate in to for a in (who, framing.fingerprint(certificate))]
            options += ["--compress-algo", compression or "none"]
            options += ["--sign", *home.signing(by)] if by else []
            return home("--armor", *options, "--encrypt", octets=octets).stdout

    def decrypt(
        self,
        message: bytes,
        secret: Secret | None = None,
        *,
        signer: bytes | None = None,
        password: bytes | None = None,
    ) -> Opened:
        if password is not None:
            raise Unsaid("gpg reads no version 2 SEIPD packet")
        with self._home(secret, *([signer] if signer else [])) as home:
            return home.opened(home("--decrypt", octets=message))

    def sign(self, octets: bytes, by: Secret, form: Form) -> bytes:
        with self._home(by) as home:
            return home("--armor", "--compress-algo", "none", *home.signing(by), _FORMS[form], octets=octets).stdout

    def verify(self, signed: bytes, signer: bytes, document: bytes | None = None) -> Opened:
        with self._home(None, signer) as home:
            if document is None:
                return home.opened(home("--decrypt", octets=signed))
            home.signature.write_bytes(signed)
            return Opened(document, home.opened(home("--verify", home.signature, "-", octets=document)).signers)


class _Home:
    """A home folder with an agent of its own."""

    def __init__(self, folder: Path, password: bytes | None) -> None:
        self.lock = threading.Lock()
        self.signature = folder / "signature"
        self._keyring = Keyring(folder)
        self._password = password
        self._added: set[bytes] = set()

    def __call__(self, *arguments: str | Path, octets: bytes = b"") -> CompletedProcess[bytes]:
        # Of several passphrases the last one counts.
        done = self._keyring._gpg("--passphrase", (self._password or b"").decode(), *arguments, octets=octets)
        # What a signature holds is printed as it is.
        done.stderr = done.stderr.decode(errors="replace").encode()
        return done

    def close(self) -> None:
        self._keyring.close()

    def add(self, octets: bytes) -> None:
        """A certificate or a secret key."""
        if octets not in self._added:
            self._keyring.take(framing.fingerprint(octets), octets)
            self._added.add(octets)

    def status(self, done: CompletedProcess[bytes], keyword: str) -> list[list[str]]:
        return self._keyring._status(done, keyword)

    def signing(self, by: Secret) -> tuple[str, str]:
        return "--local-user", framing.fingerprint(by.octets)

    def opened(self, done: CompletedProcess[bytes]) -> Opened:
        return Opened(done.stdout, self._keyring._signers(done))
