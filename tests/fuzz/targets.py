"""What is fuzzed: each target takes any octets and must end soon, in a value or an error of our family.

The law of this file: a target calls what the product calls, with limits as the product has them, and looks at every
property of what it gets, since many are computed only when they are asked for.
"""

import contextlib
import io
import os
from collections.abc import Callable, Mapping

import people
from ithaca.errors import Error
from ithaca.openpgp import (
    armor,
    cleartext,
    decryption,
    one_pass,
    packets,
    protection,
    public_key,
    s2k,
    secret_key,
    skesk,
    transferable,
    verification,
)
from ithaca.openpgp.aead import Seipd2Writer
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.decryption import Keys
from ithaca.openpgp.engine import Recipient, SessionKey
from ithaca.openpgp.own_keys import revocation
from ithaca.openpgp.own_keys.keyholder import Keyholder
from ithaca.openpgp.packets import PacketReader, Source, Tag
from ithaca.openpgp.signature import Signature
from ithaca.openpgp.signed_message import read_message
from ithaca.openpgp.symmetric import Seipd1Writer
from ithaca.openpgp.verification import Surroundings
from ithaca.work import run
from openpgp import raw
from people import ALICE, BOB

ALICES, BOBS = people.SECRETS[ALICE], people.SECRETS[BOB]
KNOWN = [ALICES.certificate, BOBS.certificate]
OWN = [secret_key.split(path.read_bytes()) for path in sorted(people.KEYRINGS.glob("*/keys/*.pgp"))]
"""Alice's and Bob's secret keys, locked."""
TEXT = b"text\r\n"
AROUND = Surroundings(
    people.ENGINE,
    lambda name: [c for c in KNOWN if name in c.names()],
    people.NOW,
    frozenset({ALICES.fingerprint}),
)


_CAROL = raw.Key(1_600_000_000, seed="carol")
CAROLS = Certificate.parse(
    raw.packet(6, _CAROL.body) + raw.user_id(_CAROL, b"Carol <carol@example.org>", _CAROL.created), people.ENGINE
)
"""A revoker: `_revoked` appoints her."""


def _pieces(octets: bytes) -> Callable[[], bytes]:
    """Cut at places that the octets themselves choose."""
    size = 1 + (octets[0] if octets else 0)
    pieces = iter([octets[at : at + size] for at in range(0, len(octets), size)])
    return lambda: next(pieces, b"")


def armored(octets: bytes) -> None:
    """Whole, as several blocks, and in pieces."""
    read = _pieces(octets)
    reader = armor.ArmorReader()
    try:
        while piece := read():
            reader.feed(piece)
        reader.finish()
    except Error:
        pass
    armor.binary(octets)


def framed(octets: bytes) -> None:
    """Packets in memory, and from a source."""
    reader = PacketReader(Source(_pieces(octets)))
    try:
        while (body := reader.next()) is not None:
            while body.read():
                pass
    except Error:
        pass
    for packet in packets.split(octets):
        _ = packet.body


def in_cleartext(octets: bytes) -> None:
    """A framework, its text and its signatures."""
    found = cleartext.parse(octets)
    bodies = verification.signature_bodies(found.signatures)
    run(verification.verify_pieces(found.hashed(), bodies, AROUND))


def certificate(octets: bytes) -> None:
    """Every question that is asked of one, at several times; merging, excerpts, revocations, and taking apart."""
    for ask in _REVOKING:
        _answered(ask, octets)
    found = Certificate.parse(octets, people.ENGINE)
    known = {c.fingerprint: c for c in (found, CAROLS, *KNOWN)}
    for one in (found, found.with_revokers(known)):
        for at in (0, found.created, people.NOW, 2**32):
            _asked(one, at)
    (found.names(), found.claimed_addresses())
    list(transferable.split_certificates(octets))
    Certificate.parse(transferable.exportable(octets), people.ENGINE)
    Certificate.parse(transferable.merge(octets, octets), people.ENGINE)
    transferable.merge(ALICES.certificate.octets, octets)


_REVOKING: tuple[Callable[[bytes], object], ...] = (
    transferable.is_revocation,
    lambda octets: transferable.revocation(octets, ALICES.certificate),
    lambda octets: Certificate.parse(transferable.revoked(octets, KNOWN), people.ENGINE),
)
"""What is asked of a revocation certificate, which may be a signature by itself."""


def _answered(ask: Callable[[bytes], object], octets: bytes) -> None:
    with contextlib.suppress(Error):
        ask(octets)


def _asked(found: Certificate, at: int) -> None:
    for mailbox in (None, *found.addresses(at)):
        found.encryption_refused(at, mailbox)
        excerpt = transferable.minimal(found, at, mailbox)
        if excerpt is not None:
            Certificate.parse(excerpt, people.ENGINE)
    found.encryption_keys(at)
    for key in found.keys():
        found.signing_refused(key, at)
    (found.expires(at), found.user_ids_at(at), found.ciphers(at))
    (found.aead_suites(at), found.announces_seipd2(at))


def secret(octets: bytes) -> None:
    """A secret key; string-to-key is left out where it costs what a file of one's own may cost."""
    key = secret_key.split(octets)
    for packet in packets.split(octets):
        if packet.tag not in (Tag.SECRET_KEY, Tag.SECRET_SUBKEY):
            continue
        part = protection.split(public_key.parse(packet.body), packet.body)
        if part.s2k is None or part.s2k.work <= 1 << 20:
            people.ENGINE.unlock(packet.octets, b"ithaca-sample")
    repr(key)
    list(secret_key.split_keys(octets))
    secret_key.split(secret_key.merge(key, key))
    for own in OWN:
        for old, new in ((own, key), (key, own)):
            with contextlib.suppress(Error):
                secret_key.split(secret_key.merge(old, new))


def signature(octets: bytes) -> None:
    """One signature packet's body, and detached signatures."""
    parsed = Signature.parse(octets)
    hasher = parsed.hasher()
    for key in (*ALICES.certificate.keys(), *BOBS.certificate.keys()):
        if hasher is not None:
            parsed.matches(people.ENGINE, key, hasher)
    repr((parsed.issuers, parsed.embedded, parsed.features, parsed.revocation_keys, parsed.aead_suites))
    run(verification.verify_pieces([TEXT], [octets], AROUND))


def detached(octets: bytes) -> None:
    """Detached signatures, armored or not."""
    run(verification.verify_detached(TEXT, octets, engine=AROUND.engine, lookup=AROUND.lookup, now=people.NOW))


def signed(octets: bytes) -> None:
    """A message that is not encrypted."""
    message = run(read_message(_pieces(octets), AROUND, spool=io.BytesIO()))
    for _ in message.release():
        pass


def encrypted(octets: bytes) -> None:
    """A message from outside."""
    run(decryption.open_message(_pieces(octets), Keys(people.ENGINE, ALICES.decrypting()), AROUND, spool=io.BytesIO()))


SESSION = SessionKey(9, bytes(range(32)))
_SUBKEY = ALICES.certificate.encryption_keys(people.NOW)[0]


def _around(body: bytes, version: int) -> bytes:
    pkesk = people.ENGINE.encrypt(_SUBKEY, SESSION, version=version)
    return packets.encode(Tag.PKESK, pkesk) + packets.encode(Tag.SEIPD, body)


def inside(octets: bytes) -> None:
    """What a sender can put inside the encryption, in both versions; opened in both passes."""
    for version, writer in ((3, Seipd1Writer(SESSION, os.urandom)), (6, Seipd2Writer(SESSION, 2, os.urandom))):
        sealed = _around(writer.feed(octets) + writer.finish(), version)
        keys = Keys(people.ENGINE, ALICES.decrypting())
        try:
            opened = run(decryption.open_message(_pieces(sealed), keys, AROUND, spool=io.BytesIO()))
            for _ in opened.release():
                pass
        except Error:
            pass


def container(octets: bytes) -> None:
    """What stands in front of the encrypted data, with everything that could open it."""
    keys = Keys(people.ENGINE, ALICES.decrypting())
    run(decryption.open_message(_pieces(octets + _around(b"\x01" + octets, 3)), keys, AROUND, spool=io.BytesIO()))


def session_keys(octets: bytes) -> None:
    """PKESK and SKESK bodies."""
    for component in ALICES.decrypting():
        people.ENGINE.decrypt(component, octets)
    found = skesk.parse(octets)
    if found.s2k.work <= 1 << 20:
        found.open(b"word")


def small_packets(octets: bytes) -> None:
    """One-pass signatures and string-to-key specifiers."""
    try:
        one_pass.parse(octets)
    except Error:
        pass
    s2k.parse(octets, 0)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    f.__name__: f
    for f in (
        armored,
        framed,
        in_cleartext,
        certificate,
        secret,
        signature,
        detached,
        signed,
        encrypted,
        inside,
        container,
        session_keys,
        small_packets,
    )
}


def seeds(name: str) -> list[bytes]:
    """Octets of the right kind to begin with."""
    return _SEEDS.get(name, lambda: [b""])()


def _sealed() -> bytes:
    from ithaca.openpgp.encryption import BinaryEncryptor

    binary = BinaryEncryptor(
        [Recipient(ALICES.fingerprint, _SUBKEY)],
        engine=people.ENGINE,
        random=os.urandom,
        created=people.NOW - 5,
        signers=[BOBS.signing(people.NOW - 5)],
        passphrases=[],
    )
    return binary.feed(TEXT) + binary.finish()


def _signed() -> bytes:
    from ithaca.openpgp.signer import MessageSigner

    signer = MessageSigner(
        [ALICES.signing(people.NOW - 5), BOBS.signing(people.NOW - 5)],
        engine=people.ENGINE,
        created=people.NOW - 5,
        random=os.urandom,
    )
    return signer.feed(TEXT) + signer.finish()


def _revoked() -> bytes:
    """A certificate whose key and subkey Carol has revoked, whom its User ID appoints."""
    key, subkey = (raw.Key(_CAROL.created, encrypting=encrypting, seed="appoints") for encrypting in (False, True))
    appoints = raw.sub(12, b"\x80\x16" + _CAROL.fingerprint)
    octets = raw.packet(6, key.body) + raw.packet(2, _CAROL.sign(0x20, key.hashed, key.created + 5))
    octets += raw.user_id(key, b"Dora <dora@example.org>", key.created, hashed=appoints)
    octets += raw.subkey(key, subkey, key.created)
    return octets + raw.packet(2, _CAROL.sign(0x28, key.hashed + subkey.hashed, key.created + 5))


def _revocation() -> bytes:
    """A revocation certificate of Alice's key."""
    holder = Keyholder(ALICES, people.ENGINE, os.urandom, people.NOW)
    return revocation.certificate(holder.issuer([]))


def _bodies(tag: int) -> list[bytes]:
    return [p.body for octets in (_signed(), *(c.octets for c in KNOWN)) for p in packets.split(octets) if p.tag == tag]


_SEEDS: Mapping[str, Callable[[], list[bytes]]] = {
    "armored": lambda: [armor.armor("MESSAGE", _sealed()), armor.armor("SIGNATURE", b"x", line_end=b"\n")],
    "framed": lambda: [_sealed(), _signed(), *(c.octets for c in KNOWN)],
    "in_cleartext": lambda: [
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\ntext\n- -x\n"
        + armor.armor("SIGNATURE", packets.encode(2, _bodies(2)[0]))
    ],
    "certificate": lambda: [*(c.octets for c in KNOWN), _revoked(), _revocation()],
    "secret": lambda: [own.octets for own in OWN],
    "signature": lambda: _bodies(2),
    "detached": lambda: [packets.encode(2, body) for body in _bodies(2)],
    "signed": lambda: [_signed()],
    "encrypted": lambda: [_sealed(), armor.armor("MESSAGE", _sealed())],
    "inside": lambda: [_signed()],
    "container": lambda: [
        packets.encode(1, people.ENGINE.encrypt(_SUBKEY, SESSION)),
        packets.encode(3, b"\x04\x09\x00\x08"),
    ],
    "session_keys": lambda: [
        people.ENGINE.encrypt(_SUBKEY, SESSION),
        people.ENGINE.encrypt(_SUBKEY, SESSION, version=6),
        b"\x04\x09\x00\x08" + bytes(33),
    ],
    "small_packets": lambda: [*_bodies(4), b"\x03\x08" + bytes(8) + b"\x60", b"\x04" + bytes(16) + b"\x03\x04\x10"],
}
