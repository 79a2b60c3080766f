"""``ithaca-sop decrypt``.

The law of this file: the ciphertext waits, the plaintext never does: it goes to standard output after all of it is
proved, and nowhere else. Signatures do not decide over the exit code: VERIFICATIONS says which are good, none perhaps
(the draft's rule).
"""

import time
from collections.abc import Sequence
from typing import BinaryIO

import click

from ithaca import work
from ithaca.cli import contents
from ithaca.cli.sop import designators, materials, options, passwords, session_keys, standard_streams, verifications
from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.cli.sop.materials import NamedKey
from ithaca.cli.sop.signed_input import LIMITS
from ithaca.cli.sop.spool import spool
from ithaca.cli.sop.verifications import Window
from ithaca.errors import DecryptionError, OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp import decryption
from ithaca.openpgp.decryption import Keys, Opened
from ithaca.openpgp.engine import SecretComponent
from ithaca.openpgp.overlap import ahead
from ithaca.openpgp.verification import Surroundings


@click.command()
@click.option("--with-session-key", "sessions", metavar="SESSIONKEY", multiple=True, help="Holds a session key.")
@click.option("--with-password", "words", metavar="PASSWORD", multiple=True, help="Holds a password (repeatable).")
@options.with_key_password
@click.option("--verify-with", "certs", metavar="CERTS", multiple=True, help="Whose signatures count (repeatable).")
@click.option("--verifications-out", metavar="VERIFICATIONS", help="Where a line goes for each good signature.")
@options.not_before_and_after("verify-")
@click.option("--session-key-out", metavar="SESSIONKEY", help="Where the session key goes.")
@click.argument("keys", nargs=-1, metavar="[KEYS]…")
def decrypt(
    *,
    sessions: tuple[str, ...],
    words: tuple[str, ...],
    key_passwords: tuple[str, ...],
    certs: tuple[str, ...],
    verifications_out: str | None,
    not_before: int | None,
    not_after: int | None,
    session_key_out: str | None,
    keys: tuple[str, ...],
) -> None:
    """Decrypt standard input with one of the KEYS, passwords or session keys."""
    if bool(certs) is not (verifications_out is not None):
        sentence = "--verify-with and --verifications-out go together."
        raise Failure(ExitCode.INCOMPLETE_VERIFICATION, sentence)
    if not keys and not words and not sessions:
        raise Failure(ExitCode.MISSING_ARG, "Give KEYS, --with-password or --with-session-key.")
    lines_out = designators.output(verifications_out)
    session_key = designators.output(session_key_out, secret=True)
    found = materials.certificates(certs)
    named = materials.keys(keys)
    tried = passwords.variants(map(designators.read, key_passwords))
    secrets, locked = _secrets(named, tried)
    opening = Keys(
        materials.ENGINE,
        secrets,
        passwords.variants(map(designators.read, words)),
        tuple(map(session_keys.read, sessions)),
    )
    # RFC 9580 §5.2.3.36: whoever opens it otherwise than by a key cannot be told from whom it was meant for.
    own = frozenset(one.key.fingerprint for one in named) if not words and not sessions else None
    around = Surroundings(materials.ENGINE, materials.lookup(found), int(time.time()), own)
    with spool() as waiting:
        opened = _opened(opening, around, waiting, locked, tried)
        if lines_out is not None:
            window = Window(not_before, not_after)
            lines = verifications.lines(opened.signatures, opened.bodies, window, found)
            lines_out.write(verifications.encoded(lines))
        if session_key is not None:
            session_key.write(session_keys.encoded(opened.session))
        for piece in ahead(opened.release()):
            standard_streams.write(piece)


def _secrets(named: Sequence[NamedKey], tried: Sequence[bytes]) -> tuple[list[SecretComponent], list[NamedKey]]:
    """(what can decrypt, the keys of which something that could stayed locked)."""
    secrets: list[SecretComponent] = []
    locked: list[NamedKey] = []
    for one in named:
        for part in (part for part in one.key.parts if part.decrypts):
            component = materials.unlocked(part, tried, one.name)
            if component is None:
                locked.append(one)
            else:
                secrets.append(component)
    return secrets, locked


def _opened(
    opening: Keys, around: Surroundings, waiting: BinaryIO, locked: Sequence[NamedKey], tried: Sequence[bytes]
) -> Opened:
    first = standard_streams.piece()
    unread = [first]

    def piece() -> bytes:
        return unread.pop() if unread else standard_streams.piece()

    try:
        return work.run(decryption.open_message(piece, opening, around, spool=waiting, limits=LIMITS, ahead=ahead))
    except DecryptionError as error:
        if locked:
            raise materials.protected(locked[0].name, locked[0].key.fingerprint, tried) from error
        sentence = "The message cannot be decrypted with what was given, or was altered on the way."
        raise Failure(ExitCode.CANNOT_DECRYPT, sentence) from error
    except UnsupportedAlgorithm as error:
        raise Failure(ExitCode.CANNOT_DECRYPT, f"The message cannot be decrypted: {error}.") from error
    except OpenPGPError as error:
        held = contents.held(first)
        if held in (contents.SIGNED, contents.CLEARSIGNED):
            sentence = "Standard input is signed, not encrypted: 'ithaca-sop inline-verify' reads it."
            raise Failure(ExitCode.BAD_DATA, sentence) from error
        said = contents.instead(first, contents.ENCRYPTED)
        if said is None:
            raise
        raise Failure(ExitCode.BAD_DATA, f"Standard input: {said}.") from error
