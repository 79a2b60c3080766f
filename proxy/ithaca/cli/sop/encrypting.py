"""``ithaca-sop encrypt``.

The law of this file: every certificate that was given can read the message, or nothing is written; what a profile asks
for is never given up in silence.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

import click

from ithaca.cli.sop import designators, materials, messages, options, passwords, profiles, session_keys, signing
from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.cli.sop.materials import Named
from ithaca.openpgp import profile as formats
from ithaca.openpgp.algorithms import ENCRYPTION_FLAGS, KeyFlag
from ithaca.openpgp.encryption import BinaryEncryptor
from ithaca.openpgp.engine import Recipient
from ithaca.openpgp.profile import Profile

SEIPD_2 = Profile(2, formats.AES256, formats.OCB)
"""For passwords alone."""


@click.command()
@options.no_armor
@options.sign_as("binary", "text")
@options.profile("encrypt")
@click.option(
    "--for",
    "purpose",
    type=click.Choice(["any", "storage", "communications"]),
    default="any",
    show_default=True,
    help="What it is for: certificates may have keys for one purpose alone.",
)
@click.option(
    "--with-password", "words", metavar="PASSWORD", multiple=True, help="Holds a password that opens it (repeatable)."
)
@click.option("--sign-with", "keys", metavar="KEYS", multiple=True, help="Secret keys that sign it (repeatable).")
@options.with_key_password
@click.option("--session-key-out", metavar="SESSIONKEY", help="Where the session key goes.")
@click.option("--hidden", is_flag=True, help="Name no recipient in the message (Ithaca's own option).")
@click.argument("certs", nargs=-1, metavar="[CERTS]…")
def encrypt(
    *,
    armored: bool,
    kind: str,
    profile: str,
    purpose: str,
    words: tuple[str, ...],
    keys: tuple[str, ...],
    key_passwords: tuple[str, ...],
    session_key_out: str | None,
    hidden: bool,
    certs: tuple[str, ...],
) -> None:
    """Encrypt standard input to all of the CERTS and passwords."""
    chosen = profiles.find("encrypt", profile).value
    if not certs and not words:
        raise Failure(ExitCode.MISSING_ARG, "Nobody could read it: give CERTS, or --with-password.")
    session_key = designators.output(session_key_out, secret=True)
    passphrases = [passwords.new(designators.read(word), word) for word in words]
    now = int(time.time())
    found = materials.certificates(certs)
    recipients = [r for named in found for r in _recipients(named, purpose, now, hidden)]
    signers = signing.signers(keys, key_passwords, now)
    chosen_format = _format(chosen, found, bool(passphrases), now)
    # RFC 9580 §5.2.3.36; whoever has the password alone is in no such list, and hidden recipients are not to be listed.
    intended = [] if hidden or passphrases else [named.certificate.fingerprint for named in found]
    encryptor = BinaryEncryptor(
        recipients,
        engine=materials.ENGINE,
        random=materials.random,
        created=now,
        signers=signers,
        profile=chosen_format,
        intended=intended,
        passphrases=passphrases,
        kind=signing.KINDS[kind],
    )
    binary = _sealed(encryptor, signing.document(kind))
    messages.write(binary, armored=armored, has_checksum=chosen_format.has_checksum)
    if session_key is not None:
        session_key.write(session_keys.encoded(encryptor.session))


def _sealed(encryptor: BinaryEncryptor, document: Iterable[bytes]) -> Iterator[bytes]:
    for piece in document:
        yield encryptor.feed(piece)
    yield encryptor.finish()


_PURPOSES: Mapping[str, int] = {
    "any": ENCRYPTION_FLAGS,
    "storage": KeyFlag.ENCRYPT_STORAGE,
    "communications": KeyFlag.ENCRYPT_COMMUNICATIONS,
}


def _recipients(named: Named, purpose: str, now: int, hidden: bool) -> list[Recipient]:
    certificate = named.certificate
    keys = certificate.encryption_keys(now, _PURPOSES[purpose])
    if not keys:
        refused = certificate.encryption_refused(now) or f"has no subkey for {purpose}"
        sentence = f"{named.name}: the certificate {certificate.fingerprint} {refused}."
        raise Failure(ExitCode.CERT_CANNOT_ENCRYPT, sentence)
    return [Recipient(certificate.fingerprint, key, hidden) for key in keys]


def _format(chosen: str, found: Sequence[Named], has_passwords: bool, now: int) -> Profile:
    """How the message is encrypted."""
    certificates = [named.certificate for named in found]
    if chosen == "2":
        unable = next((named for named in found if not named.certificate.announces_seipd2(now)), None)
        if unable is not None:
            sentence = (
                f"{unable.name}: the certificate does not announce that it reads SEIPDv2, which the profile demands."
            )
            raise Failure(ExitCode.CERT_CANNOT_ENCRYPT, sentence)
        return formats.newer(certificates, now) if found else SEIPD_2
    # Nobody announces what the program reads into which a password is typed.
    if chosen == "1" or has_passwords:
        return formats.older(certificates, now) if found else formats.OLD
    return formats.common(certificates, now)
