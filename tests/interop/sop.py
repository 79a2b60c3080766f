"""Programs with the Stateless OpenPGP command line (draft-dkg-openpgp-stateless-cli), Ithaca's among them.

The law of this file: one driver for all of them; where they differ stands in a `Dialect`. Exit codes are the draft's.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from interop.programs import Failed, Form, Kind, Opened, Secret, Unsaid, run

_UNSUPPORTED_OPTION, _UNSUPPORTED_SUBCOMMAND = 37, 69
_UNKNOWN_OPTION = (b"flag provided but not defined", b"which wasn't expected")
"""gosop's and sqop's words; their exit code says only that it failed."""


@dataclass(frozen=True)
class Dialect:
    """Where one program's command line differs from another's."""

    name: str
    kinds: Mapping[Kind, tuple[str, ...]]
    """The kinds of key that it makes, and the options that ask for each."""
    verifications: str = "--verifications-out"
    version_6: tuple[str, ...] = ()
    """The options of `encrypt` that ask for a version 2 SEIPD packet."""
    environment: Mapping[str, str] | None = None


class Sop:
    """One program; keys, certificates and signatures are files, which live as long as one call."""

    compressions: tuple[str, ...] = ()

    def __init__(self, dialect: Dialect, folder: Path, command: Path | str | None = None) -> None:
        self.name = dialect.name
        self.kinds = frozenset(dialect.kinds)
        self._dialect = dialect
        self._command = command or dialect.name
        self._home = folder / dialect.name
        self._home.mkdir(mode=0o700)

    def close(self) -> None:
        """Nothing runs."""

    def version(self) -> str:
        return self._call("version").decode().splitlines()[0]

    def _call(self, *arguments: str | Path, octets: bytes = b"") -> bytes:
        done = run([self._command, *arguments], octets, home=self._home, environment=self._dialect.environment)
        words = done.stderr.decode(errors="replace").strip()
        unknown = any(w in done.stderr for w in _UNKNOWN_OPTION)
        if done.returncode in {_UNSUPPORTED_OPTION, _UNSUPPORTED_SUBCOMMAND} or (done.returncode and unknown):
            raise Unsaid(f"{self.name} has no {' '.join(str(a) for a in arguments if '/' not in str(a))}: {words}")
        if done.returncode != 0:
            raise Failed(f"{self.name} {arguments[0]} ended with {done.returncode}: {words}")
        return done.stdout

    @contextmanager
    def _files(self) -> Iterator["_Files"]:
        with tempfile.TemporaryDirectory(dir=self._home) as folder:
            yield _Files(Path(folder))

    def generate(self, kind: Kind, password: bytes | None = None) -> bytes:
        # Who knows one kind alone has no such option, and has to say so itself.
        asking = self._dialect.kinds.get(kind, (f"--profile={kind.value}",))
        with self._files() as files:
            return self._call("generate-key", *asking, *files.unlocking(password), "Peer <peer@peers.example>")

    def certificate(self, secret: bytes) -> bytes:
        return self._call("extract-cert", octets=secret)

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
        if compression or aead:
            raise Unsaid(f"{self.name} encrypt: the Stateless OpenPGP command line has no word for it")
        with self._files() as files:
            options = list(self._dialect.version_6) if version == 6 else []
            # No draft has it; Ithaca's own.
            options += ["--hidden"] if hidden else []
            options += [f"--with-password={files.add(password)}"] if password is not None else []
            if by is not None:
                options += [*files.unlocking(by.password), f"--sign-with={files.add(by.octets)}"]
            return self._call("encrypt", *options, *map(files.add, to), octets=octets)

    def decrypt(
        self,
        message: bytes,
        secret: Secret | None = None,
        *,
        signer: bytes | None = None,
        password: bytes | None = None,
    ) -> Opened:
        with self._files() as files:
            found = files.folder / "verifications"
            options = [f"--with-password={files.add(password)}"] if password is not None else []
            options += files.unlocking(secret.password) if secret else []
            if signer is not None:
                options += [f"--verify-with={files.add(signer)}", f"{self._dialect.verifications}={found}"]
            keys = [files.add(secret.octets)] if secret else []
            plaintext = self._call("decrypt", *options, *keys, octets=message)
            return Opened(plaintext, _verifications(found.read_bytes()) if signer is not None else ())

    def sign(self, octets: bytes, by: Secret, form: Form) -> bytes:
        with self._files() as files:
            command = ["sign"] if form is Form.DETACHED else ["inline-sign"]
            command += ["--as=clearsigned"] if form is Form.CLEARTEXT else []
            return self._call(*command, *files.unlocking(by.password), files.add(by.octets), octets=octets)

    def verify(self, signed: bytes, signer: bytes, document: bytes | None = None) -> Opened:
        with self._files() as files:
            if document is not None:
                found = self._call("verify", files.add(signed), files.add(signer), octets=document)
                return Opened(document, _verifications(found))
            out = files.folder / "verifications"
            plaintext = self._call("inline-verify", f"--verifications-out={out}", files.add(signer), octets=signed)
            return Opened(plaintext, _verifications(out.read_bytes()))


def _verifications(lines: bytes) -> tuple[str, ...]:
    """VERIFICATIONS: time, fingerprint of the signing key, fingerprint of the primary key."""
    return tuple(line.split()[2].upper() for line in lines.decode().splitlines())


@dataclass
class _Files:
    folder: Path
    _count: int = 0

    def add(self, octets: bytes) -> Path:
        self._count += 1
        path = self.folder / str(self._count)
        path.write_bytes(octets)
        path.chmod(0o600)
        return path

    def unlocking(self, password: bytes | None) -> list[str]:
        return [] if password is None else [f"--with-key-password={self.add(password)}"]


SQOP = Dialect("sqop", {Kind.ED25519: ()})
GOSOP = Dialect("gosop", {}, verifications="--verify-out")
"""Its only kind is RSA of 2048 bits."""
PGPAINLESS = Dialect(
    "pgpainless-cli",
    {Kind.ED25519: ()},
    # A Java machine that is to live for half a second; what it has to say of itself must not stand in the message.
    environment={"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:+DisplayVMOutputToStderr"},
)
ITHACA = Dialect(
    "ithaca-sop",
    {
        Kind.ED25519: ("--profile=rfc4880-ed25519",),
        Kind.RSA3072: ("--profile=rfc4880-rsa3072",),
        Kind.P256: ("--profile=rfc4880-p256",),
        Kind.P384: ("--profile=rfc4880-p384",),
        Kind.BRAINPOOL256: ("--profile=rfc4880-brainpool256",),
        Kind.V6_ED25519: ("--profile=rfc9580",),
        Kind.V6_ED448: ("--profile=rfc9580-448",),
    },
    version_6=("--profile=rfc9580",),
)
