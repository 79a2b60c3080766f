"""A secret key sealed with a Setup Code, and opened again (Autocrypt Level 1): what a Setup Message carries.

The law of this file: the key stands in the clear nowhere but inside this encryption. It is for files that a person
names: the code costs a derivation, and nothing that was fetched by itself is ever derived.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ithaca.errors import MalformedPacket
from ithaca.openpgp import armor, decryption, encryption
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.sources import pieces_of
from ithaca.openpgp.verification import Surroundings
from ithaca.work import run

GROUPS, DIGITS = 9, 4
MOST_OCTETS = 1 << 20
"""Of what a Setup Message carries; a key with its history has some tens of thousands."""
_FORMAT, _BEGIN, _PREFERENCE = "Passphrase-Format", "Passphrase-Begin", "Autocrypt-Prefer-Encrypt"
_NUMERIC = "numeric9x4"
_V4 = 4


@dataclass(frozen=True, slots=True)
class Carried:
    """What was opened."""

    key: bytes = field(repr=False)
    """A transferable secret key, binary; in most cases without a passphrase of its own."""
    mutual: bool
    """Its owner prefers encryption (``Autocrypt-Prefer-Encrypt: mutual``)."""


def new_code(random: Callable[[int], bytes]) -> str:
    """A Setup Code: nine groups of four digits, dashes between, which belong to it."""
    # Of 2^256 values a remainder by 10^36 prefers none by more than one part in 10^41.
    digits = f"{int.from_bytes(random(32)) % 10 ** (GROUPS * DIGITS):0{GROUPS * DIGITS}d}"
    return "-".join(digits[at : at + DIGITS] for at in range(0, len(digits), DIGITS))


def code_of(typed: bytes) -> bytes:
    """The code that somebody typed, whatever he put between the groups of digits; any other passphrase as it is."""
    digits = re.sub(rb"[ \t-]", b"", typed)
    if not re.fullmatch(rb"[0-9]{%d}" % (GROUPS * DIGITS), digits):
        return typed
    return b"-".join(digits[at : at + DIGITS] for at in range(0, len(digits), DIGITS))


def seal(
    key: bytes, code: str, *, version: int, mutual: bool, engine: Engine, now: int, random: Callable[[int], bytes]
) -> bytes:
    """Armor that the code opens, in the form that every program reads: SEIPDv1 under an iterated S2K.

    `key`: a transferable secret key, binary, with no passphrase of its own; `version`: of its keys; `now`: in seconds
    since 1970.
    """
    # RFC 9580 §6.1: no checksum with objects of version 6.
    inner = armor.ArmorWriter(
        "PRIVATE KEY BLOCK", crc=version == _V4, headers=[(_PREFERENCE, "mutual" if mutual else "nopreference")]
    )
    sealing = encryption.BinaryEncryptor((), engine=engine, random=random, created=now, passphrases=[code.encode()])
    outer = armor.ArmorWriter("MESSAGE", headers=[(_FORMAT, _NUMERIC), (_BEGIN, code[:2])])
    sealed = sealing.feed(inner.feed(key) + inner.finish()) + sealing.finish()
    return outer.feed(sealed) + outer.finish()


def begins(armored: bytes) -> str | None:
    """The first digits of the code, which the armor tells so that nobody enters another. Raises `MalformedPacket`."""
    told = dict(armor.dearmor(armored, frozenset({"MESSAGE"})).headers).get(_BEGIN, "")
    return told if re.fullmatch(r"[0-9]{1,4}", told) else None


def open_(armored: bytes, code: bytes, *, engine: Engine, now: int) -> Carried:
    """The key in what a Setup Message carries. Raises `DecryptionError` for another code, and `OpenPGPError`."""
    if len(armored) > MOST_OCTETS:
        raise MalformedPacket("more than a Setup Message may carry")
    data = armor.dearmor(armored, frozenset({"MESSAGE"})).data
    opened = run(
        decryption.open_message(
            pieces_of(data),
            decryption.Keys(engine, passphrases=[code]),
            Surroundings(engine, lambda _: (), now, frozenset()),
            again=lambda: pieces_of(data),
        )
    )
    text = b"".join(opened.release())
    try:
        block = armor.dearmor(text, frozenset({"PRIVATE KEY BLOCK"}))
    except MalformedPacket as error:
        raise MalformedPacket("a Setup Message that carries no secret key") from error
    return Carried(block.data, dict(block.headers).get(_PREFERENCE, "").strip() == "mutual")
