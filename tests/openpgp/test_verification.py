"""Document signatures: good needs everything, and every refusal has its reason."""

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from ithaca.errors import LimitExceeded
from ithaca.openpgp import arithmetic, signing, verification
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import KeyKind
from ithaca.openpgp.signature import Signature
from ithaca.verdict import SignatureState

T0 = 1_700_000_000
DAY = 86400
NOW = T0 + 10 * DAY
TEXT = b"Alice <alice@example.org>"
DOCUMENT = b"I promise.\r\n"


@pytest.fixture
def key(raw):
    return raw.Key(T0)


@pytest.fixture
def judge(raw, key, engine):
    """Judge one signature over the document with Alice's certificate known."""
    certificate = Certificate.parse(raw.packet(6, key.body) + raw.user_id(key, TEXT, T0, expires=100 * DAY), engine)

    def run(body, document=DOCUMENT, recipients=None, known=True, now=NOW):
        signature = Signature.parse(body)
        hasher = signature.hasher() or hashlib.sha256()
        hasher.update(document)
        return verification.judge(
            signature,
            hasher,
            engine=engine,
            lookup=lambda name: [certificate] if known and name in certificate.names() else [],
            now=now,
            recipients=recipients,
        )

    return run


def test_good(judge, key):
    found = judge(key.sign(0, DOCUMENT, NOW))
    assert found.state is SignatureState.GOOD
    assert found.signer == key.fingerprint.hex().upper()
    assert found.user_ids == (TEXT.decode(),)
    assert found.hash == "SHA256"


def test_bad_when_a_single_octet_differs(judge, key):
    assert judge(key.sign(0, DOCUMENT, NOW), DOCUMENT + b" ").state is SignatureState.BAD


def test_unknown_without_the_certificate(judge, key):
    assert judge(key.sign(0, DOCUMENT, NOW), known=False).state is SignatureState.UNKNOWN


REFUSED = {
    "a signature over nothing, type 02": lambda k, r: k.sign(2, b"", NOW),
    "a timestamp signature, type 40": lambda k, r: k.sign(0x40, b"", NOW),
    "third-party confirmation, type 50": lambda k, r: k.sign(0x50, b"", NOW),
    "a certification, type 10": lambda k, r: k.sign(0x10, DOCUMENT, NOW),
    "MD5": lambda k, r: k.sign(0, DOCUMENT, NOW, hash_id=1),
    "SHA-1": lambda k, r: k.sign(0, DOCUMENT, NOW, hash_id=2),
    "an hour in the future": lambda k, r: k.sign(0, DOCUMENT, NOW + 3600),
    "expired by itself": lambda k, r: k.sign(0, DOCUMENT, NOW - DAY, hashed=r.sub(3, r.u32(3600))),
    "before the key was made": lambda k, r: k.sign(0, DOCUMENT, T0 - DAY),
    "critical unknown subpacket": lambda k, r: k.sign(0, DOCUMENT, NOW, hashed=r.sub(100, b"", critical=True)),
    "a lifetime that cannot be read": lambda k, r: k.sign(0, DOCUMENT, NOW, hashed=r.sub(3, b"abc")),
    "critical notation": lambda k, r: k.sign(
        0, DOCUMENT, NOW, hashed=r.sub(20, b"\0\0\0\0\0\3\0\1a@bc", critical=True)
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(judge, key, raw, case):
    found = judge(REFUSED[case](key, raw))
    assert found.state is SignatureState.REFUSED
    assert found.reason


def test_refused_when_the_key_had_expired_at_signing(judge, key):
    found = judge(key.sign(0, DOCUMENT, T0 + 101 * DAY), now=T0 + 102 * DAY)
    assert (found.state, found.reason) == (SignatureState.REFUSED, "the signer's key expired on 2024-02-22")


def test_good_still_when_the_key_expired_after_signing(judge, key):
    assert judge(key.sign(0, DOCUMENT, NOW), now=T0 + 500 * DAY).state is SignatureState.GOOD


def test_a_letter_sealed_to_somebody_else_and_sent_on_is_refused(judge, key, raw):
    intended = raw.sub(35, b"\x04" + bytes(20))
    body = key.sign(0, DOCUMENT, NOW, hashed=intended)
    assert judge(body, recipients=frozenset({"AB" * 20})).state is SignatureState.REFUSED
    assert judge(body, recipients=frozenset({"00" * 20})).state is SignatureState.GOOD
    assert judge(body).state is SignatureState.GOOD


def test_a_wrong_issuer_fingerprint_is_never_good(judge, key, raw):
    other = raw.Key(T0)
    body = key.sign(0, DOCUMENT, NOW, issuer=other.fingerprint, unhashed=raw.sub(16, key.fingerprint[-8:]))
    assert judge(body).state is not SignatureState.GOOD


def test_a_version_3_signature_is_good_where_its_hash_is(judge, key, raw):
    """RFC 9580 §5.2.2: old, but type and time are hashed, and nothing else can be said in it."""
    for hash_id, name, state in ((8, "sha256", SignatureState.GOOD), (2, "sha1", SignatureState.REFUSED)):
        digest = hashlib.new(name, DOCUMENT + b"\0" + raw.u32(NOW)).digest()
        signed = key.private.sign(digest)
        fields = raw.mpi(signed[:32]) + raw.mpi(signed[32:])
        head = b"\x03\x05\0" + raw.u32(NOW) + key.fingerprint[-8:] + bytes([22, hash_id])
        assert judge(head + digest[:2] + fields).state is state
        other = b"\x03\x05\0" + raw.u32(NOW + 1) + key.fingerprint[-8:] + bytes([22, hash_id])
        if state is SignatureState.GOOD:
            assert judge(other + digest[:2] + fields).state is SignatureState.BAD


def test_a_version_6_signature_by_a_version_4_key_is_refused(judge, key, raw):
    """RFC 9580 §5.2: a key makes signatures of its own version alone."""
    area = raw.sub(2, raw.u32(NOW)) + raw.sub(33, b"\x04" + key.fingerprint)
    head = bytes([6, 0, 22, 8]) + raw.u32(len(area)) + area
    salt = b"s" * 16
    digest = hashlib.sha256(salt + DOCUMENT + head + b"\x06\xff" + raw.u32(len(head))).digest()
    signed = key.private.sign(digest)
    body = head + raw.u32(0) + digest[:2] + b"\x10" + salt + raw.mpi(signed[:32]) + raw.mpi(signed[32:])
    found = judge(body)
    assert (found.state, found.reason) == (SignatureState.REFUSED, "a version 6 signature by a version 4 key")


def test_a_signature_by_a_weak_key_is_refused_and_not_bad(engine, raw):
    """ "Bad" would accuse somebody of having altered the text."""
    made = engine.generate_key(KeyKind(1, bits=1024), T0)
    unsigned = signing.build(0, made.public, 8, NOW, random=bytes)
    hasher = unsigned.hasher()
    hasher.update(DOCUMENT)

    class Careless:
        def sign(self, key, hash_algorithm, digest):
            return arithmetic.SIGN[1](key.private, Prehashed(hashes.SHA256()), digest)

    signature = Signature.parse(unsigned.complete(Careless(), made, hasher))
    certificate = Certificate.parse(raw.packet(6, made.public.body), engine)
    found = verification.judge(
        signature, hasher, engine=engine, lookup=lambda _: [certificate], now=NOW, recipients=None
    )
    assert (found.state, found.reason) == (
        SignatureState.REFUSED,
        "the signer's key is not accepted: RSA with 1024 bits is not accepted",
    )


def test_a_detached_signature_has_32_signatures_at_most(raw, key):
    packet = raw.packet(2, key.sign(0, DOCUMENT, NOW))
    assert len(verification.signature_bodies(packet * 32)) == 32
    with pytest.raises(LimitExceeded, match="more than 32 signatures"):
        verification.signature_bodies(packet * 33)


def test_names_of_the_maker_are_heard_to_a_limit(raw, engine, key):
    asked = []
    names = b"".join(raw.sub(16, n.to_bytes(8, "big")) for n in range(1, 200))
    packet = Signature.parse(key.sign(0, DOCUMENT, NOW, unhashed=names))
    hasher = packet.hasher()
    verification.judge(
        packet, hasher, engine=engine, lookup=lambda name: asked.append(name) or (), now=NOW, recipients=None
    )
    assert len(asked) == verification.MOST_ISSUERS
