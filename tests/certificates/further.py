"""Cases of several subjects, found later."""

import hashlib

from certificates.case import DAY, DOCUMENT, SIGNED, T0, Case
from certificates.encrypted import SESSION
from certificates.people import ALICE, BOB, CAROL
from certificates.verdicts import usable
from openpgp import raw
from openpgp import raw_message as m

_A = ALICE
_OTHER = hashlib.sha256(b"another session key").digest()


def _session_keys():
    """Anybody can encrypt a session key to Bob and put it in front."""
    right, wrong = m.pkesk(BOB.encryption, SESSION), m.pkesk(BOB.encryption, _OTHER)
    hidden = m.pkesk(BOB.encryption, SESSION, key_id=bytes(8))
    sealed = m.seipd1(SESSION, m.literal(DOCUMENT))
    for slug, words, keys in (
        ("retry-wrong-key-first", "In front stands another session key, to Bob as well.", wrong + right),
        ("retry-wrong-key-behind", "Behind it stands another session key, to Bob as well.", right + wrong),
        (
            "retry-hidden-behind",
            "In front stands another session key to Bob; the right one names nobody.",
            wrong + hidden,
        ),
    ):
        yield Case(slug, "pk-retry", words, "encrypted", "opened", "", _A.sound, keys + sealed)


def _announcements():
    """§5.4: the octet that says whether another announcement follows is not looked at."""
    carol = CAROL.signing
    closing = raw.packet(2, carol.sign(0, DOCUMENT, SIGNED)) + _A.signs(SIGNED)
    for slug, words, flags in (
        ("ops-all-last", "Two signers; both announcements say that none follows.", (True, True)),
        ("ops-none-last", "Two signers; both announcements say that another follows.", (False, False)),
    ):
        opening = m.one_pass(_A.signing, last=flags[0]) + m.one_pass(carol, last=flags[1])
        octets = opening + m.literal(DOCUMENT) + closing
        yield Case(slug, "sg-ops", words, "message", "good good", "", _A.sound, octets, others=(CAROL.sound,))


def _short_digests():
    yield usable(
        "revocation-eddsa-sha1",
        "sg-hash",
        "The revocation is with EdDSA over SHA-1.",
        _A.head + _A.revoked(T0 + DAY, 2, hash_id=2) + _A.uid() + _A.enc(),
    )


def cases():
    """Session keys, announcements, digests."""
    for part in (_session_keys, _announcements, _short_digests):
        yield from part()
