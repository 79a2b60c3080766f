"""Session keys under passphrases: with gpg, sqop and rnp both ways, and at a bounded cost."""

import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import DecryptionError, LimitExceeded, MalformedPacket, OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp import packets, s2k, skesk, symmetric
from ithaca.openpgp.algorithms import KEY_LENGTH
from ithaca.openpgp.engine import SessionKey
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.s2k import S2K
from ithaca.openpgp.skesk import Skesk
from openpgp import annex_a

PASSPHRASE = b"correct horse"
SESSION = SessionKey(9, bytes(range(32)))
SALTED = S2K(s2k.SALTED, 8, bytes(range(8)))
TEXT = b"a text under a passphrase\n"


def message(*passphrases):
    """SKESKs of version 4 and SEIPDv1 of ours."""
    keys = [skesk.encrypt(SESSION, p, version=4, random=os.urandom) for p in passphrases]
    writer = symmetric.Seipd1Writer(SESSION, os.urandom)
    literal = packets.encode(Tag.LITERAL, b"b\0" + bytes(4) + TEXT)
    sealed = writer.feed(literal) + writer.finish()
    return b"".join(packets.encode(Tag.SKESK, key) for key in keys) + packets.encode(Tag.SEIPD, sealed)


def opened(octets, *passphrases):
    """The literal data of a message with SEIPDv1; None where no passphrase opens it."""
    *keys, sealed = packets.split(octets)
    assert {k.tag for k in keys} == {Tag.SKESK}
    for session in skesk.session_keys([k.body for k in keys], passphrases, 4):
        try:
            reader = symmetric.Seipd1Reader(session)
            plain = reader.feed(sealed.body[1:]) + reader.finish()
        except DecryptionError:
            continue
        literal = next(packets.split(plain)).body
        return literal[2 + literal[1] + 4 :]
    return None


# --- other programs ------------------------------------------------------------------------------------

GPG_CIPHERS = ["IDEA", "3DES", "CAST5", "BLOWFISH", "AES", "AES192", "AES256"]
GPG_CIPHERS += ["CAMELLIA128", "CAMELLIA192", "CAMELLIA256"]


def gpg_symmetric(gpg, *options):
    return gpg("--rfc4880", "--allow-old-cipher-algos", "-z0", "--symmetric", *options, data=TEXT).stdout


@pytest.fixture
def old_gpg(gpg):
    """gpg with options that not every gpg of today has."""
    done = gpg("--allow-old-cipher-algos", "--version", check=False)
    return gpg if done.returncode == 0 else lambda *a, **k: gpg(*(x for x in a if "allow-old" not in x), **k)


@pytest.mark.parametrize("name", GPG_CIPHERS)
def test_what_gpg_encrypts_with_any_cipher_is_read(old_gpg, name):
    octets = gpg_symmetric(old_gpg, "--cipher-algo", name)
    assert opened(octets, b"wrong horse", PASSPHRASE) == TEXT
    assert opened(octets, b"wrong horse") is None


def test_twofish_is_refused_by_name(old_gpg):
    key = next(packets.split(gpg_symmetric(old_gpg, "--cipher-algo", "TWOFISH"))).body
    with pytest.raises(UnsupportedAlgorithm, match="Twofish"):
        skesk.parse(key).open(PASSPHRASE) and symmetric.decryptor(skesk.parse(key).open(PASSPHRASE))
    assert opened(gpg_symmetric(old_gpg, "--cipher-algo", "AES"), PASSPHRASE) == TEXT


@pytest.mark.parametrize(
    ("mode", "digest"),
    [("0", "MD5"), ("0", "SHA256"), ("1", "SHA1"), ("3", "RIPEMD160"), ("3", "SHA224"), ("3", "SHA512")],
)
def test_every_derivation_of_gpg_is_read(old_gpg, mode, digest):
    octets = gpg_symmetric(
        old_gpg, "--s2k-mode", mode, "--s2k-digest-algo", digest, "--s2k-count", "1024", "--cipher-algo", "AES256"
    )
    assert opened(octets, PASSPHRASE) == TEXT


def test_what_we_encrypt_gpg_reads(gpg):
    """The right passphrase first: gpg ends at the first packet that seems to open, which one wrong in a hundred does."""
    assert gpg("--decrypt", data=message(PASSPHRASE, b"another")).stdout == TEXT


def test_sqop_both_ways(program, tmp_path):
    (tmp_path / "password").write_bytes(PASSPHRASE)
    sqop = [program("sqop")]
    encrypt = [*sqop, "encrypt", "--no-armor", "--with-password", tmp_path / "password"]
    made = subprocess.run(encrypt, input=TEXT, capture_output=True, check=True, timeout=60).stdout
    assert opened(made, PASSPHRASE) == TEXT
    decrypt = [*sqop, "decrypt", "--with-password", tmp_path / "password"]
    read = subprocess.run(decrypt, input=message(PASSPHRASE), capture_output=True, check=True, timeout=60)
    assert read.stdout == TEXT


def test_rnp_both_ways(program, tmp_path):
    rnp = [program("rnp"), "--homedir", tmp_path, "--password", PASSPHRASE.decode()]
    (tmp_path / "plain").write_bytes(TEXT)
    (tmp_path / "ours").write_bytes(message(PASSPHRASE))
    for command in (["-c", "-z", "0", "--output", "made", "plain"], ["-d", "--output", "read", "ours"]):
        done = subprocess.run([*rnp, *command], cwd=tmp_path, capture_output=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "read").read_bytes() == TEXT
    assert opened((tmp_path / "made").read_bytes(), PASSPHRASE) == TEXT


# --- the published samples -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "key"), [(annex_a.A10_OCB, annex_a.A10_SESSION), (annex_a.A11_GCM, annex_a.A11_SESSION)]
)
def test_the_samples_of_annex_a_give_their_session_keys(sample, key):
    packet = skesk.parse(sample[3])
    assert packet.encode() == sample[3]
    assert packet.open(annex_a.PASSWORD).key == key
    assert packet.open(annex_a.PASSWORD).cipher == 0
    assert packet.open(b"another") is None


def test_eax_is_refused_by_name():
    with pytest.raises(UnsupportedAlgorithm, match="EAX"):
        skesk.parse(annex_a.A9_EAX[3])


def test_argon2_goes_with_version_4_too():
    """As in A.12, whose samples take two gigabytes; the specifier and the rest are theirs."""
    packet = skesk.parse(annex_a.A12_ARGON2[3])
    assert (packet.version, packet.cipher, packet.s2k.kind, packet.s2k.memory) == (4, 7, s2k.ARGON2, 21)
    cheap = S2K(s2k.ARGON2, salt=bytes(16), passes=1, lanes=1, memory=3)
    assert Skesk(4, 7, 0, cheap, b"", b"").open(PASSPHRASE) == SessionKey(7, cheap.derive(PASSPHRASE, 16))


# --- ours ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("cipher", sorted(KEY_LENGTH))
def test_a_session_key_comes_back(version, cipher):
    session = SessionKey(cipher, bytes(range(KEY_LENGTH[cipher])))
    body = skesk.encrypt(session, PASSPHRASE, version=version, random=os.urandom)
    packet = skesk.parse(body)
    assert packet.encode() == body
    assert packet.open(PASSPHRASE) == (session if version == 4 else SessionKey(0, session.key))
    assert session.key not in body


def test_what_is_written_is_what_the_standard_wants():
    four = skesk.parse(skesk.encrypt(SESSION, PASSPHRASE, version=4, random=os.urandom))
    assert (four.cipher, four.s2k.kind, four.s2k.hash, four.s2k.count) == (9, s2k.ITERATED, 8, 0xFF)
    six = skesk.parse(skesk.encrypt(SESSION, PASSPHRASE, version=6, random=os.urandom))
    assert (six.cipher, six.mode, six.s2k.kind) == (9, 2, s2k.ARGON2)


def test_salt_and_nonce_are_drawn_anew_each_time():
    bodies = [skesk.encrypt(SESSION, PASSPHRASE, version=v, random=os.urandom) for v in (4, 4, 6, 6)]
    parsed = [skesk.parse(b) for b in bodies]
    assert len({p.s2k.salt for p in parsed} | {p.nonce for p in parsed[2:]}) == 6


def cheap_6():
    """A packet of version 6 that costs nothing."""
    wrapping = skesk._wrapping(9, 2, SALTED.derive(PASSPHRASE, 32))
    nonce = bytes(range(15))
    encrypted = wrapping.encrypt(nonce, SESSION.key, b"\xc3\x06\x09\x02")
    return Skesk(6, 9, 2, SALTED, nonce, encrypted)


def test_every_altered_octet_of_version_6_is_found():
    body = cheap_6().encode()
    assert skesk.parse(body).open(PASSPHRASE) == SessionKey(0, SESSION.key)
    for at in range(len(body)):
        altered = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        try:
            assert skesk.parse(altered).open(PASSPHRASE) is None
        except OpenPGPError:
            continue


@pytest.mark.parametrize("version", [4, 6])
def test_every_cut_is_found(version):
    body = Skesk(4, 9, 0, SALTED, b"", b"x" * 33).encode() if version == 4 else cheap_6().encode()
    for end in range(len(body)):
        try:
            session = skesk.parse(body[:end]).open(PASSPHRASE)
        except OpenPGPError:
            continue
        # Of version 4, without its session key the packet says that the passphrase gives it.
        assert session is None or (version == 4 and end == 12 and session.key == SALTED.derive(PASSPHRASE, 32))


def test_a_session_key_whose_length_is_not_its_cipher_s_is_none():
    def packet(plain):
        context = symmetric.encryptor(SessionKey(9, SALTED.derive(PASSPHRASE, 32)))
        return Skesk(4, 9, 0, SALTED, b"", context.update(plain))

    assert packet(b"\x09" + bytes(32)).open(PASSPHRASE) == SessionKey(9, bytes(32))
    assert packet(b"\x03" + bytes(16)).open(PASSPHRASE) == SessionKey(3, bytes(16))
    for wrong in (b"\x09" + bytes(31), b"\x07" + bytes(32), b"\x05" + bytes(16), b"\x09", b"\0" * 33):
        assert packet(wrong).open(PASSPHRASE) is None


def test_a_session_key_without_a_salt_is_malformed():
    """§5.3.1: the IV is zeros, so the salt alone keeps key streams apart."""
    simple = S2K(s2k.SIMPLE, 8)
    assert skesk.parse(Skesk(4, 9, 0, simple, b"", b"").encode()).open(PASSPHRASE).key == simple.derive(PASSPHRASE, 32)
    with pytest.raises(MalformedPacket, match="salt"):
        skesk.parse(Skesk(4, 9, 0, simple, b"", b"x" * 33).encode())


@pytest.mark.parametrize("body", [b"", b"\x04", b"\x06", b"\x06\x02\x09\x02", b"\x06\xff\x09\x02\x0a"])
def test_cut_short(body):
    with pytest.raises(MalformedPacket):
        skesk.parse(body)


@pytest.mark.parametrize("version", [0, 3, 5, 7, 255])
def test_other_versions_are_unsupported(version):
    with pytest.raises(UnsupportedAlgorithm, match=str(version)):
        skesk.parse(bytes([version]) + cheap_6().encode()[1:])


@pytest.mark.parametrize("by", [1, -1])
def test_the_counts_of_version_6_must_be_right(by):
    body = cheap_6().encode()
    for at in (1, 4):
        with pytest.raises(MalformedPacket):
            skesk.parse(body[:at] + bytes([body[at] + by]) + body[at + 1 :])


@given(body=st.binary(max_size=90), start=st.sampled_from([b"", b"\x04\x09", b"\x06", b"\x06\x1c\x09\x02\x0a"]))
def test_any_octets_are_a_packet_or_an_error_of_ours(body, start):
    try:
        packet = skesk.parse(start + body)
        if packet.s2k.work < 1 << 24:
            packet.open(PASSPHRASE)
    except OpenPGPError:
        return
    assert skesk.parse(packet.encode()) == packet


def test_a_packet_shows_no_session_key():
    session = SALTED.derive(PASSPHRASE, 32)
    assert session.hex() not in repr(Skesk(4, 9, 0, SALTED, b"", b"").open(PASSPHRASE))


# --- of one message ------------------------------------------------------------------------------------


def test_every_passphrase_is_tried_on_every_packet():
    assert opened(message(b"one", b"two", b"three"), b"zero", b"three") == TEXT
    assert opened(message(b"one", b"two", b"three"), b"zero") is None


def test_packets_of_the_other_version_are_passed_over():
    """§10.3.2.1: version 4 goes with SEIPDv1, version 6 with SEIPDv2."""
    four, six = Skesk(4, 9, 0, SALTED, b"", b"").encode(), cheap_6().encode()
    given_bodies = [four, six, b"\x05" + six[1:], b"", b"\x06\x03abc"]
    assert list(skesk.session_keys(given_bodies, [PASSPHRASE], 6)) == [SessionKey(0, SESSION.key)]
    assert list(skesk.session_keys(given_bodies, [PASSPHRASE], 4)) == [SessionKey(9, SALTED.derive(PASSPHRASE, 32))]


def test_one_packet_that_cannot_be_computed_does_not_hide_another():
    unknown_hash = Skesk(4, 9, 0, S2K(s2k.SALTED, 99, bytes(8)), b"", b"").encode()
    good = Skesk(4, 9, 0, SALTED, b"", b"").encode()
    assert len(list(skesk.session_keys([unknown_hash, good], [b"a", b"b"], 4))) == 2


def test_the_number_of_packets_is_bounded():
    body = Skesk(4, 9, 0, SALTED, b"", b"").encode()
    keys = skesk.session_keys([body] * (skesk.MOST_SKESK + 1), [PASSPHRASE], 4)
    for _ in range(skesk.MOST_SKESK):
        next(keys)
    with pytest.raises(LimitExceeded):
        next(keys)


def test_the_work_of_all_derivations_is_bounded_before_it_is_done(monkeypatch):
    """Fifty packets with the largest count, or Argon2 over 2 GiB each: the sender would choose what it costs."""
    derived = []
    monkeypatch.setattr(S2K, "derive", lambda self, _, length: derived.append(self.work) or bytes(length))
    largest = S2K(s2k.ARGON2, salt=bytes(16), passes=1, lanes=4, memory=21)
    bodies = [Skesk(4, 9, 0, largest, b"", b"").encode()] * 10
    with pytest.raises(LimitExceeded):
        list(skesk.session_keys(bodies, [b"one", b"two"], 4))
    assert sum(derived) == skesk.MOST_WORK
    derived.clear()
    iterated = [Skesk(4, 9, 0, S2K(s2k.ITERATED, 8, bytes(8), 255), b"", b"").encode()] * 32
    with pytest.raises(LimitExceeded):
        list(skesk.session_keys(iterated, [b"%d" % n for n in range(5)], 4))
    assert sum(derived) <= skesk.MOST_WORK


def test_a_wrong_passphrase_never_gives_a_key_that_nothing_here_can_use():
    """Else it would stand in the way of the right one: of 256 wrong ones one gives the number of Twofish."""
    kek = SALTED.derive(PASSPHRASE, 32)
    encrypted = symmetric.encryptor(SessionKey(9, kek)).update(bytes([9]) + SESSION.key)
    packet = Skesk(4, 9, 0, SALTED, b"", encrypted)
    found = [packet.open(b"wrong %d" % number) for number in range(3000)]
    ciphers = {session.cipher for session in found if session is not None}
    # Of those with keys of 32 octets.
    assert ciphers == {9, 13}
