"""``ithaca-sop sign`` and ``inline-sign``.

The law of this file: exactly one signature for each key that was given, or none at all.
"""

import time
from collections.abc import Iterable, Iterator, Sequence

import click

from ithaca.cli.sop import designators, materials, messages, options, passwords, standard_streams, texts
from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.openpgp import signing
from ithaca.openpgp.algorithms import HASHES, SignatureType
from ithaca.openpgp.cleartext import CleartextWriter
from ithaca.openpgp.engine import SecretComponent
from ithaca.openpgp.signer import DetachedSigner, MessageSigner

KINDS = {"binary": SignatureType.BINARY, "text": SignatureType.TEXT}
CLEARSIGNED = "clearsigned"


def signers(keys: Iterable[str], key_passwords: Iterable[str], now: int) -> list[SecretComponent]:
    """What the keys in these inputs sign with."""
    tried = passwords.variants(map(designators.read, key_passwords))
    return [materials.signer(named, tried, now) for named in materials.keys(keys)]


def document(kind: str) -> Iterator[bytes]:
    """The data on standard input; text has to be text."""
    pieces = standard_streams.pieces()
    return pieces if kind == "binary" else texts.checked(pieces)


@click.command()
@options.no_armor
@options.sign_as("binary", "text")
@click.option("--micalg-out", metavar="MICALG", help="Where the hash is named, for multipart/signed (RFC 3156).")
@options.with_key_password
@options.keys
def sign(
    armored: bool, kind: str, micalg_out: str | None, key_passwords: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    """Sign standard input: a detached signature by each of the KEYS."""
    micalg = designators.output(micalg_out)
    now = int(time.time())
    made = signers(keys, key_passwords, now)
    signer = DetachedSigner(*made, engine=materials.ENGINE, created=now, random=materials.random, kind=KINDS[kind])
    for piece in document(kind):
        signer.feed(piece)
    octets = materials.written("SIGNATURE", signer.finish_binary(), armored=armored, versions=_versions(made))
    if micalg is not None:
        micalg.write(_micalg(made).encode())
    standard_streams.write(octets)


def _versions(made: Sequence[SecretComponent]) -> list[int]:
    return [one.public.version for one in made]


def _micalg(made: Sequence[SecretComponent]) -> str:
    """Of all signatures together; empty where they differ."""
    used = {signing.hash_for(one.public) for one in made}
    return HASHES[used.pop()].micalg if len(used) == 1 else ""


@click.command("inline-sign")
@options.no_armor
@options.sign_as("binary", "text", CLEARSIGNED)
@options.with_key_password
@options.keys
def inline_sign(armored: bool, kind: str, key_passwords: tuple[str, ...], keys: tuple[str, ...]) -> None:
    """Sign standard input: a message that holds it, with a signature by each of the KEYS."""
    if kind == CLEARSIGNED and not armored:
        raise Failure(ExitCode.INCOMPATIBLE_OPTIONS, "A clearsigned text is armored: leave --no-armor out.")
    now = int(time.time())
    made = signers(keys, key_passwords, now)
    if kind == CLEARSIGNED:
        for piece in _clearsigned(made, now):
            standard_streams.write(piece)
    else:
        messages.write(_message(made, kind, now), armored=armored, has_checksum=all(v < 6 for v in _versions(made)))


def _message(made: Sequence[SecretComponent], kind: str, now: int) -> Iterator[bytes]:
    message = MessageSigner(made, engine=materials.ENGINE, created=now, random=materials.random, kind=KINDS[kind])
    for piece in document(kind):
        yield message.feed(piece)
    yield message.finish()


def _clearsigned(made: Sequence[SecretComponent], now: int) -> Iterator[bytes]:
    """RFC 9580 §7."""
    kind = SignatureType.TEXT
    signer = DetachedSigner(*made, engine=materials.ENGINE, created=now, random=materials.random, kind=kind)
    text = CleartextWriter(tuple(dict.fromkeys(HASHES[signing.hash_for(one.public)].name for one in made)))
    for piece in document("text"):
        out, signed = text.feed(piece)
        signer.feed(signed)
        yield out
    out, signed = text.finish()
    signer.feed(signed)
    yield out + materials.written("SIGNATURE", signer.finish_binary(), armored=True, versions=_versions(made))
