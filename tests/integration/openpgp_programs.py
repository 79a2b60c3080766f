"""gpg, sqop and rnp behind the same few operations, each with a home folder of its own.

The law of this file: a program works alone. Nothing of Ithaca stands here, keys are named by the fingerprint of their
primary key, and what a program does not do well is `Failed`, with its own words.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PASSPHRASE = b"no man is my name"
"""Of every key that a program makes or is given."""
KINDS = ("ed25519", "rsa3072", "p256")
"""Signing with one, encrypting with the like of it: Ed25519 and Cv25519, RSA of 3072 bits, P-256."""


class Failed(Exception):
    """A program refused, or ended with an error."""


@dataclass(frozen=True)
class Signed:
    """A detached signature, armored, and the name of its hash as RFC 3156 §5 wants it."""

    signature: bytes
    micalg: str


@dataclass(frozen=True)
class Opened:
    """What decryption gave, and the primary fingerprints of the good signatures that were inside."""

    plaintext: bytes
    signers: tuple[str, ...]


class Program(Protocol):
    """One OpenPGP program. Every operation raises `Failed`."""

    name: str

    def make_key(self, kind: str, user_id: str) -> str:
        """Make a key that is protected by `PASSPHRASE`; its fingerprint."""

    def certificate(self, key: str) -> bytes:
        """The certificate of a key, armored."""

    def secret(self, key: str) -> bytes:
        """The transferable secret key, armored and protected."""

    def take(self, key: str, octets: bytes) -> None:
        """Import a certificate or a secret key."""

    def sign(self, octets: bytes, by: str) -> Signed:
        """A detached signature."""

    def encrypt(self, octets: bytes, to: Sequence[str], *, by: str | None = None, hidden: bool = False) -> bytes:
        """An armored message, signed `by` a key if one is named; `hidden`: no key ID says for whom it is."""

    def decrypt(self, octets: bytes, signer: str | None = None) -> Opened:
        """Open a message with the keys that are here, and verify it with the certificate of `signer`."""

    def verify(self, octets: bytes, signature: bytes, signer: str) -> tuple[str, ...]:
        """Primary fingerprints of good detached signatures."""

    def close(self) -> None:
        """End what the program left running."""


def _run(home: Path, command: Sequence[str | Path], octets: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    # A home of its own in the environment too: what the person at this machine has must not be read or changed.
    environment = {**os.environ, "HOME": str(home), "GNUPGHOME": str(home), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, input=octets, capture_output=True, timeout=60, env=environment, check=False)
    if done.returncode != 0:
        raise Failed(f"{Path(command[0]).name} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done


def _private(home: Path, name: str, octets: bytes) -> Path:
    path = home / name
    path.write_bytes(octets)
    path.chmod(0o600)
    return path


# --- GnuPG -------------------------------------------------------------------------------------------

_GPG_KINDS = {"ed25519": ("ed25519", "cv25519"), "rsa3072": ("rsa3072", "rsa3072"), "p256": ("nistp256", "nistp256")}
_MICALGS = {8: "pgp-sha256", 9: "pgp-sha384", 10: "pgp-sha512"}
_LONGEST_HOME = 80
"""gpg-agent's sockets lie in the home; unix(7) gives a path 108 octets."""


class Gpg:
    """GnuPG, whose agent has to be ended."""

    name = "gpg"

    def __init__(self, folder: Path) -> None:
        self.home = folder / "gpg"
        if len(str(self.home)) > _LONGEST_HOME:
            self.home = Path(tempfile.mkdtemp(prefix="gpg-", dir="/tmp"))
        self.home.mkdir(mode=0o700, exist_ok=True)
        # Of its own accord the agent takes a count that costs a third of a second at each use of a key.
        (self.home / "gpg-agent.conf").write_text("s2k-count 1048576\n")

    def close(self) -> None:
        _run(self.home, ["gpgconf", "--homedir", self.home, "--kill", "all"])
        # The home goes too: it may lie outside the folder that was given. The agent takes its sockets away meanwhile.
        shutil.rmtree(self.home, ignore_errors=True)

    def _gpg(self, *arguments: str | Path, octets: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = ["gpg", "--homedir", self.home, "--batch", "--no-tty", "--yes", "--trust-model", "always"]
        command += ["--pinentry-mode", "loopback", "--passphrase", PASSPHRASE.decode(), "--status-fd", "2"]
        return _run(self.home, [*command, *arguments], octets)

    @staticmethod
    def _status(done: subprocess.CompletedProcess[bytes], keyword: str) -> list[list[str]]:
        """The arguments of every status line with this keyword (doc/DETAILS)."""
        lines = re.findall(rf"^\[GNUPG:\] {keyword} (.*)$", done.stderr.decode(), re.MULTILINE)
        return [line.split() for line in lines]

    def make_key(self, kind: str, user_id: str) -> str:
        signing, encrypting = _GPG_KINDS[kind]
        made = self._gpg("--quick-generate-key", user_id, signing, "sign,cert", "never")
        ((_, key, *_),) = self._status(made, "KEY_CREATED")
        self._gpg("--quick-add-key", key, encrypting, "encr", "never")
        return key

    def certificate(self, key: str) -> bytes:
        return self._gpg("--armor", "--export", key).stdout

    def secret(self, key: str) -> bytes:
        return self._gpg("--armor", "--export-secret-keys", key).stdout

    def take(self, key: str, octets: bytes) -> None:
        done = self._gpg("--import", octets=octets)
        if key not in {line[-1] for line in self._status(done, "IMPORT_OK")}:
            raise Failed(f"gpg imported something else than {key}")

    def sign(self, octets: bytes, by: str) -> Signed:
        done = self._gpg("--armor", "--local-user", by, "--detach-sign", octets=octets)
        ((_, _, algorithm, *_),) = self._status(done, "SIG_CREATED")
        return Signed(done.stdout, _MICALGS[int(algorithm)])

    def encrypt(self, octets: bytes, to: Sequence[str], *, by: str | None = None, hidden: bool = False) -> bytes:
        recipients = [a for key in to for a in ("--hidden-recipient" if hidden else "--recipient", key)]
        signing = ["--local-user", by, "--sign"] if by else []
        return self._gpg("--armor", *recipients, *signing, "--encrypt", octets=octets).stdout

    def throw_key_ids(self, octets: bytes, to: Sequence[str]) -> bytes:
        """The other way to hide: recipients are named to gpg, and not in the message."""
        recipients = [a for key in to for a in ("--recipient", key)]
        return self._gpg("--armor", "--throw-keyids", *recipients, "--encrypt", octets=octets).stdout

    def decrypt(self, octets: bytes, signer: str | None = None) -> Opened:
        done = self._gpg("--decrypt", octets=octets)
        return Opened(done.stdout, self._signers(done))

    def verify(self, octets: bytes, signature: bytes, signer: str) -> tuple[str, ...]:
        return self._signers(self._gpg("--verify", _private(self.home, "signature", signature), "-", octets=octets))

    def _signers(self, done: subprocess.CompletedProcess[bytes]) -> tuple[str, ...]:
        # An expired or revoked key has a VALIDSIG line too, but no GOODSIG.
        good = {line[0] for line in self._status(done, "GOODSIG")}
        valid = self._status(done, "VALIDSIG")
        return tuple(line[9] for line in valid if line[0][-16:] in good)

    def key_ids(self, octets: bytes) -> list[str]:
        """The key IDs that a message names, sorted; zeros for a hidden recipient."""
        packets = self.packets(octets)
        return sorted(re.findall(r"^:pubkey enc packet:.* keyid ([0-9A-F]{16})$", packets, re.MULTILINE))

    def packets(self, octets: bytes) -> str:
        """Packet by packet, in gpg's words; nothing is decrypted."""
        return self._gpg("--list-only", "--list-packets", octets=octets).stdout.decode()


# --- Sequoia -----------------------------------------------------------------------------------------


class Sqop:
    """Sequoia's Stateless OpenPGP (draft-dkg-openpgp-stateless-cli): keys are files, named by fingerprint."""

    name = "sqop"

    def __init__(self, folder: Path) -> None:
        self.home = folder / "sqop"
        self.home.mkdir(mode=0o700)
        self._passphrase = _private(self.home, "passphrase", PASSPHRASE)

    def _sqop(self, *arguments: str | Path, octets: bytes = b"") -> bytes:
        return _run(self.home, ["sqop", *arguments], octets).stdout

    def _unlocking(self) -> str:
        return f"--with-key-password={self._passphrase}"

    def _key(self, key: str) -> Path:
        return self.home / f"{key}.key"

    def _certificate(self, key: str) -> Path:
        return self.home / f"{key}.cert"

    def make_key(self, kind: str, user_id: str) -> str:
        if kind != "ed25519":
            raise Failed("sqop has no way to say what kind of key it is to make")
        octets = self._sqop("generate-key", self._unlocking(), user_id)
        # It never tells the fingerprint of a key but in what it verified.
        key = _private(self.home, "new.key", octets)
        certificate = _private(self.home, "new.cert", self._sqop("extract-cert", octets=octets))
        signature = _private(self.home, "new.sig", self._sqop("sign", self._unlocking(), key))
        (fingerprint,) = _verifications(self._sqop("verify", signature, certificate))
        self.take(fingerprint, octets)
        return fingerprint

    def certificate(self, key: str) -> bytes:
        return self._certificate(key).read_bytes()

    def secret(self, key: str) -> bytes:
        return self._key(key).read_bytes()

    def take(self, key: str, octets: bytes) -> None:
        if b"PRIVATE KEY" in octets:
            _private(self.home, self._key(key).name, octets)
            octets = self._sqop("extract-cert", octets=octets)
        _private(self.home, self._certificate(key).name, octets)

    def sign(self, octets: bytes, by: str) -> Signed:
        micalg = self.home / "micalg"
        micalg.unlink(missing_ok=True)
        made = self._sqop("sign", self._unlocking(), f"--micalg-out={micalg}", self._key(by), octets=octets)
        return Signed(made, micalg.read_text().strip())

    def encrypt(self, octets: bytes, to: Sequence[str], *, by: str | None = None, hidden: bool = False) -> bytes:
        options = ["--hidden-recipient"] if hidden else []
        options += [self._unlocking(), f"--sign-with={self._key(by)}"] if by else []
        return self._sqop("encrypt", *options, *map(self._certificate, to), octets=octets)

    def decrypt(self, octets: bytes, signer: str | None = None) -> Opened:
        found = self.home / "verifications"
        found.unlink(missing_ok=True)
        options = [f"--verify-with={self._certificate(signer)}", f"--verifications-out={found}"] if signer else []
        keys = sorted(self.home.glob("*.key"))
        plaintext = self._sqop("decrypt", self._unlocking(), *options, "--", *keys, octets=octets)
        return Opened(plaintext, _verifications(found.read_bytes()) if signer else ())

    def verify(self, octets: bytes, signature: bytes, signer: str) -> tuple[str, ...]:
        file = _private(self.home, "signature", signature)
        return _verifications(self._sqop("verify", file, self._certificate(signer), octets=octets))

    def close(self) -> None:
        """Nothing runs."""

    def options(self) -> str:
        """What it says that it can be told when it encrypts."""
        return self._sqop("encrypt", "--help").decode()

    def everything_it_makes(self) -> list[bytes]:
        """A certificate of every kind that it can be asked for."""
        try:
            lines = self._sqop("list-profiles", "generate-key").decode().splitlines()
            profiles = [line.partition(":")[0] for line in lines]
        except Failed:
            profiles = []
        choices = [[f"--profile={p}"] for p in profiles] or [[]]
        return [self._sqop("extract-cert", octets=self._sqop("generate-key", *c, "x")) for c in choices]


def _verifications(lines: bytes) -> tuple[str, ...]:
    """VERIFICATIONS: time, fingerprint of the signing key, fingerprint of the primary key."""
    return tuple(line.split()[2] for line in lines.decode().splitlines())


# --- RNP ---------------------------------------------------------------------------------------------

_RNP_ANSWERS = {"ed25519": b"22\n", "p256": b"19\n1\n"}
"""What ``--expert`` asks: algorithm, and curve where there is a choice."""
_RNP_GOOD = re.compile(r"Good signature made .*\nusing \w+ key [0-9a-f]{16}\n\npub .*\n +([0-9a-f]{40})\n")
_RNP_LOG = re.compile(r"^\[\w+\(\) .*\n", re.MULTILINE)
"""Its library's own log goes to the same place, between any two lines."""


class Rnp:
    """RNP, which Thunderbird uses as a library."""

    name = "rnp"

    def __init__(self, folder: Path) -> None:
        self.home = folder / "rnp"
        self.home.mkdir(mode=0o700)

    def _do(self, program: str, *arguments: str | Path, octets: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = [program, "--homedir", self.home, "--notty", "--password", PASSPHRASE.decode()]
        return _run(self.home, [*command, *arguments], octets)

    def make_key(self, kind: str, user_id: str) -> str:
        how = ["--expert"] if kind in _RNP_ANSWERS else ["--numbits", kind.removeprefix("rsa")]
        made = self._do(
            "rnpkeys", "--generate-key", *how, "--userid", user_id, octets=_RNP_ANSWERS.get(kind, b"")
        ).stdout
        return re.findall(r"^ +([0-9a-f]{40})$", made.decode(), re.MULTILINE)[0].upper()

    def certificate(self, key: str) -> bytes:
        return self._do("rnpkeys", "--export-key", key).stdout

    def secret(self, key: str) -> bytes:
        return self._do("rnpkeys", "--export-key", "--secret", key).stdout

    def take(self, key: str, octets: bytes) -> None:
        done = self._do("rnpkeys", "--import-keys", _private(self.home, "new", octets))
        if key.lower().encode() not in done.stdout + done.stderr:
            raise Failed(f"rnp imported something else than {key}")

    def sign(self, octets: bytes, by: str) -> Signed:
        # It does not tell its hash afterwards, so it is told before.
        command = ["--sign", "--detach", "--armor", "--hash", "SHA256", "--userid", by, "--output", "-"]
        return Signed(self._do("rnp", *command, octets=octets).stdout, "pgp-sha256")

    def encrypt(self, octets: bytes, to: Sequence[str], *, by: str | None = None, hidden: bool = False) -> bytes:
        options = [a for key in to for a in ("--recipient", key)]
        options += ["--sign", "--userid", by] if by else []
        options += ["--hidden-recipient"] if hidden else []
        return self._do("rnp", "--encrypt", "--armor", *options, "--output", "-", octets=octets).stdout

    def decrypt(self, octets: bytes, signer: str | None = None) -> Opened:
        done = self._do("rnp", "--decrypt", "--output", "-", octets=octets)
        return Opened(done.stdout, _rnp_signers(done))

    def verify(self, octets: bytes, signature: bytes, signer: str) -> tuple[str, ...]:
        document = _private(self.home, "document", octets)
        file = _private(self.home, "signature.sig", signature)
        return _rnp_signers(self._do("rnp", "--verify", "--source", document, file))

    def options(self) -> str:
        """What it says that it can be told."""
        done = self._do("rnp", "--help")
        return (done.stdout + done.stderr).decode()

    def close(self) -> None:
        """Nothing runs."""


def _rnp_signers(done: subprocess.CompletedProcess[bytes]) -> tuple[str, ...]:
    return tuple(found.upper() for found in _RNP_GOOD.findall(_RNP_LOG.sub("", done.stderr.decode())))
