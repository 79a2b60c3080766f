"""The figures of OpenPGP by itself: whole processes beside gpg and sqop, small messages in process, and memory.

The law of this file: every ratio is between programs that did the same work in turn in this run, on the same octets,
from a file into a file, each with a key of its own.
"""

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import people
from bench import measuring
from bench.measuring import Figure
from ithaca import work
from ithaca.openpgp import decryption
from ithaca.openpgp.encryption import BinaryEncryptor, Encryptor
from ithaca.openpgp.engine import Recipient
from ithaca.openpgp.profile import OLD
from ithaca.verdict import SignatureState

LARGE = 256 << 20
SMALL = 2048
ROUNDS = 3
SMALL_ROUNDS = 200
PROGRAMS = ("gpg", "sqop")
SCRIPT = shutil.which("ithaca-sop") or "ithaca-sop"


@dataclass(frozen=True, slots=True)
class Run:
    """One whole process."""

    seconds: float
    peak: int
    """Octets of memory that it held at most, with its children."""


@dataclass(frozen=True, slots=True)
class Place:
    """Keys, home and octets of one run of this bench."""

    folder: Path
    cores: int

    def path(self, name: str) -> Path:
        """A file in it."""
        return self.folder / name

    def gpg(self, *arguments: str) -> list[str]:
        """The command line of gpg in a home of its own."""
        home = str(self.path("gnupg"))
        return ["gpg", "--homedir", home, "--batch", "--quiet", "--no-tty", "--trust-model", "always", *arguments]


def run(command: list[str], source: Path, target: Path) -> Run:
    """Run it from one file into another; raises where it fails."""
    with source.open("rb") as given, target.open("wb") as out:
        before = time.perf_counter()
        process = subprocess.Popen(command, stdin=given, stdout=out, stderr=subprocess.PIPE)
        assert process.stderr is not None
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed: {errors.decode(errors='replace')}")
    return Run(time.perf_counter() - before, usage.ru_maxrss << 10)


def prepare(folder: Path) -> Place:
    """Keys for everybody, and the octets."""
    place = Place(folder, len(os.sched_getaffinity(0)))
    place.path("empty").write_bytes(b"")
    with place.path("large").open("wb") as file:
        for _ in range(LARGE >> 20):
            file.write(os.urandom(1 << 20))
    place.path("small").write_bytes(os.urandom(SMALL))
    place.path("gnupg").mkdir(mode=0o700)
    user = "Bench <bench@example.org>"
    subprocess.run(
        place.gpg("--passphrase", "", "--quick-generate-key", user, "ed25519", "sign"), check=True, capture_output=True
    )
    listed = subprocess.run(
        place.gpg("--with-colons", "--list-keys"), check=True, capture_output=True, text=True
    ).stdout
    fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))
    subprocess.run(
        place.gpg("--passphrase", "", "--quick-add-key", fingerprint, "cv25519", "encr"),
        check=True,
        capture_output=True,
    )
    for program in (SCRIPT, "sqop"):
        name = Path(program).name
        run([program, "generate-key", user], place.path("empty"), place.path(f"{name}.key"))
        run([program, "extract-cert"], place.path(f"{name}.key"), place.path(f"{name}.cert"))
    return place


def sealing(place: Place, program: str) -> list[str]:
    """Encrypt and sign, armored, without compression."""
    if program == "gpg":
        return place.gpg("-z0", "-a", "-se", "-r", "bench@example.org", "-o", "-")
    name = Path(program).name
    return [program, "encrypt", f"--sign-with={place.path(name + '.key')}", str(place.path(name + ".cert"))]


def opening(place: Place, program: str) -> list[str]:
    """Decrypt and verify."""
    if program == "gpg":
        return place.gpg("-d")
    name = Path(program).name
    verify = [f"--verify-with={place.path(name + '.cert')}", f"--verifications-out={place.path(name + '.out')}"]
    return [program, "decrypt", *verify, str(place.path(name + ".key"))]


def rounds(place: Place, command: Callable[[Place, str], list[str]], source: str) -> dict[str, list[Run]]:
    """Each program in turn, so that drift hits all; the first round is thrown away."""
    found: dict[str, list[Run]] = {program: [] for program in (SCRIPT, *PROGRAMS)}
    for number in range(ROUNDS + 1):
        for program, runs in found.items():
            place.path(f"{Path(program).name}.out").unlink(missing_ok=True)
            given = place.path(source if source != "sealed" else f"{Path(program).name}.sealed")
            done = run(command(place, program), given, place.path(f"{Path(program).name}.{command.__name__}"))
            if number:
                runs.append(done)
    return found


def whole_processes(place: Place) -> Iterator[Figure]:
    """256 MB of random octets, armored, Ed25519 and Curve25519."""
    sealed = rounds(place, sealing, "large")
    yield from _ratios("encrypt and sign 256 MB", sealed, {"gpg": 2.0, "sqop": 4.0}, place.cores)
    for program in (SCRIPT, *PROGRAMS):
        name = Path(program).name
        place.path(f"{name}.sealing").rename(place.path(f"{name}.sealed"))
    opened = rounds(place, opening, "sealed")
    for program in (SCRIPT, *PROGRAMS):
        if place.path(f"{Path(program).name}.opening").read_bytes() != place.path("large").read_bytes():
            raise RuntimeError(f"{program} gave other octets than were sealed")
    yield from _ratios("decrypt and verify 256 MB", opened, {"gpg": 2.5, "sqop": 4.0}, place.cores)
    peak = max(one.peak for runs in (sealed, opened) for one in runs[SCRIPT])
    yield Figure("peak memory of both", f"{peak / 2**20:.0f} MB", "at most 64 MB", peak <= 64 << 20)


def _ratios(work: str, found: dict[str, list[Run]], targets: dict[str, float], cores: int) -> Iterator[Figure]:
    ours = found[SCRIPT]
    speed = LARGE / 1e6 / statistics.median(one.seconds for one in ours)
    for program, target in targets.items():
        ratio = statistics.median(b.seconds / a.seconds for a, b in zip(ours, found[program], strict=True))
        theirs = LARGE / 1e6 / statistics.median(one.seconds for one in found[program])
        measured = f"{ratio:.1f} times {program} ({speed:.0f} and {theirs:.0f} MB/s)"
        # One core cannot overlap cipher and armor: there it is told, and not judged.
        met = ratio >= target or cores < 2
        yield Figure(work, measured, f"at least {target} times" + (", on two cores" if cores < 2 else ""), met)


def starting(place: Place) -> Figure:
    """``ithaca-sop version``."""
    times = [run([SCRIPT, "version"], place.path("empty"), place.path("out")).seconds for _ in range(8)][1:]
    taken = statistics.median(times)
    return Figure("ithaca-sop version", f"{taken:.2f} s", "at most 0.20 s", taken <= 0.2)


def in_process() -> Iterator[Figure]:
    """A message of 2 KB, armored, sealed and opened with a good signature, by Alice of the samples: Ed25519 and Curve25519."""
    data, now = os.urandom(SMALL), people.NOW
    alice = people.SECRETS[people.ALICE]
    recipients = [Recipient(alice.fingerprint, key) for key in alice.certificate.encryption_keys(now)]
    signer = alice.signing(now)

    def seal() -> bytes:
        binary = BinaryEncryptor(
            recipients, engine=people.ENGINE, random=os.urandom, created=now, signers=[signer], profile=OLD
        )
        encryptor = Encryptor(binary)
        return encryptor.feed(data) + encryptor.finish()

    sealed = seal()

    def open_it() -> None:
        job = decryption.decrypt(
            sealed, alice.decrypting(), engine=people.ENGINE, lookup=lambda _: [alice.certificate], now=now
        )
        opened = work.run(job)
        if opened.plaintext != data or opened.signatures[0].state is not SignatureState.GOOD:
            raise RuntimeError("a small message came back otherwise")

    for name, work_ in (("seal 2 KB in process", seal), ("open 2 KB in process", open_it)):
        taken = measuring.median(lambda: measuring.seconds(lambda: _repeat(work_)) / SMALL_ROUNDS) * 1000  # noqa: B023
        yield Figure(name, f"{taken:.2f} ms", "at most 1.50 ms", taken <= 1.5)


def _repeat(work_: Callable[[], object]) -> None:
    for _ in range(SMALL_ROUNDS):
        work_()


def figures(folder: Path) -> Iterator[Figure]:
    """All of them."""
    place = prepare(folder)
    yield from whole_processes(place)
    yield starting(place)
    yield from in_process()


def missing() -> str | None:
    """Why this cannot be measured here; None: it can."""
    absent = [program for program in (*PROGRAMS, SCRIPT) if shutil.which(program) is None]
    return f"not installed: {', '.join(absent)}" if absent else None
