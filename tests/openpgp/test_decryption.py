"""Messages sealed here and opened there, both ways; nothing released before it is proved."""

import bz2
import hashlib
import io
import itertools
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import zlib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESOCB3
from hypothesis import given, settings
from hypothesis import strategies as st

from ithaca.errors import DecryptionError, LimitExceeded, MalformedPacket, OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp import armor, decryption, packets, s2k, symmetric
from ithaca.openpgp.algorithms import SignatureType
from ithaca.openpgp.decryption import Keys
from ithaca.openpgp.encryption import BinaryEncryptor, Encryptor, expansion
from ithaca.openpgp.engine import KeyKind, Recipient, SessionKey
from ithaca.openpgp.overlap import ahead
from ithaca.openpgp.profile import OLD, Profile
from ithaca.openpgp.verification import Surroundings
from ithaca.verdict import SignatureState
from ithaca.work import run
from openpgp import raw_message

NOW = 1_790_000_000
OCB, GCM = Profile(2, 9, 2), Profile(2, 7, 3)
SIZES = [0, 1, 511, 512, 65535, 65536, (1 << 18) - 1, 1 << 18, (1 << 18) + 1, 3_000_000]


@pytest.fixture
def seal(engine, alice):
    def make(data, *, sign=True, anonymous=False, intended=(), step=None, signer=None, profile=OLD, **more):
        recipients = [Recipient(alice.fingerprint, key, anonymous) for key in alice.certificate.encryption_keys(NOW)]
        binary = BinaryEncryptor(
            recipients,
            engine=engine,
            random=os.urandom,
            created=NOW,
            signers=[(signer or alice).signing(NOW)] if sign else (),
            profile=profile,
            intended=intended,
            **more,
        )
        encryptor = Encryptor(binary, profile=profile)
        step = step or max(1, len(data))
        return b"".join(encryptor.feed(data[i : i + step]) for i in range(0, len(data), step)) + encryptor.finish()

    return make


@pytest.fixture
def open_(engine, alice, lookup):
    def make(octets, **more):
        own = frozenset({alice.fingerprint})
        return run(
            decryption.decrypt(octets, alice.decrypting(), engine=engine, lookup=lookup, now=NOW + 60, own=own, **more)
        )

    return make


@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_opens_and_its_signature_is_good(seal, open_, size):
    data = os.urandom(size)
    sealed = seal(data, step=50_000)
    assert len(sealed) <= expansion(size, 1)
    opened = open_(sealed)
    assert opened.plaintext == data
    assert [s.state for s in opened.signatures] == [SignatureState.GOOD]


@settings(max_examples=30)
@given(data=st.binary(max_size=2000), step=st.integers(1, 700))
def test_any_octets_in_any_pieces(data, step, engine, alice, lookup):
    recipients = [Recipient(alice.fingerprint, key) for key in alice.certificate.encryption_keys(NOW)]
    encryptor = Encryptor(BinaryEncryptor(recipients, engine=engine, random=os.urandom, created=NOW))
    sealed = b"".join(encryptor.feed(data[i : i + step]) for i in range(0, len(data), step)) + encryptor.finish()
    opened = run(decryption.decrypt(sealed, alice.decrypting(), engine=engine, lookup=lookup, now=NOW))
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
    job = decryption.decrypt(
        pkesk.octets * 90 + seipd.octets, mallory.decrypting(), engine=engine, lookup=lookup, now=NOW
    )
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
        run(decryption.decrypt(seal(b"x"), mallory.decrypting(), engine=engine, lookup=lookup, now=NOW))


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
    assert str(refused.value) == symmetric.UNDECRYPTABLE


def test_data_without_integrity_protection_is_refused(seal, open_):
    data = armor.dearmor(seal(b"x")).data
    pkesk, seipd = packets.split(data)
    with pytest.raises(MalformedPacket, match="without integrity protection"):
        open_(pkesk.octets + packets.encode(9, seipd.body[1:]))


def test_other_containers_are_named_unsupported(seal, open_):
    pkesk, seipd = packets.split(armor.dearmor(seal(b"x")).data)
    for body in (b"\x02" + seipd.body[1:], b"\x01\x09\x01" + seipd.body):
        with pytest.raises(UnsupportedAlgorithm):
            open_(pkesk.octets + packets.encode(20, body))
    for body in (b"\x03" + seipd.body[1:], b"\x02\x09\x01\x0c" + seipd.body):
        with pytest.raises(UnsupportedAlgorithm):
            open_(pkesk.octets + packets.encode(18, body))


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
    session = os.urandom(32)
    key = alice.certificate.encryption_keys(NOW)[0]
    sealed = raw_message.seipd1(session, inside if mdc else inside + bytes(22), mdc=mdc)
    return packets.encode(1, engine.encrypt(key, SessionKey(9, session))) + sealed


@settings(max_examples=30)
@given(
    data=st.binary(max_size=1500),
    sizes=st.lists(st.integers(1, 300), min_size=1, max_size=5),
    line_end=st.sampled_from([None, b"\n", b"\r\n"]),
    newer=st.booleans(),
)
def test_it_opens_however_its_octets_come(data, sizes, line_end, newer, engine, alice, lookup):
    recipients = [Recipient(alice.fingerprint, key) for key in alice.certificate.encryption_keys(NOW)]
    binary = BinaryEncryptor(
        recipients,
        engine=engine,
        random=os.urandom,
        created=NOW,
        signers=[alice.signing(NOW)],
        profile=OCB if newer else OLD,
    )
    octets = binary.feed(data) + binary.finish()
    if line_end is not None:
        octets = armor.armor("MESSAGE", octets, line_end=line_end)
    cuts = itertools.cycle(sizes)
    source = io.BytesIO(octets)
    job = decryption.open_message(
        lambda: source.read(next(cuts)), Keys(engine, alice.decrypting()), Surroundings(engine, lookup, NOW)
    )
    opened = run(job)
    assert b"".join(opened.release()) == data
    assert [s.state for s in opened.signatures] == [SignatureState.GOOD]


# --- version 2, several signers, two passes ------------------------------------------------------------


@pytest.mark.parametrize("profile", [OLD, OCB, GCM], ids=["SEIPDv1", "OCB", "GCM"])
@pytest.mark.parametrize("size", [0, 1, 100_000, (1 << 18) - 30, 1 << 18, 600_000])
def test_every_profile_opens_and_its_signature_is_good(seal, open_, profile, size):
    data = os.urandom(size)
    sealed = seal(data, profile=profile, step=70_001)
    assert len(sealed) <= expansion(size, 1)
    assert (b"\r\n=" in sealed[-60:]) is (profile.version == 1), "RFC 9580 §6.1: no checksum with version 2"
    opened = open_(sealed)
    assert opened.plaintext == data
    assert [s.state for s in opened.signatures] == [SignatureState.GOOD]


@pytest.mark.parametrize("profile", [OLD, OCB], ids=["SEIPDv1", "OCB"])
def test_no_octet_can_be_altered_and_none_left_out(seal, open_, profile):
    data = armor.dearmor(seal(b"attack at dawn " * 3, profile=profile)).data
    body = len(next(packets.split(data)).octets)
    for at in range(len(data)):
        with pytest.raises(OpenPGPError):
            open_(data[:at])
    for at in range(body, len(data)):
        altered = data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]
        with pytest.raises(OpenPGPError):
            open_(altered)


def test_a_session_key_packet_of_the_other_version_is_discarded(seal, open_):
    """§10.3.2.1: or the stronger encryption could be stripped down."""
    old, new = (armor.dearmor(seal(b"x", profile=p)).data for p in (OLD, OCB))
    (key_3, seipd_1), (key_6, seipd_2) = packets.split(old), packets.split(new)
    for octets in (key_6.octets + seipd_1.octets, key_3.octets + seipd_2.octets):
        with pytest.raises(DecryptionError):
            open_(octets)
    assert open_(key_6.octets + old).plaintext == b"x"
    assert open_(key_3.octets + new).plaintext == b"x"


def test_hidden_recipients_of_version_2_open(seal, open_, alice):
    sealed = armor.dearmor(seal(b"x", profile=OCB, anonymous=True)).data
    (subkey,) = alice.certificate.encryption_keys(NOW)
    assert subkey.fingerprint_octets not in sealed
    assert open_(sealed).plaintext == b"x"


@pytest.mark.parametrize("profile", [OLD, OCB], ids=["SEIPDv1", "OCB"])
def test_a_passphrase_opens_what_is_encrypted_to_it(engine, profile):
    binary = BinaryEncryptor(
        [], engine=engine, random=os.urandom, created=NOW, profile=profile, passphrases=[b"one", b"two"]
    )
    octets = binary.feed(b"x") + binary.finish()
    around = Surroundings(engine, lambda _: [], NOW)
    for words in ([b"two"], [b"wrong", b"one"]):
        job = decryption.open_message(
            decryption.pieces_of(octets), Keys(engine, passphrases=words), around, spool=io.BytesIO()
        )
        assert b"".join(run(job).release()) == b"x"
    with pytest.raises(DecryptionError):
        run(decryption.open_message(decryption.pieces_of(octets), Keys(engine, passphrases=[b"no"]), around))
    with pytest.raises(DecryptionError):
        run(decryption.open_message(decryption.pieces_of(octets), Keys(engine), around))


@pytest.mark.parametrize("profile", [OLD, OCB], ids=["SEIPDv1", "OCB"])
def test_no_passphrase_is_derived_that_is_not_needed(engine, profile, monkeypatch):
    """Each costs what the sender says."""
    binary = BinaryEncryptor(
        [], engine=engine, random=os.urandom, created=NOW, profile=profile, passphrases=[b"one", b"two", b"three"]
    )
    octets = binary.feed(b"x") + binary.finish()
    derived = []
    derive = s2k.S2K.derive
    monkeypatch.setattr(s2k.S2K, "derive", lambda *given: derived.append(1) or derive(*given))
    keys = Keys(engine, passphrases=[b"one"])
    job = decryption.open_message(
        decryption.pieces_of(octets), keys, Surroundings(engine, lambda _: [], NOW), spool=io.BytesIO()
    )
    assert b"".join(run(job).release()) == b"x"
    assert len(derived) == 1


@pytest.mark.parametrize("profile", [OLD, OCB], ids=["SEIPDv1", "OCB"])
def test_a_session_key_that_is_at_hand_opens(engine, profile):
    binary = BinaryEncryptor([], engine=engine, random=os.urandom, created=NOW, profile=profile)
    octets = binary.feed(b"x") + binary.finish()
    around = Surroundings(engine, lambda _: [], NOW)
    keys = Keys(engine, sessions=(SessionKey(9, bytes(32)), binary.session))
    job = decryption.open_message(decryption.pieces_of(octets), keys, around, spool=io.BytesIO())
    assert b"".join(run(job).release()) == b"x"


def test_several_signers_each_with_a_result(seal, open_, alice, mallory, engine):
    recipients = [Recipient(alice.fingerprint, key) for key in alice.certificate.encryption_keys(NOW)]
    signers = [alice.signing(NOW), mallory.signing(NOW)]
    binary = BinaryEncryptor(recipients, engine=engine, random=os.urandom, created=NOW, signers=signers)
    opened = open_(binary.feed(b"text") + binary.finish())
    assert [s.state for s in opened.signatures] == [SignatureState.GOOD, SignatureState.UNKNOWN]


def test_a_text_signature_holds_for_either_line_end(seal, open_):
    opened = open_(seal(b"a\nb\r\n", kind=SignatureType.TEXT, step=1))
    assert opened.plaintext == b"a\nb\r\n"
    assert [s.state for s in opened.signatures] == [SignatureState.GOOD]


class Watched(io.BytesIO):
    """A spool that is looked at."""


@pytest.fixture(params=[OLD, OCB], ids=["SEIPDv1", "OCB"])
def large(request, seal):
    """(octets, what is in them): text that compresses to nothing, so that a leak would show."""
    text = b"the canary sings at dawn\r\n" * 150_000
    return seal(text, profile=request.param), text


def test_large_content_is_released_from_the_ciphertext(large, engine, alice, lookup):
    octets, text = large
    spool = Watched()
    job = decryption.open_message(
        decryption.pieces_of(octets),
        Keys(engine, alice.decrypting()),
        Surroundings(engine, lookup, NOW + 60, frozenset({alice.fingerprint})),
        spool=spool,
    )
    opened = run(job)
    assert b"canary" not in spool.getvalue(), "plaintext in the spool"
    assert len(spool.getvalue()) > len(text) * 0.9
    assert b"".join(opened.release()) == text
    assert b"canary" not in spool.getvalue(), "plaintext in the spool"
    assert (opened.size, opened.cipher.partition(" ")[0]) == (len(text), "AES-256")
    assert [s.state for s in opened.signatures] == [SignatureState.GOOD]


def test_what_was_altered_late_releases_nothing(large, engine, alice, lookup):
    octets, _ = large
    at = len(octets) - 2000
    altered = octets[:at] + (b"A" if octets[at : at + 1] != b"A" else b"B") + octets[at + 1 :]
    job = decryption.open_message(
        decryption.pieces_of(altered),
        Keys(engine, alice.decrypting()),
        Surroundings(engine, lookup, NOW),
        spool=Watched(),
    )
    with pytest.raises(DecryptionError):
        run(job)


def test_a_spool_that_was_changed_between_the_passes_is_noticed(large, engine, alice, lookup):
    octets, _ = large
    spool = Watched()
    job = decryption.open_message(
        decryption.pieces_of(octets), Keys(engine, alice.decrypting()), Surroundings(engine, lookup, NOW), spool=spool
    )
    opened = run(job)
    spool.getbuffer()[-5] ^= 1
    with pytest.raises(DecryptionError):
        for _ in opened.release():
            pass


def _descriptors():
    return len(os.listdir("/proc/self/fd"))


def _is_reading():
    return any(thread.name == "ithaca-ahead" for thread in threading.enumerate())


@pytest.mark.parametrize("end", ["at its end", "altered", "cut off", "cancelled", "let go"])
def test_nothing_stays_open_and_no_thread_goes_on(large, engine, alice, lookup, end):
    octets, text = large
    if end == "altered":
        octets = octets[:-3000] + (b"A" if octets[-3000:-2999] != b"A" else b"B") + octets[-2999:]
    elif end == "cut off":
        octets = octets[:-3000]
    before = _descriptors()
    with tempfile.TemporaryFile() as spool:
        job = decryption.open_message(
            decryption.pieces_of(octets),
            Keys(engine, alice.decrypting()),
            Surroundings(engine, lookup, NOW),
            spool=spool,
            ahead=ahead,
        )
        if end == "at its end":
            assert b"".join(run(job).release()) == text
        elif end in ("altered", "cut off"):
            with pytest.raises(OpenPGPError):
                run(job)
        else:
            for _ in range(6):
                next(job)
            assert _is_reading()
            if end == "cancelled":
                job.close()
            del job
    limit = time.monotonic() + 10
    while _is_reading():
        assert time.monotonic() < limit
        time.sleep(0.001)
    assert _descriptors() == before


def test_what_reading_raises_comes_out_and_is_no_end(large, engine, alice, lookup):
    octets, _ = large
    pieces = iter([octets[:400_000]])

    def read():
        for piece in pieces:
            return piece
        raise KeyError("the disk")

    for reading in (iter, ahead):
        pieces = iter([octets[:400_000]])
        job = decryption.open_message(
            read, Keys(engine, alice.decrypting()), Surroundings(engine, lookup, NOW), spool=io.BytesIO(), ahead=reading
        )
        with pytest.raises(KeyError, match="the disk"):
            run(job)


BIG = """
import os, sys, tempfile
from ithaca.openpgp import decryption, encryption, overlap, profile
from ithaca.openpgp.engine import KeyKind, Recipient
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.openpgp.verification import Surroundings
from ithaca.work import run

NOW, PIECE, COUNT = 1_790_000_000, 1 << 18, 256
chosen = profile.Profile(2, 9, 2) if sys.argv[1] == "2" else profile.OLD
engine = PgpyEngine()
signer = engine.generate_key(KeyKind(27), NOW)
key = engine.generate_key(KeyKind(25), NOW, subkey=True)
binary = encryption.BinaryEncryptor(
    [Recipient(key.public.fingerprint, key.public)],
    engine=engine, random=os.urandom, created=NOW, signers=[signer], profile=chosen,
)
encryptor = encryption.Encryptor(binary, profile=chosen)
piece = os.urandom(PIECE)
with tempfile.TemporaryFile() as sealed, tempfile.TemporaryFile() as spool:
    for _ in range(COUNT):
        sealed.write(encryptor.feed(piece))
    sealed.write(encryptor.finish())
    sealed.seek(0)
    job = decryption.open_message(
        lambda: sealed.read(PIECE),
        decryption.Keys(engine, [key]),
        Surroundings(engine, lambda _: [], NOW),
        spool=spool,
        ahead=overlap.ahead,
    )
    opened = run(job)
    released = 0
    for octets in opened.release():
        assert octets == piece
        released += len(octets)
assert released == PIECE * COUNT == opened.size
status = open("/proc/self/status").read()
print(status.partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.parametrize("version", ["1", "2"])
def test_64_mb_are_sealed_and_opened_in_less_memory_than_that(version):
    done = subprocess.run([sys.executable, "-c", BIG, version], capture_output=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert int(done.stdout) < 64 << 10


def test_what_is_wrong_inside_is_told_only_of_proved_octets(engine, alice, open_):
    """§13.4: or every malformed packet inside would be an answer to somebody's altered ciphertext."""
    good = _encrypt(engine, alice, b"\xcb\x02junk")
    with pytest.raises(MalformedPacket):
        open_(good)
    with pytest.raises(DecryptionError):
        open_(good[:-1] + bytes([good[-1] ^ 1]))


def test_version_6_keys_seal_and_sign(engine):
    kinds = [(KeyKind(25), 25), (KeyKind(26), 26)]
    for kind, _ in kinds:
        component = engine.generate_key(kind, NOW, version=6, subkey=True)
        for profile in (OLD, OCB):
            binary = BinaryEncryptor(
                [Recipient(component.public.fingerprint, component.public)],
                engine=engine, random=os.urandom, created=NOW, profile=profile,
            )  # fmt: skip
            octets = binary.feed(b"x") + binary.finish()
            opened = run(decryption.decrypt(octets, [component], engine=engine, lookup=lambda _: [], now=NOW))
            assert opened.plaintext == b"x"


@pytest.mark.parametrize("bits", [9, 16])
def test_gnupgs_packet_of_type_20_opens(engine, alice, open_, bits):
    """Written by hand after LibrePGP §5.16, since GnuPG 2.2 writes none; rnp's are read in `test_aead`."""
    session = SessionKey(9, os.urandom(32))
    inside = packets.encode(11, b"b\0" + bytes(4) + os.urandom(3000))
    head, start = b"\x01\x09\x02\x00", os.urandom(15)
    body, count = head + start, 0
    mode = AESOCB3(session.key)
    for index, at in enumerate(range(0, len(inside), 64)):
        body += _type_20_chunk(mode, head, start, index, inside[at : at + 64])
        count = index + 1
    body += _type_20_chunk(mode, head, start, count, b"", total=len(inside))
    writer = packets.PartialWriter(20, bits)
    octets = packets.encode(1, engine.encrypt(alice.certificate.encryption_keys(NOW)[0], session))
    octets += writer.feed(body) + writer.finish()
    assert open_(octets).plaintext == inside[-3000:]
    with pytest.raises(DecryptionError):
        open_(octets[:-1] + bytes([octets[-1] ^ 1]))


def _type_20_chunk(mode, head, start, index, octets, total=None):
    nonce = start[:-8] + (int.from_bytes(start[-8:], "big") ^ index).to_bytes(8, "big")
    bound = b"\xd4" + head + index.to_bytes(8, "big") + (b"" if total is None else total.to_bytes(8, "big"))
    return mode.encrypt(nonce, octets, bound)


OLD_CIPHERS = {2: ("TripleDES", 24, 8), 3: ("CAST5", 16, 8), 4: ("Blowfish", 16, 8), 13: ("Camellia-256", 32, 16)}


@pytest.mark.parametrize("number", OLD_CIPHERS)
def test_an_outdated_cipher_opens_and_is_named(engine, gpg, alice_octets, open_, number):
    name, _, _ = OLD_CIPHERS[number]
    gpg("--import", data=alice_octets)
    algorithm = {2: "3DES", 3: "CAST5", 4: "BLOWFISH", 13: "CAMELLIA256"}[number]
    clock = ("--faked-system-time", str(NOW + 5), "--cipher-algo", algorithm)
    opened = open_(gpg(*clock, "-r", "alice@example.org", "--encrypt", data=b"text").stdout)
    assert (opened.plaintext, opened.cipher, opened.is_outdated) == (b"text", name, True)


@pytest.mark.parametrize("kept", ["spool", "in memory"])
def test_another_session_key_for_us_in_front_is_no_end(engine, alice, lookup, kept):
    """Whoever has our certificate can put one there on the way."""
    key = alice.certificate.encryption_keys(NOW)[0]
    rogue = packets.encode(1, engine.encrypt(key, SessionKey(9, os.urandom(32))))
    octets = armor.armor("MESSAGE", rogue * 3 + _encrypt(engine, alice, packets.encode(11, b"b\0\0\0\0\0text")))
    keys, around = Keys(engine, alice.decrypting()), Surroundings(engine, lookup, NOW)
    if kept == "spool":
        read = decryption.pieces_of(octets)
        opened = run(decryption.open_message(read, keys, around, spool=io.BytesIO()))
        assert b"".join(opened.release()) == b"text"
    else:
        opened = run(decryption.decrypt(octets, keys.secrets, engine=engine, lookup=lookup, now=NOW))
        assert opened.plaintext == b"text"


@pytest.mark.parametrize(
    ("octets", "offset"),
    [
        (b"", 0),
        (packets.encode(1, b"\x03") * 2, 6),
        (packets.encode(10, b"PGP") + packets.encode(11, b"b\0\0\0\0\0x"), 5),
        (packets.encode(10, b"PGP") + packets.encode(4, bytes(13)), 5),
        (packets.encode(10, b"PGP") + packets.encode(9, bytes(30)), 5),
        (packets.encode(10, b"PGP") + packets.encode(18, b"\x07"), 5),
        (packets.encode(10, b"PGP") + packets.encode(39, b"x"), 5),
        (packets.encode(1, b"") * 101 + packets.encode(18, b"\x01"), 200),
    ],
)
def test_what_is_wrong_outside_is_told_with_its_octet(engine, octets, offset):
    with pytest.raises(OpenPGPError) as caught:
        run(decryption.open_message(decryption.pieces_of(octets), Keys(engine), Surroundings(engine, None, NOW)))
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("inside", "offset"),
    [
        (packets.encode(11, b"b\0\0\0\0\0x") * 2, 9),
        (packets.encode(10, b"PGP") + packets.encode(18, b"\x01x"), 5),
        (packets.encode(10, b"PGP"), 5),
        (packets.encode(8, b"\0" + packets.encode(10, b"PGP") + packets.encode(1, b"x")), 5),
    ],
)
def test_what_is_wrong_inside_is_told_with_the_octet_of_the_plaintext(open_, engine, alice, inside, offset):
    with pytest.raises(MalformedPacket) as caught:
        open_(_encrypt(engine, alice, inside))
    assert caught.value.offset == offset


@pytest.mark.parametrize("profile", [OLD, OCB], ids=["SEIPDv1", "OCB"])
def test_a_ciphertext_has_one_digest_however_it_is_framed(seal, open_, profile):
    """Sent on in one length, without armor, behind a marker and other session keys, it is still the same."""
    binary = armor.binary(seal(os.urandom(300_000), profile=profile))
    *keys, body = packets.split(binary)
    whole = packets.encode(10, b"PGP") + b"".join(packets.encode(p.tag, p.body) for p in keys * 2)
    whole += packets.encode(body.tag, body.body)
    assert whole != binary
    assert open_(binary).digest == open_(whole).digest == hashlib.sha256(body.body).digest()


def test_two_ciphertexts_of_one_text_have_two_digests(seal, open_):
    assert open_(seal(b"x")).digest != open_(seal(b"x")).digest
