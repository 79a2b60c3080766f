"""Bulk: sealed here and opened there, both ways; nothing released before it is proved."""

import bz2
import os
import random
import subprocess
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ithaca.errors import DecryptionError, LimitExceeded, MalformedPacket, OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp import armor, packets, stream, verification
from ithaca.openpgp.algorithms import HASHES
from ithaca.openpgp.engine import Recipient
from ithaca.verdict import SignatureState
from ithaca.work import run

NOW = 1_790_000_000
SIZES = [0, 1, 511, 512, 65535, 65536, (1 << 18) - 1, 1 << 18, (1 << 18) + 1, 3_000_000]


@pytest.fixture
def seal(engine, alice):
    def make(data, *, sign=True, anonymous=False, intended=(), step=None, signer=None):
        recipients = [Recipient(alice.fingerprint, key, anonymous) for key in alice.certificate.encryption_keys(NOW)]
        encryptor = stream.Encryptor(
            recipients,
            engine=engine,
            signer=(signer or alice).signing(NOW) if sign else None,
            created=NOW,
            intended=intended,
        )
        step = step or max(1, len(data))
        return b"".join(encryptor.feed(data[i : i + step]) for i in range(0, len(data), step)) + encryptor.finish()

    return make


@pytest.fixture
def open_(engine, alice, lookup):
    def make(octets, **more):
        own = frozenset({alice.fingerprint})
        return run(
            stream.decrypt(octets, alice.decrypting(), engine=engine, lookup=lookup, now=NOW + 60, own=own, **more)
        )

    return make


@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_opens_and_its_signature_is_good(seal, open_, size):
    data = os.urandom(size)
    sealed = seal(data, step=50_000)
    assert len(sealed) <= stream.expansion(size, 1)
    opened = open_(sealed)
    assert opened.plaintext == data
    assert [s.state for s in opened.signatures] == [SignatureState.GOOD]


@settings(max_examples=30)
@given(data=st.binary(max_size=2000), step=st.integers(1, 700))
def test_any_octets_in_any_pieces(data, step, engine, alice, lookup):
    recipients = [Recipient(alice.fingerprint, key) for key in alice.certificate.encryption_keys(NOW)]
    encryptor = stream.Encryptor(recipients, engine=engine, signer=None, created=NOW)
    sealed = b"".join(encryptor.feed(data[i : i + step]) for i in range(0, len(data), step)) + encryptor.finish()
    opened = run(stream.decrypt(sealed, alice.decrypting(), engine=engine, lookup=lookup, now=NOW))
    assert opened.plaintext == data


@pytest.mark.parametrize("size", [0, 1, 65536, 300_000])
def test_gpg_opens_what_we_seal(seal, gpg, alice_octets, size):
    gpg("--import", data=alice_octets)
    data = os.urandom(size)
    opened = gpg("--faked-system-time", str(NOW + 60), "--decrypt", data=seal(data))
    assert opened.stdout == data
    assert b"GOODSIG" in opened.stderr
    assert b"GOODMDC" in opened.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("-z0",),
        ("--compress-algo", "zip"),
        ("--compress-algo", "zlib"),
        ("--compress-algo", "bzip2"),
        ("--armor",),
        ("-t",),
        ("--throw-keyids",),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("size", [0, 10, 300_000])
def test_we_open_what_gpg_seals(open_, gpg, alice_octets, options, size):
    gpg("--import", data=alice_octets)
    data = (b"line of text\r\n" * (size // 14 + 1))[:size]
    command = (
        "--faked-system-time",
        str(NOW + 30),
        *options,
        "-r",
        "alice@example.org",
        "--sign",
        "--encrypt",
    )
    opened = open_(gpg(*command, data=data).stdout)
    expected = data if options != ("-t",) else data.replace(b"\r\n", b"\n")
    assert opened.plaintext.replace(b"\r\n", b"\n") == expected.replace(b"\r\n", b"\n")
    assert [s.state for s in opened.signatures] == [SignatureState.GOOD]


def test_sqop_and_rnp_read_what_we_seal(seal, program, alice_octets, alice, tmp_path):
    data = os.urandom(50_000)
    sealed = seal(data)
    (tmp_path / "key").write_bytes(alice_octets)
    (tmp_path / "cert").write_bytes(alice.certificate.octets)
    (tmp_path / "password").write_bytes(b"correct horse")
    command = [program("sqop"), "decrypt", f"--with-key-password={tmp_path / 'password'}"]
    command += [
        f"--verify-with={tmp_path / 'cert'}",
        f"--verifications-out={tmp_path / 'out'}",
        str(tmp_path / "key"),
    ]
    found = subprocess.run(command, input=sealed, capture_output=True, timeout=60, check=False)
    assert found.stdout == data, found.stderr
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "sealed").write_bytes(sealed)
    rnp = [program("rnp"), "--homedir", str(tmp_path / "home"), "--keyfile", str(tmp_path / "key")]
    rnp += ["--password", "correct horse", "--decrypt", str(tmp_path / "sealed"), "--output", "-"]
    found = subprocess.run(rnp, capture_output=True, timeout=60, check=False)
    assert found.stdout == data, found.stderr


def test_hidden_recipients_open(seal, open_):
    sealed = seal(b"text", anonymous=True)
    pkesk = next(packets.split(armor.dearmor(sealed).data))
    assert pkesk.body[1:9] == bytes(8)
    assert open_(sealed).plaintext == b"text"


def test_each_try_for_a_hidden_recipient_is_a_piece_of_work(seal, engine, mallory, lookup):
    """So that a letter with many of them stalls no other."""
    pkesk, seipd = packets.split(armor.dearmor(seal(b"text", anonymous=True)).data)
    job = stream.decrypt(pkesk.octets * 90 + seipd.octets, mallory.decrypting(), engine=engine, lookup=lookup, now=NOW)
    pieces = []
    with pytest.raises(DecryptionError):
        pieces.extend(job)
    assert len(pieces) >= 90


def test_a_letter_meant_for_others_is_refused_and_ours_is_good(seal, open_, alice):
    assert open_(seal(b"x", intended=["00" * 20])).signatures[0].state is SignatureState.REFUSED
    assert open_(seal(b"x", intended=[alice.fingerprint])).signatures[0].state is SignatureState.GOOD


def test_an_unknown_signer_is_unknown(seal, open_, mallory):
    assert open_(seal(b"x", signer=mallory)).signatures[0].state is SignatureState.UNKNOWN


def test_without_a_key_of_ours_there_is_nothing(seal, engine, mallory, lookup):
    with pytest.raises(DecryptionError):
        run(stream.decrypt(seal(b"x"), mallory.decrypting(), engine=engine, lookup=lookup, now=NOW))


def test_two_hundred_alterations_never_give_a_plaintext(seal, open_):
    data = armor.dearmor(seal(b"attack at dawn " * 40)).data
    rng = random.Random(7)
    for _ in range(200):
        altered = bytearray(data)
        altered[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        if rng.random() < 0.3:
            altered = altered[: rng.randrange(len(data))]
        try:
            opened = open_(bytes(altered))
        except OpenPGPError:
            continue
        # What is left: the key ID of the recipient, and the old packet header's spare forms.
        assert opened.plaintext == b"attack at dawn " * 40


def test_a_missing_digest_is_refused_in_the_same_words(open_, engine, alice):
    """SEIPD whose digest was cut off (CVE-2017-17688)."""
    sealed = _encrypt(engine, alice, packets.encode(11, b"b\0" + bytes(4) + b"text"), mdc=False)
    with pytest.raises(DecryptionError) as refused:
        open_(sealed)
    assert str(refused.value) == stream.UNDECRYPTABLE


def test_data_without_integrity_protection_is_refused(seal, open_):
    data = armor.dearmor(seal(b"x")).data
    pkesk, seipd = packets.split(data)
    with pytest.raises(MalformedPacket, match="without integrity protection"):
        open_(pkesk.octets + packets.encode(9, seipd.body[1:]))


def test_other_containers_are_named_unsupported(seal, open_):
    pkesk, seipd = packets.split(armor.dearmor(seal(b"x")).data)
    with pytest.raises(UnsupportedAlgorithm):
        open_(pkesk.octets + packets.encode(20, seipd.body))
    with pytest.raises(UnsupportedAlgorithm):
        open_(pkesk.octets + packets.encode(18, b"\x02" + seipd.body[1:]))


def test_anything_beside_the_encrypted_data_is_refused(seal, open_):
    data = armor.dearmor(seal(b"x")).data
    literal = packets.encode(11, b"b\0" + bytes(4) + b"foreign")
    for octets in (literal + data, data + literal, data + data):
        with pytest.raises(MalformedPacket):
            open_(octets)
    assert open_(data + packets.encode(61, b"private")).plaintext == b"x"


def test_unknown_recipients_beside_ours_do_no_harm(seal, open_):
    pkesk, seipd = packets.split(armor.dearmor(seal(b"x")).data)
    strange = [
        b"\x06\x00\x19" + bytes(40),
        b"\x03" + bytes(8) + b"\x63" + bytes(20),
        pkesk.body[:10] + b"\0\0junk",
    ]
    octets = b"".join(packets.encode(1, body) for body in strange) + pkesk.octets + seipd.octets
    assert open_(octets).plaintext == b"x"


BOMBS = {
    "zip": (1, lambda d: zlib.compress(d, 9)[2:-4]),
    "zlib": (2, lambda d: zlib.compress(d, 9)),
    "bzip2": (3, lambda d: bz2.compress(d, 9)),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_a_limit_and_not_a_gigabyte(open_, engine, alice, kind):
    number, compress = BOMBS[kind]
    literal = packets.encode(11, b"b\0" + bytes(4) + bytes(40 << 20))
    sealed = _encrypt(engine, alice, packets.encode(8, bytes([number]) + compress(literal)))
    with pytest.raises(LimitExceeded):
        open_(sealed)


@pytest.mark.parametrize(
    "inside",
    [
        packets.encode(11, b"b\0" + bytes(4) + b"one") + packets.encode(11, b"b\0" + bytes(4) + b"two"),
        packets.encode(8, b"\x02" + zlib.compress(b"junk")),
        packets.encode(8, b"\x02junk"),
        packets.encode(8, b"\x09junk"),
        packets.encode(11, b"b\xff"),
        packets.encode(38, b""),
        b"",
        b"\x00\x01",
    ],
    ids=[
        "two literals",
        "no packet",
        "no zlib",
        "unknown",
        "short literal",
        "unknown critical",
        "empty",
        "no framing",
    ],
)
def test_what_is_no_message_inside_is_an_error_of_ours(open_, engine, alice, inside):
    with pytest.raises(OpenPGPError):
        open_(_encrypt(engine, alice, inside))


def _encrypt(engine, alice, inside, *, mdc=True):
    """SEIPDv1 of any packets, built by hand."""
    import hashlib

    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

    from ithaca.openpgp.engine import SessionKey
    from ithaca.openpgp.pgpy_shim import CFB

    session = SessionKey(9, os.urandom(32))
    prefix = os.urandom(16)
    plain = prefix + prefix[-2:] + inside
    if mdc:
        plain += b"\xd3\x14" + hashlib.sha1(plain + b"\xd3\x14").digest()
    else:
        plain += bytes(22)
    key = alice.certificate.encryption_keys(NOW)[0]
    cipher = Cipher(algorithms.AES(session.key), CFB(bytes(16))).encryptor().update(plain)
    return packets.encode(1, engine.encrypt(key, session)) + packets.encode(18, b"\x01" + cipher)


def test_detached_signatures_both_ways_with_gpg(engine, alice, alice_octets, lookup, gpg, tmp_path):
    gpg("--import", data=alice_octets)
    document = b"signed\r\ntext\r\n"
    (tmp_path / "document").write_bytes(document)
    signer = stream.DetachedSigner(alice.signing(NOW), engine=engine, created=NOW)
    signer.feed(document[:5])
    signer.feed(document[5:])
    (tmp_path / "signature").write_bytes(signer.finish())
    assert signer.micalg == HASHES[8].micalg == "pgp-sha256"
    command = ("--faked-system-time", str(NOW + 9))
    assert b"GOODSIG" in gpg(*command, "--verify", str(tmp_path / "signature"), str(tmp_path / "document")).stderr
    for mode in ((), ("--textmode",)):
        made = gpg(*command, *mode, "--armor", "--detach-sign", data=document).stdout
        judged = run(verification.verify_detached(document, made, engine=engine, lookup=lookup, now=NOW + 10))
        assert [s.state for s in judged] == [SignatureState.GOOD]
        judged = run(verification.verify_detached(document + b"x", made, engine=engine, lookup=lookup, now=NOW + 10))
        assert [s.state for s in judged] == [SignatureState.BAD]


def test_a_signature_part_that_holds_a_whole_message_is_refused(engine, alice, lookup, gpg, alice_octets):
    gpg("--import", data=alice_octets)
    whole = gpg("--faked-system-time", str(NOW + 9), "--sign", "-z0", data=b"something else").stdout
    with pytest.raises(MalformedPacket):
        run(verification.verify_detached(b"text", whole, engine=engine, lookup=lookup, now=NOW + 10))
