"""RNP, which Thunderbird uses as a library.

The law of this file: one home for each secret key with its password, and one for work without a secret key, as with
GnuPG; a home is used by one call at a time, since RNP takes no lock on its key rings.
"""

import re
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

from interop import framing
from interop.once import Once
from interop.programs import Failed, Form, Kind, Opened, Secret, Unsaid, run

_ASKING = {
    Kind.ED25519: (["--expert"], b"22\n"),
    Kind.RSA3072: (["--numbits", "3072"], b""),
    Kind.P256: (["--expert"], b"19\n1\n"),
    Kind.P384: (["--expert"], b"19\n2\n"),
    Kind.BRAINPOOL256: (["--expert"], b"19\n4\n"),
}
"""Options, and the answers to what ``--expert`` asks: algorithm, and curve where there is a choice."""
_FORMS = {Form.INLINE: ["--sign"], Form.DETACHED: ["--sign", "--detach"], Form.CLEARTEXT: ["--clearsign"]}
_NOT_COMPRESSED = ["-z", "0"]
_GOOD = re.compile(r"^Good signature made .*\nusing \w+ key ([0-9a-f]{16})$", re.MULTILINE)
_LOG = re.compile(r"^\[\w+\(\) .*\n", re.MULTILINE)
"""Its library's own log goes to the same place, between any two lines."""


class Rnp:
    """rnp and rnpkeys."""

    name = "rnp"
    kinds = frozenset(_ASKING)
    compressions = ("zip", "zlib", "bzip")

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "rnp"
        self._folder.mkdir(mode=0o700)
        self._homes: Once[_Home] = Once()

    def close(self) -> None:
        """Nothing runs."""

    def version(self) -> str:
        return run(["rnp", "--version"], home=self._folder).stdout.decode().splitlines()[0]

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
        if kind not in _ASKING:
            raise Unsaid(f"rnp has no key of {kind.value}")
        home = _Home(Path(tempfile.mkdtemp(dir=self._folder)), password)
        options, answers = _ASKING[kind]
        home("rnpkeys", "--generate-key", *options, "--userid", "peer", octets=answers)
        return home("rnpkeys", "--export-key", "--secret", "peer").stdout

    def certificate(self, secret: bytes) -> bytes:
        with self._home(Secret(secret)) as home:
            return home("rnpkeys", "--export-key", framing.fingerprint(secret)).stdout

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
            raise Unsaid("rnp writes no version 2 SEIPD packet")
        with self._home(by, *to) as home:
            options = [a for certificate in to for a in ("--recipient", framing.fingerprint(certificate))]
            options += [f"--{compression}", "-z", "6"] if compression else _NOT_COMPRESSED
            options += ["--sign", *home.signing(by)] if by else []
            options += ["--hidden-recipient"] if hidden else []
            return home("rnp", "--encrypt", "--armor", *options, "--output", "-", octets=octets).stdout

    def decrypt(
        self,
        message: bytes,
        secret: Secret | None = None,
        *,
        signer: bytes | None = None,
        password: bytes | None = None,
    ) -> Opened:
        if password is not None:
            raise Unsaid("rnp reads no version 2 SEIPD packet")
        with self._home(secret, *([signer] if signer else [])) as home:
            done = home("rnp", "--decrypt", "--output", "-", octets=message)
            return Opened(done.stdout, home.signers(done))

    def sign(self, octets: bytes, by: Secret, form: Form) -> bytes:
        with self._home(by) as home:
            options = [*_FORMS[form], *home.signing(by), *([] if form is Form.CLEARTEXT else _NOT_COMPRESSED)]
            return home("rnp", *options, "--armor", "--output", "-", octets=octets).stdout

    def verify(self, signed: bytes, signer: bytes, document: bytes | None = None) -> Opened:
        with self._home(None, signer) as home:
            if document is None:
                done = home("rnp", "--decrypt", "--output", "-", octets=signed)
                return Opened(done.stdout, home.signers(done))
            home.signature.write_bytes(signed)
            home.document.write_bytes(document)
            done = home("rnp", "--verify", "--source", home.document, home.signature)
            return Opened(document, home.signers(done))


class _Home:
    """A home folder: key rings, and the files of one call."""

    def __init__(self, folder: Path, password: bytes | None) -> None:
        self.lock = threading.Lock()
        self.signature = folder / "signature.sig"
        self.document = folder / "document"
        self._folder = folder
        self._password = password or b""
        self._added: set[bytes] = set()
        self._primary: dict[str, str] = {}

    def __call__(self, program: str, *arguments: str | Path, octets: bytes = b"") -> CompletedProcess[bytes]:
        command = [program, "--homedir", self._folder, "--notty", "--password", self._password.decode()]
        done = run([*command, *arguments], octets, home=self._folder)
        words = done.stderr.decode(errors="replace").strip()
        if b"unrecognized option" in done.stderr:
            raise Unsaid(f"{program}: {words}")
        if done.returncode != 0:
            raise Failed(f"{program} ended with {done.returncode}: {words}")
        return done

    def add(self, octets: bytes) -> None:
        """A certificate or a secret key."""
        if octets in self._added:
            return
        fingerprint = framing.fingerprint(octets)
        if fingerprint in self._primary.values():
            # The certificate of the secret key that is here: nothing is said of an import that changes nothing.
            return
        file = self._folder / "new"
        file.write_bytes(octets)
        done = self("rnpkeys", "--import-keys", file)
        if fingerprint.lower().encode() not in done.stdout + done.stderr:
            raise Failed(f"rnp imported something else than {fingerprint}")
        self._added.add(octets)
        self._primary |= {key[-16:].lower(): fingerprint for key in framing.fingerprints(octets)}

    def signers(self, done: CompletedProcess[bytes]) -> tuple[str, ...]:
        """It names the key that signed, which may be a subkey."""
        words = _LOG.sub("", done.stderr.decode(errors="replace"))
        return tuple(self._primary[key] for key in _GOOD.findall(words))

    def signing(self, by: Secret) -> tuple[str, str]:
        return "--userid", framing.fingerprint(by.octets)
