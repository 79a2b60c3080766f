"""Ciphertext that comes again under another name: a captured letter, sent on so that the answer quotes it.

The law of this file: a ciphertext is shown where it was first opened; elsewhere only if its own signature says that
From wrote it. Nothing is remembered here.
"""

from ithaca.incoming.covering import cover, signers
from ithaca.incoming.envelope import Envelope
from ithaca.incoming.keys import Keys, Origin
from ithaca.incoming.senders import sole_address
from ithaca.verdict import SignatureState, overall


def guard(envelope: Envelope, keys: Keys) -> None:
    """Close what was first opened in another letter and is not signed by who From names."""
    origins = [origin for digest in envelope.digests if (origin := keys.first_opened(digest)) is not None]
    if not origins:
        return
    section = cover(envelope, keys).section
    mailbox = sole_address(section)
    is_signed = overall(tuple(envelope.signatures)) is SignatureState.GOOD
    if is_signed and mailbox is not None and signers(envelope, mailbox):
        return
    message_id = section.first(b"Message-ID")
    here = Origin(mailbox, None if message_id is None else message_id.value)
    if any(origin != here for origin in origins):
        envelope.close_all()
        envelope.find("replayed-ciphertext", "the same ciphertext was opened in another letter before; it stays closed")
