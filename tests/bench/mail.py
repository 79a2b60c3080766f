"""The figures of mail by itself: opening and composing, deciding, sealing, beside the bare OpenPGP work; and memory.

The law of this file: both sides of a ratio do the same OpenPGP work on the same octets, in turn, in this process; memory
is the kernel's count of a process of its own.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import people
from bench import measuring, parties
from bench.measuring import Figure
from ithaca import incoming, work
from ithaca.incoming import Look
from ithaca.mime import entity, pgpmime
from ithaca.openpgp import decryption
from ithaca.openpgp.encryption import BinaryEncryptor, Encryptor
from ithaca.openpgp.engine import Recipient
from ithaca.openpgp.profile import OLD
from ithaca.work import PIECE

LARGE, HUGE, SMALL = 25_000_000, 200_000_000, 2048
SMALL_ROUNDS = 200
LOOKED_AT = 64 << 10
"""Octets behind a header section that a decision to let a message pass may rest on."""


def _letter(octets: int) -> bytes:
    return (
        parties.letter(octets)
        .replace(b"\n", b"\r\n")
        .replace(parties.SENDER.encode(), people.ALICE.encode())
        .replace(parties.RECIPIENT.encode(), people.BOB.encode())
    )


def _bare(message: bytes) -> Callable[[], None]:
    """Decrypting and verifying the OpenPGP message inside, and nothing else."""
    data = pgpmime.take_encrypted(entity.parse(message))
    keys = people.keys(people.BOB)

    def decrypt() -> None:
        job = decryption.decrypt(
            data, keys.secrets, engine=people.ENGINE, lookup=keys.lookup, now=people.NOW, own=keys.own
        )
        work.run(job)

    return decrypt


def _opening(message: bytes) -> Callable[[], None]:
    """What the service does with a message that it holds."""

    presentation = incoming.Presentation(incoming.Banner.PART, phrase="copper lantern walnut river", key=b"k" * 32)

    def open_it() -> None:
        shown = people.open_(message, presentation=presentation)
        if shown.verdict.signature.value != "good":
            raise RuntimeError("a sealed letter was not opened")

    return open_it


def opening(message: bytes) -> Figure:
    """A large message: opened, judged and composed for the client, beside the bare decryption of it."""
    ours, bare, ratio = measuring.paired(
        lambda: measuring.seconds(_opening(message)), lambda: measuring.seconds(_bare(message))
    )
    megabytes = len(message) / 1e6
    measured = f"{100 * ratio:.0f} % ({megabytes / ours:.0f} MB/s, bare {megabytes / bare:.0f} MB/s)"
    return Figure("open and compose 25 MB", measured, "≥ 50 % of bare decryption", ratio >= 0.5)


def memory_of_opening(message: bytes, folder: Path) -> Figure:
    """In a process of its own, above what it held before."""
    path = folder / "sealed.eml"
    path.write_bytes(message)
    peak = _in_a_process("opened", str(path))
    measured = f"{peak / 1e6:.0f} MB, message {len(message) / 1e6:.0f} MB"
    return Figure("memory of opening 25 MB", measured, "≤ 3 × message", peak <= 3 * len(message))


def memory_of_sealing() -> Figure:
    """Of a message eight times as large: the same."""
    large, huge = (_in_a_process("sealed", str(size)) for size in (LARGE, HUGE))
    measured = f"{large / 1e6:.0f} MB for 25 MB, {huge / 1e6:.0f} MB for 200 MB"
    return Figure("memory of sealing", measured, "independent of the size", huge <= large + (8 << 20))


def _in_a_process(what: str, argument: str) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "bench.mail", what, argument], check=True, capture_output=True, text=True
    )
    return int(done.stdout)


def looking() -> Iterator[Figure]:
    """How much of a message is looked at before it passes."""
    text = b"From: a@x.example\r\nContent-Type: text/plain\r\n\r\n" + b"A line of a long letter.\r\n" * 1_000_000
    image = b"From: a@x.example\r\nContent-Type: image/png\r\n\r\n" + os.urandom(1 << 20)
    for name, message, most in (("text", text, LOOKED_AT), ("an image", image, 0)):
        seen = _looked_at(message)
        measured = f"{seen >> 10} KiB of {len(message) >> 10} KiB"
        yield Figure(f"looked at to pass {name}", measured, f"≤ {most >> 10} KiB of body", seen <= most + 1024)


def _looked_at(message: bytes) -> int:
    """Octets that were there when `look` said that it passes."""
    for seen in range(512, len(message), 512):
        if incoming.look(message[:seen], False) is Look.PASS:
            return seen
    return len(message)


def small_path() -> Iterator[Figure]:
    """2 KB: parse, decide, seal; and open, judge, compose."""
    message = _letter(SMALL)
    ((_, sealed),) = people.send(message)
    for name, ours, bare in (
        ("decide and seal 2 KB", lambda: people.send(message), _bare_sealing(message)),
        ("open and compose 2 KB", _opening(sealed), _bare(sealed)),
    ):
        taken, base, ratio = measuring.paired(_many(ours), _many(bare))
        measured = (
            f"{1 / ratio:.2f} times ({taken / SMALL_ROUNDS * 1e3:.2f} ms, bare {base / SMALL_ROUNDS * 1e3:.2f} ms)"
        )
        yield Figure(name, measured, "≤ 2 times the bare OpenPGP work", 1 / ratio <= 2)


def _many(work_: Callable[[], object]) -> Callable[[], float]:
    def repeat() -> None:
        for _ in range(SMALL_ROUNDS):
            work_()

    return lambda: measuring.seconds(repeat)


def _bare_sealing(data: bytes) -> Callable[[], object]:
    alice, now = people.SECRETS[people.ALICE], people.NOW
    certificates = [people.CERTIFICATES[people.BOB], alice.certificate]

    def seal() -> bytes:
        recipients = [Recipient(c.fingerprint, key) for c in certificates for key in c.encryption_keys(now)]
        binary = BinaryEncryptor(
            recipients,
            engine=people.ENGINE,
            random=os.urandom,
            created=now,
            signers=[alice.signing(now)],
            profile=OLD,
            intended=tuple(c.fingerprint for c in certificates),
        )
        encryptor = Encryptor(binary)
        return encryptor.feed(data) + encryptor.finish()

    return seal


# --- in processes of their own ---


def _peak(work_: Callable[[], None]) -> int:
    """Octets of memory held at most above what was held before."""
    before = measuring.resident(os.getpid())
    measuring.forget_peak(os.getpid())
    work_()
    return measuring.resident(os.getpid(), "VmHWM") - before


def _opened(path: str) -> int:
    # Everything is imported, and every key unlocked, after one small letter.
    _opening(people.send(_letter(SMALL))[0][1])()

    def open_file() -> None:
        # The message itself counts: it is held.
        _opening(Path(path).read_bytes())()

    return _peak(open_file)


def _sealed(octets: str) -> int:
    head = _letter(SMALL).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    line = b"The sea is wide and wine-dark, and home is far.\r\n"
    piece = line * (PIECE // len(line))
    people.send(_letter(SMALL))

    def seal() -> None:
        plan = people.begin(head + line * (LOOKED_AT // len(line)), complete=False)
        sealer = plan.sealer(plan.groups[0])
        sealer.feed(head)
        for _ in range(int(octets) // len(piece)):
            sealer.feed(piece)
        sealer.finish()

    return _peak(seal)


def figures(folder: Path) -> Iterator[Figure]:
    """All of them."""
    ((_, sealed),) = people.send(_letter(LARGE), step=PIECE)
    yield opening(sealed)
    yield memory_of_opening(sealed, folder)
    yield memory_of_sealing()
    yield from looking()
    yield from small_path()


def missing() -> str | None:
    """Why this cannot be measured here; None: it can."""
    return None


if __name__ == "__main__":
    print({"opened": _opened, "sealed": _sealed}[sys.argv[1]](sys.argv[2]))
