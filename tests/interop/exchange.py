"""What two programs do with each other in one cell of the matrix: one writes, the other reads.

The law of this file: every operation asks for the same two things, that exactly the octets come out and that exactly the
signer is proved, and that the message was what it is called; else it raises `Failed`.
"""

import enum
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from interop import framing
from interop.programs import Failed, Form, Kind, Opened, Program, Secret

PASSWORD = b"no man is my name"

OCTETS = bytes(range(256)) + b"CRLF\r\nLF\nCR\r\r\n\x1a\x00 trailing \t\r\n\xff\xfe"
"""Every octet, and every line ending: not text."""
TEXT = (
    "Liebe Größe, ναῦς,\n- a line with a dash\n-----BEGIN of something\n.a dot\nFrom the sea\n\n  indented\n-- \nNo man\n"
).encode()
SMOOTH = TEXT.replace(b" \n", b"\n")
"""The same without a blank at the end of a line."""
LONG = re.sub(rb".{64}", rb"\g<0>\n", random.Random(1).randbytes(2_150_000).hex().encode())
"""Text that is hard to compress, above 4 MiB: below that, sqop writes no partial lengths."""
DULL = b"Argos knew him at once.\n" * 1000
"""What compresses to almost nothing."""


class Operation(enum.Enum):
    """The columns of the matrix."""

    ENCRYPT = "encrypt"
    SIGN = "sign"
    BOTH = "encrypt+sign"
    DETACHED = "detached"
    CLEARTEXT = "cleartext"
    BLANKS = "cleartext with trailing blanks"
    HIDDEN = "hidden recipient"
    HIDDEN_SECOND = "second of two hidden"
    PROTECTED = "protected key"
    COMPRESSED = "compressed"
    PARTIAL = "partial lengths"
    PASSWORD = "password alone"
    MIXED = "with a version 4 key"
    GCM = "GCM"
    EAX = "EAX"


@dataclass(frozen=True)
class Party:
    """Who uses a program with a key of their own."""

    program: Program
    kind: Kind
    secret: Secret
    certificate: bytes
    third: Callable[[int], bytes]
    """Gives the certificate of a third person, of a key version."""
    protected: Callable[[], Secret]
    """Makes a key that `PASSWORD` protects, with this program."""
    signed: Callable[[bytes, Form], bytes]
    """Signs octets with this key; once, whoever reads it."""


def _expect(opened: Opened, octets: bytes, *signers: bytes) -> None:
    if opened.plaintext != octets:
        raise Failed(f"other octets came out: {_difference(octets, opened.plaintext)}")
    _expect_signers(opened, *signers)


def _expect_signers(opened: Opened, *signers: bytes) -> None:
    """With these certificates."""
    if opened.signers != tuple(map(framing.fingerprint, signers)):
        raise Failed(f"good signatures are said to be by {', '.join(opened.signers) or 'nobody'}")


def _difference(expected: bytes, found: bytes) -> str:
    at = next(
        (i for i, (a, b) in enumerate(zip(expected, found, strict=False)) if a != b), min(len(expected), len(found))
    )
    return f"{len(expected)} expected, {len(found)} found, from octet {at}: {expected[at : at + 12]!r}, {found[at : at + 12]!r}"


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise Failed(f"the message is not what was asked for: {what}")


def _framed(message: bytes, version: int) -> framing.Message:
    """The framing of a message, which has to be the one that belongs to the keys' version."""
    seen = framing.message(message)
    expected = (2, {6}) if version == 6 else (1, {3, 4})
    _demand(seen.seipd == expected[0], f"SEIPD version {seen.seipd}")
    _demand(seen.versions <= expected[1], f"session key packets of version {sorted(seen.versions)}")
    return seen


# --- the operations ----------------------------------------------------------------------------------


def _encrypt(writer: Party, reader: Party) -> None:
    message = writer.program.encrypt(OCTETS, [reader.certificate], version=reader.kind.version)
    seen = _framed(message, reader.kind.version)
    _demand(len(seen.recipients) == 1 and seen.recipients[0] != "", f"recipients {seen.recipients}")
    _expect(reader.program.decrypt(message, reader.secret), OCTETS)


def _both(writer: Party, reader: Party) -> None:
    version = reader.kind.version
    message = writer.program.encrypt(TEXT, [reader.certificate], by=writer.secret, version=version)
    _framed(message, version)
    _expect(reader.program.decrypt(message, reader.secret, signer=writer.certificate), TEXT, writer.certificate)


def _sign(writer: Party, reader: Party) -> None:
    signed = writer.signed(OCTETS, Form.INLINE)
    _expect(reader.program.verify(signed, writer.certificate), OCTETS, writer.certificate)


def _detached(writer: Party, reader: Party) -> None:
    signature = writer.signed(OCTETS, Form.DETACHED)
    _expect(reader.program.verify(signature, writer.certificate, OCTETS), OCTETS, writer.certificate)


def _cleartext(text: bytes) -> Callable[[Party, Party], None]:
    def run(writer: Party, reader: Party) -> None:
        signed = writer.signed(text, Form.CLEARTEXT)
        _demand(b"\n- - a line with a dash" in signed and "\nLiebe Größe".encode() in signed, "no cleartext signature")
        opened = reader.program.verify(signed, writer.certificate)
        # §7.2: neither line endings nor blanks before them are signed.
        if _lines(opened.plaintext) != _lines(text):
            raise Failed(f"other lines came out: {_difference(text, opened.plaintext)}")
        _expect_signers(opened, writer.certificate)

    return run


def _lines(octets: bytes) -> list[bytes]:
    return [line.rstrip() for line in octets.rstrip().split(b"\n")]


def _hidden(before: int) -> Callable[[Party, Party], None]:
    def run(writer: Party, reader: Party) -> None:
        version = reader.kind.version
        to = [*(reader.third(version) for _ in range(before)), reader.certificate]
        message = writer.program.encrypt(TEXT, to, hidden=True, version=version)
        seen = _framed(message, version)
        _demand(seen.recipients == ("",) * len(to), f"recipients {seen.recipients}")
        _expect(reader.program.decrypt(message, reader.secret), TEXT)

    return run


_PROTECTION = {4: framing.Protection(254, 3), 6: framing.Protection(253, 4)}
"""By key version: what everybody reads, and Argon2 with AEAD."""


def _protected(writer: Party, reader: Party) -> None:
    """The writer makes a key with a password, and the reader works with it."""
    secret = writer.protected()
    certificate = writer.program.certificate(secret.octets)
    version = writer.kind.version
    _demand(framing.protection(secret.octets) == {_PROTECTION[version]}, f"{framing.protection(secret.octets)}")
    message = writer.program.encrypt(TEXT, [certificate], version=version)
    try:
        reader.program.decrypt(message, Secret(secret.octets, b"a wrong one"))
    except Failed:
        pass
    else:
        raise Failed("a wrong password opens the key")
    _expect(reader.program.decrypt(message, secret), TEXT)
    signature = reader.program.sign(OCTETS, secret, Form.DETACHED)
    _expect(writer.program.verify(signature, certificate, OCTETS), OCTETS, certificate)


def _compressed(writer: Party, reader: Party) -> None:
    version = reader.kind.version
    for algorithm in writer.program.compressions or ("any",):
        message = writer.program.encrypt(
            DULL, [reader.certificate], by=writer.secret, compression=algorithm, version=version
        )
        _demand(len(message) < len(DULL) / 4, f"{algorithm}: {len(message)} octets out of {len(DULL)}")
        _expect(reader.program.decrypt(message, reader.secret, signer=writer.certificate), DULL, writer.certificate)


def _partial(writer: Party, reader: Party) -> None:
    version = reader.kind.version
    message = writer.program.encrypt(LONG, [reader.certificate], by=writer.secret, version=version)
    _demand(_framed(message, version).partial, "one length")
    _expect(reader.program.decrypt(message, reader.secret, signer=writer.certificate), LONG, writer.certificate)


def _password(writer: Party, reader: Party) -> None:
    version = reader.kind.version
    message = writer.program.encrypt(TEXT, password=PASSWORD, version=version)
    seen = _framed(message, version)
    _demand(seen.s2k == {4}, f"string-to-key specifiers {sorted(seen.s2k)} are not Argon2")
    _expect(reader.program.decrypt(message, password=PASSWORD), TEXT)


def _mixed(writer: Party, reader: Party) -> None:
    """One recipient cannot read version 2 SEIPD packets, so nobody gets one."""
    message = writer.program.encrypt(TEXT, [reader.certificate, reader.third(4)], by=writer.secret)
    _framed(message, 4)
    _expect(reader.program.decrypt(message, reader.secret, signer=writer.certificate), TEXT, writer.certificate)


def _aead(mode: str) -> Callable[[Party, Party], None]:
    def run(writer: Party, reader: Party) -> None:
        version = reader.kind.version
        message = writer.program.encrypt(LONG, [reader.certificate], aead=mode, version=version)
        _demand(_framed(message, version).aead == mode, "another AEAD")
        _expect(reader.program.decrypt(message, reader.secret), LONG)

    return run


OPERATIONS: Mapping[Operation, Callable[[Party, Party], None]] = MappingProxyType(
    {
        Operation.ENCRYPT: _encrypt,
        Operation.SIGN: _sign,
        Operation.BOTH: _both,
        Operation.DETACHED: _detached,
        Operation.CLEARTEXT: _cleartext(SMOOTH),
        Operation.BLANKS: _cleartext(TEXT),
        Operation.HIDDEN: _hidden(0),
        Operation.HIDDEN_SECOND: _hidden(1),
        Operation.PROTECTED: _protected,
        Operation.COMPRESSED: _compressed,
        Operation.PARTIAL: _partial,
        Operation.PASSWORD: _password,
        Operation.MIXED: _mixed,
        Operation.GCM: _aead("GCM"),
        Operation.EAX: _aead("EAX"),
    }
)
"""Each is called with who writes and who reads."""
