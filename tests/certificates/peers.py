"""sqop, gpg and rnp on the cases of the corpus, each call in a home of its own.

The law of this file: what a program says is put into the words of `judging.told`, and nothing is read into it.
"""

import hashlib
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from certificates.corpus import FOLDER, Read
from certificates.judging import signs, told
from openpgp.raw_secret import PASSPHRASE

PROGRAMS = ("sqop", "gpg", "rnp")
_SECONDS = 20
_DOCUMENT = b"for your eyes\n"


class Desk:
    """A folder for one call of a program, with the files of a case in it."""

    def __init__(self, folder: Path, case: Read) -> None:
        self.folder = folder
        self.case = case
        self.names: dict[str, Path] = {}
        for name, octets in (
            ("certificate", case.certificate),
            ("octets", case.octets),
            ("document", case.document),
            *((f"other{n}", other) for n, other in enumerate(case.others)),
        ):
            self.names[name] = folder / name
            self.names[name].write_bytes(octets)
        self.certificates = [path for name, path in self.names.items() if name.startswith(("certificate", "other"))]
        self.keys = [FOLDER / "bob.key", FOLDER / "sixtus.key"]

    def run(self, *command: str | Path, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """One call; one that does not end is a failure of its own kind."""
        environment = {"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        try:
            return subprocess.run(
                command, input=data, capture_output=True, timeout=_SECONDS, env=environment, check=False
            )
        except subprocess.TimeoutExpired as expired:
            return subprocess.CompletedProcess(command, 124, expired.stdout or b"", expired.stderr or b"")


def verdict(program: str, case: Read) -> str:
    """What a program makes of a case."""
    with tempfile.TemporaryDirectory(prefix="corpus-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o700)
        return _PROGRAMS[program](Desk(Path(folder), case))


def _used(case: Read, message: bytes) -> str:
    """Which keys a certificate's message went to, compared with ours: the programs choose one, Ithaca all."""
    named = {body[1:9].hex().upper() for tag, body in packets(message) if tag == 1}
    ours = {key[-16:] if len(key) == 40 else key[:16] for key in case.keys}
    if not named:
        return "refused"
    return "usable" if named <= ours or not ours else "other key"


def packets(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and body of the packets as far as they can be told, of what another program wrote."""
    at = 0
    while at + 1 < len(octets) and octets[at] & 0x80:
        tag = octets[at] & 0x3F
        if not octets[at] & 0x40:
            tag, kind = octets[at] >> 2 & 15, octets[at] & 3
            if kind == 3:
                yield tag, octets[at + 1 :]
                return
            start = at + 1 + (1 << kind)
            size = int.from_bytes(octets[at + 1 : start], "big")
        else:
            first = octets[at + 1]
            if first < 192:
                size, start = first, at + 2
            elif first < 224:
                size, start = (first - 192 << 8) + octets[at + 2 : at + 3][0] + 192, at + 3
            elif first == 255:
                size, start = int.from_bytes(octets[at + 2 : at + 6], "big"), at + 6
            else:
                return  # partial: data, which come last
        yield tag, octets[start : start + size]
        at = start + size


def fingerprint(certificate: bytes) -> str | None:
    """Of the first primary key; None: there is none."""
    for tag, body in packets(certificate):
        if tag == 6 and body:
            if body[0] == 6:
                return hashlib.sha256(b"\x9b" + len(body).to_bytes(4, "big") + body).hexdigest().upper()
            return hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body).hexdigest().upper()
    return None


# --- sqop ---


def _sqop(desk: Desk) -> str:
    case = desk.case
    if case.kind == "certificate":
        done = desk.run("sqop", "encrypt", "--no-armor", desk.names["certificate"], data=_DOCUMENT)
        return _used(case, done.stdout if done.returncode == 0 else b"")
    if case.kind == "signature":
        done = desk.run("sqop", "verify", desk.names["octets"], *desk.certificates, data=case.document)
        return told(len(done.stdout.splitlines()) if done.returncode == 0 else 0)
    if case.kind == "key":
        return signs(
            does=any(_sqop_signs(desk, *options) for options in (["--with-key-password", _password(desk)], []))
        )
    report = desk.folder / "report"
    if case.kind in ("message", "cleartext"):
        done = desk.run("sqop", "inline-verify", "--verifications-out", report, *desk.certificates, data=case.octets)
        return told(_lines(report) if done.returncode == 0 else 0)
    # It refuses a message without a good signature where it was given a certificate to verify with.
    with_signer = ["--verifications-out", report, "--verify-with", *desk.certificates[:1]]
    for options in (with_signer, []):
        done = desk.run("sqop", "decrypt", *options, "--", desk.keys[0], data=case.octets)
        if done.returncode == 0:
            return told(_lines(report) if options else 0, is_open=True)
    return told(0, is_open=False)


def _sqop_signs(desk: Desk, *options: str | Path) -> bool:
    done = desk.run("sqop", "sign", *options, "--", desk.names["octets"], data=desk.case.document)
    return done.returncode == 0 and bool(done.stdout)


def _password(desk: Desk) -> Path:
    path = desk.folder / "password"
    path.write_bytes(PASSPHRASE)
    return path


def _lines(report: Path) -> int:
    return len(report.read_bytes().splitlines()) if report.exists() else 0


# --- gpg ---


def _gpg(desk: Desk) -> str:
    case = desk.case
    home = ["gpg", "--homedir", desk.folder, "--batch", "--no-tty", "--yes", "--status-fd", "2", "--trust-model",
            "always", "--no-auto-check-trustdb", "--no-auto-key-locate", "--no-auto-key-retrieve"]  # fmt: skip
    if case.kind == "encrypted":
        try:
            desk.run(*home, "--import", desk.keys[0])
            desk.run(*home, "--import", *desk.certificates)
            done = desk.run(*home, "--decrypt", desk.names["octets"])
        finally:
            desk.run("gpgconf", "--homedir", desk.folder, "--kill", "all")
        return told(
            _goodsig(done),
            is_open=done.returncode in (0, 1) and b"DECRYPTION_OKAY" in done.stderr and bool(done.stdout),
        )
    if case.kind == "key":
        home += ["--pinentry-mode", "loopback", "--passphrase", PASSPHRASE.decode()]
        try:
            desk.run(*home, "--import", desk.names["octets"])
            done = desk.run(*home, "--output", "-", "--detach-sign", desk.names["document"])
        finally:
            desk.run("gpgconf", "--homedir", desk.folder, "--kill", "all")
        return signs(does=done.returncode == 0 and bool(done.stdout))
    home.insert(1, "--no-autostart")
    for certificate in desk.certificates:
        desk.run(*home, "--import", certificate)
    if case.kind == "certificate":
        name = fingerprint(case.certificate)
        if name is None:
            return "refused"
        done = desk.run(*home, "--encrypt", "--recipient", name, "--output", "-", data=_DOCUMENT)
        return _used(case, done.stdout if done.returncode == 0 else b"")
    if case.kind == "signature":
        done = desk.run(*home, "--verify", desk.names["octets"], desk.names["document"])
        return told(_goodsig(done))
    done = desk.run(*home, "--output", "-", "--decrypt", desk.names["octets"])
    return told(_goodsig(done) if done.returncode == 0 else 0)


def _goodsig(done: subprocess.CompletedProcess[bytes]) -> int:
    return len(re.findall(rb"^\[GNUPG:\] GOODSIG ", done.stderr, re.MULTILINE))


# --- rnp ---


def _rnp(desk: Desk) -> str:
    case = desk.case
    home = ["--homedir", desk.folder, "--notty", "--password", PASSPHRASE.decode() if case.kind == "key" else ""]
    if case.kind == "key":
        desk.run("rnpkeys", *home, "--import-keys", desk.names["octets"])
        done = desk.run("rnp", *home, "--sign", "--detach", "--output", "-", desk.names["document"])
        return signs(does=done.returncode == 0 and bool(done.stdout))
    for certificate in [*(desk.keys[:1] if case.kind == "encrypted" else []), *desk.certificates]:
        desk.run("rnpkeys", *home, "--import-keys", certificate)
    if case.kind == "certificate":
        name = fingerprint(case.certificate)
        if name is None:
            return "refused"
        done = desk.run("rnp", *home, "--encrypt", "--recipient", name, "--output", "-", data=_DOCUMENT)
        return _used(case, done.stdout if done.returncode == 0 else b"")
    if case.kind == "signature":
        done = desk.run("rnp", *home, "--verify", "--source", desk.names["document"], desk.names["octets"])
        return told(_good(done))
    done = desk.run("rnp", *home, "--decrypt", "--output", "-", data=case.octets)
    if case.kind in ("message", "cleartext"):
        return told(_good(done) if done.returncode == 0 else 0)
    # A signature that is not good ends it with an error, too, when everything is written already.
    return told(
        _good(done), is_open=bool(done.stdout) and (done.returncode == 0 or b"signature" in done.stderr.lower())
    )


def _good(done: subprocess.CompletedProcess[bytes]) -> int:
    return len(re.findall(rb"^Good signature made ", done.stderr, re.MULTILINE))


_PROGRAMS = {"sqop": _sqop, "gpg": _gpg, "rnp": _rnp}
