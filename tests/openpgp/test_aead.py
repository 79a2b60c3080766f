"""SEIPDv2 and packets of type 20: each chunk in its place, all of them there, however they are cut and altered."""

import hmac
import subprocess

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESOCB3
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import DecryptionError, LimitExceeded, LocalProtocolError, MalformedPacket, UnsupportedAlgorithm
from ithaca.openpgp import aead, packets, s2k
from ithaca.openpgp.algorithms import KEY_LENGTH
from ithaca.openpgp.engine import SessionKey
from ithaca.openpgp.symmetric import UNDECRYPTABLE
from openpgp import annex_a

KEY = bytes(range(32))
SALT = bytes(range(50, 82))
IV = bytes(range(1, 8)) + b"\xff\xff\xff\xff\xff\xff\xff\xfe"
OCB, GCM = 2, 3
SUITES = [(cipher, mode) for cipher in sorted(KEY_LENGTH) for mode in (OCB, GCM)]
CHUNK = 64
"""Octets, of chunk size octet 0."""
LENGTHS = [1, 15, 16, 17, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 5 * CHUNK + 3]


# --- from the text of the standards, without a line of ours --------------------------------------------


def hkdf(key, salt, info, length):
    """RFC 5869."""
    secret = hmac.digest(salt, key, "sha256")
    out, last = b"", b""
    for index in range(1, 10):
        last = hmac.digest(secret, last + info + bytes([index]), "sha256")
        out += last
    return out[:length]


def seipd2(text, cipher=9, mode=OCB, octet=0, salt=SALT, key=KEY):
    """The body of a packet (RFC 9580 §5.13.2), as a list of its pieces: head and salt, each chunk, the final tag."""
    length, start = KEY_LENGTH[cipher], {OCB: 15, GCM: 12}[mode] - 8
    info = bytes([0xD2, 2, cipher, mode, octet])
    derived = hkdf(key[:length], salt, info, length + start)
    made = {OCB: AESOCB3, GCM: AESGCM}[mode](derived[:length])
    size = 1 << (octet + 6)
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    nonces = [derived[length:] + index.to_bytes(8, "big") for index in range(len(chunks) + 1)]
    out = [made.encrypt(nonce, chunk, info) for nonce, chunk in zip(nonces, chunks, strict=False)]
    return [info[1:] + salt, *out, made.encrypt(nonces[-1], b"", info + len(text).to_bytes(8, "big"))]


def type_20(text, cipher=9, octet=0, iv=IV, key=KEY, *, empty_end=False):
    """The body of a packet (draft-koch-librepgp §5.16), in pieces; `empty_end`: as GnuPG ends after a full chunk."""
    made = AESOCB3(key[: KEY_LENGTH[cipher]])
    head = bytes([0xD4, 1, cipher, OCB, octet])
    size = 1 << (octet + 6)
    chunks = [text[at : at + size] for at in range(0, len(text), size)] + ([b""] if empty_end else [])
    out = []
    for index in range(len(chunks) + 1):
        counted = index.to_bytes(8, "big")
        nonce = iv[:7] + bytes(a ^ b for a, b in zip(iv[7:], counted, strict=True))
        if index < len(chunks):
            out.append(made.encrypt(nonce, chunks[index], head + counted))
        else:
            out.append(made.encrypt(nonce, b"", head + counted + len(text).to_bytes(8, "big")))
    return [head[1:] + iv, *out]


def text_of(length):
    return bytes(at * 7 % 256 for at in range(length))


def read_2(body, key=KEY, cuts=()):
    reader = aead.seipd2_reader(body[: aead.SEIPD2_HEAD], SessionKey(0, key))
    return pieces(reader, body[aead.SEIPD2_HEAD :], cuts)


def read_20(body, cipher=9, key=KEY, cuts=()):
    reader = aead.type_20_reader(body[: aead.TYPE_20_HEAD], SessionKey(cipher, key))
    return pieces(reader, body[aead.TYPE_20_HEAD :], cuts)


def pieces(stage, octets, cuts):
    out, at = b"", 0
    for cut in (*sorted(cuts), len(octets)):
        out += stage.feed(octets[at:cut])
        at = max(at, cut)
    return out + stage.finish()


READ = {"seipd2": read_2, "type_20": read_20}
MADE = {"seipd2": seipd2, "type_20": type_20}
cuttings = st.lists(st.integers(0, 900), max_size=8)
both = pytest.mark.parametrize("kind", ["seipd2", "type_20"])


# --- published samples ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "key"), [(annex_a.A10_OCB, annex_a.A10_SESSION), (annex_a.A11_GCM, annex_a.A11_SESSION)]
)
def test_the_samples_of_annex_a_are_read_and_written_to_the_octet(sample, key):
    body = sample[18]
    plain = read_2(body, key)
    literal, padding = packets.split(plain)
    assert literal.body == b"b\0\0\0\0\0" + annex_a.HELLO
    assert padding.tag == 21
    writer = aead.Seipd2Writer(SessionKey(body[1], key), body[2], lambda _: body[4:36], chunk=body[3])
    assert writer.feed(plain) + writer.finish() == body


def test_the_sample_of_librepgp_is_read():
    (literal,) = packets.split(read_20(annex_a.LIBREPGP_OCB, 7, annex_a.LIBREPGP_SESSION))
    assert literal.body == b"b\0\0\0\0\0" + annex_a.HELLO + b"\n"


def test_eax_is_refused_by_name():
    with pytest.raises(UnsupportedAlgorithm, match="EAX"):
        read_2(annex_a.A9_EAX[18], bytes(16))
    for mode in (0, 1, GCM):
        with pytest.raises(UnsupportedAlgorithm, match="mode"):
            read_20(bytes([1, 9, mode, 0]) + bytes(40))


# --- whole ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cipher", "mode"), SUITES)
@pytest.mark.parametrize("length", LENGTHS)
def test_a_body_is_what_the_standard_says(cipher, mode, length):
    text, expected = text_of(length), b"".join(seipd2(text_of(length), cipher, mode))
    key = KEY[: KEY_LENGTH[cipher]]
    writer = aead.Seipd2Writer(SessionKey(cipher, key), mode, lambda count: SALT[:count], chunk=0)
    assert writer.feed(text) + writer.finish() == expected
    assert read_2(expected, key) == text


@pytest.mark.parametrize("cipher", sorted(KEY_LENGTH))
@pytest.mark.parametrize("length", LENGTHS)
def test_a_packet_of_type_20_is_read(cipher, length):
    """The nonce's carry is that of exclusive or: none."""
    body = b"".join(type_20(text_of(length), cipher))
    assert read_20(body, cipher, KEY[: KEY_LENGTH[cipher]]) == text_of(length)


@pytest.mark.parametrize("octet", range(17))
def test_every_chunk_size_that_may_be_is_read(octet):
    """§5.13.2: an implementation MUST accept 0 to 16."""
    text = text_of(256) * 1030 if octet < 12 else text_of(1000)
    assert read_2(b"".join(seipd2(text, octet=octet))) == text
    assert read_20(b"".join(type_20(text, octet=octet))) == text


@both
@given(length=st.integers(0, 800), cuts=cuttings)
def test_the_plaintext_is_the_same_however_the_body_is_cut(kind, length, cuts):
    assert READ[kind](b"".join(MADE[kind](text_of(length))), cuts=cuts) == text_of(length)


@given(length=st.integers(0, 800), cuts=cuttings)
def test_the_body_is_the_same_however_the_plaintext_is_cut(length, cuts):
    writer = aead.Seipd2Writer(SessionKey(9, KEY), OCB, lambda _: SALT, chunk=0)
    assert pieces(writer, text_of(length), cuts) == b"".join(seipd2(text_of(length)))


@both
def test_octet_by_octet_no_chunk_is_given_before_its_tag(kind):
    head, *chunks = MADE[kind](text_of(200))
    reader = {
        "seipd2": lambda: aead.seipd2_reader(head, SessionKey(0, KEY)),
        "type_20": lambda: aead.type_20_reader(head, SessionKey(9, KEY)),
    }[kind]()
    out, rest = b"", b"".join(chunks)
    for at in range(len(rest)):
        out += reader.feed(rest[at : at + 1])
        # Behind every chunk stand sixteen octets more, which may be the final tag.
        assert len(out) == max(0, at + 1 - 16) // (CHUNK + 16) * CHUNK
    assert out + reader.finish() == text_of(200)


@both
def test_the_second_pass_gives_the_same_and_only_after_the_first(kind):
    head, *chunks = MADE[kind](text_of(200))
    rest = b"".join(chunks)
    session = SessionKey(0 if kind == "seipd2" else 9, KEY)
    reader = (aead.seipd2_reader if kind == "seipd2" else aead.type_20_reader)(head, session)
    reader.feed(rest)
    with pytest.raises(LocalProtocolError):
        reader.again()
    reader.finish()
    for cuts in ((), (5, 90), range(len(rest))):
        assert pieces(reader.again(), rest, cuts) == text_of(200)
    with pytest.raises(DecryptionError):
        pieces(reader.again(), rest[:-1], ())


def test_the_chunk_that_is_written_is_a_piece_of_work():
    writer = aead.Seipd2Writer(SessionKey(9, KEY), OCB, lambda _: SALT)
    text = text_of(256) * 1025
    assert writer.feed(text) + writer.finish() == b"".join(seipd2(text, octet=12))


# --- altered -------------------------------------------------------------------------------------------


@both
def test_every_altered_octet_is_found(kind):
    body = b"".join(MADE[kind](text_of(CHUNK + 20)))
    for at in range(len(body)):
        altered = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises((DecryptionError, UnsupportedAlgorithm, LimitExceeded, MalformedPacket)) as refused:
            READ[kind](altered)
        if at >= aead.HEAD:
            assert str(refused.value) == UNDECRYPTABLE


@both
def test_every_cut_is_found_and_every_addition(kind):
    body = b"".join(MADE[kind](text_of(2 * CHUNK + 20)))
    head = aead.SEIPD2_HEAD if kind == "seipd2" else aead.TYPE_20_HEAD
    for end in range(len(body)):
        with pytest.raises(DecryptionError if end >= head else MalformedPacket):
            READ[kind](body[:end])
    for more in (b"\0", body[-16:], body[head:]):
        with pytest.raises(DecryptionError):
            READ[kind](body + more)


@both
def test_chunks_swapped_dropped_or_doubled_are_found(kind):
    head, a, b, c, last, final = MADE[kind](text_of(3 * CHUNK + 20))
    for wrong in (
        [b, a, c, last, final],
        [a, b, last, c, final],
        [b, c, last, final],
        [a, c, last, final],
        [a, b, last, final],
        [a, b, c, final],
        [a, a, b, c, last, final],
        [a, b, c, c, last, final],
        [a, b, c, last, last, final],
        [a, b, c, last],
        [a, b, c],
        [final],
        [],
    ):
        with pytest.raises(DecryptionError, match=UNDECRYPTABLE):
            READ[kind](b"".join([head, *wrong]))
    assert READ[kind](b"".join([head, a, b, c, last, final])) == text_of(3 * CHUNK + 20)


@both
def test_a_final_tag_over_another_length_is_found(kind):
    """Truncation at the edge of a chunk, with a final tag out of a shorter message of the same key."""
    head, a, b, _ = MADE[kind](text_of(2 * CHUNK))
    shorter = MADE[kind](text_of(CHUNK) + b"x")[-1]
    with pytest.raises(DecryptionError):
        READ[kind](b"".join([head, a, b, shorter]))


@both
@pytest.mark.parametrize("octet", [17, 22, 56, 63, 255])
def test_chunks_that_would_fill_the_memory_are_refused(kind, octet):
    body = b"".join(MADE[kind](b"x"))
    with pytest.raises(LimitExceeded):
        READ[kind](body[:3] + bytes([octet]) + body[4:])
    with pytest.raises(LimitExceeded):
        aead.Seipd2Writer(SessionKey(9, KEY), OCB, lambda _: SALT, chunk=octet)


def test_an_empty_last_chunk_is_gnupg_s_end():
    """GnuPG closes with one where the chunk before was full; SEIPDv2 never has one of ours, but may."""
    for length in (CHUNK, 3 * CHUNK, 0):
        assert read_20(b"".join(type_20(text_of(length), empty_end=True))) == text_of(length)


@both
def test_every_wrong_key_fails_in_the_same_words(kind):
    body = b"".join(MADE[kind](text_of(100)))
    for key in (KEY[::-1], KEY[:16], KEY[:24], KEY + b"x", b""):
        with pytest.raises(DecryptionError, match=UNDECRYPTABLE):
            READ[kind](body, key=key)


def test_a_session_key_of_version_3_opens_no_seipd2():
    """§10.3.2.1, and the downgrades of Strenzke and Roth: what names its cipher goes with SEIPDv1 and type 20 alone."""
    body = b"".join(seipd2(b"text"))
    with pytest.raises(DecryptionError, match=UNDECRYPTABLE):
        aead.seipd2_reader(body[: aead.SEIPD2_HEAD], SessionKey(9, KEY))
    with pytest.raises(DecryptionError, match=UNDECRYPTABLE):
        read_20(b"".join(type_20(b"text")), cipher=0)
    with pytest.raises(DecryptionError, match=UNDECRYPTABLE):
        read_20(b"".join(type_20(b"text")), cipher=7, key=KEY[:16])


@pytest.mark.parametrize("cipher", [0, 1, 2, 3, 4, 10, 11, 12, 13, 100])
def test_other_ciphers_and_modes_are_unsupported(cipher):
    body = b"".join(seipd2(b"x"))
    with pytest.raises(UnsupportedAlgorithm):
        read_2(body[:1] + bytes([cipher]) + body[2:])
    with pytest.raises(UnsupportedAlgorithm):
        read_2(body[:2] + bytes([cipher + 4]) + body[3:])
    with pytest.raises(UnsupportedAlgorithm):
        aead.Seipd2Writer(SessionKey(cipher, KEY), OCB, lambda _: SALT)


def test_other_versions_are_refused():
    body, other = b"".join(seipd2(b"x")), b"".join(type_20(b"x"))
    with pytest.raises(MalformedPacket):
        read_2(b"\x03" + body[1:])
    with pytest.raises(UnsupportedAlgorithm, match="version"):
        read_20(b"\x02" + other[1:])


def test_a_mode_that_this_openssl_lacks_is_unsupported(monkeypatch):
    def lacking(_):
        raise aead.NotInThisOpenSSL("no OCB")

    monkeypatch.setattr(aead, "MODES", {2: aead.Mode("OCB", 15, lacking)})
    with pytest.raises(UnsupportedAlgorithm, match="OCB"):
        read_2(b"".join(seipd2(b"x")))


@given(head=st.binary(max_size=40), rest=st.binary(max_size=200))
def test_any_octets_are_refused_in_our_own_words(head, rest):
    for read in (read_2, read_20):
        for start in (b"", b"\x02\x09\x02\x00", b"\x01\x09\x02\x00"):
            with pytest.raises((DecryptionError, UnsupportedAlgorithm, LimitExceeded, MalformedPacket)):
                read(start + head + rest)


# --- one key -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cipher", "mode"), SUITES)
def test_a_wrapped_key_is_bound_to_everything_it_was_wrapped_with(cipher, mode):
    length = KEY_LENGTH[cipher]
    nonce = bytes(aead.MODES[mode].nonce)
    wrapping = aead.Wrapping(cipher, mode, KEY[:length], b"info")
    wrapped = wrapping.encrypt(nonce, b"secret", b"bound")
    made = {OCB: AESOCB3, GCM: AESGCM}[mode](hkdf(KEY[:length], bytes(32), b"info", length))
    assert wrapped == made.encrypt(nonce, b"secret", b"bound")
    assert wrapping.decrypt(nonce, wrapped, b"bound") == b"secret"
    for other in (
        lambda: wrapping.decrypt(nonce, wrapped, b"other"),
        lambda: wrapping.decrypt(b"\1" + nonce[1:], wrapped, b"bound"),
        lambda: wrapping.decrypt(nonce, wrapped[:-1], b"bound"),
        lambda: wrapping.decrypt(nonce, wrapped[:10], b"bound"),
        lambda: aead.Wrapping(cipher, mode, KEY[:length], b"other").decrypt(nonce, wrapped, b"bound"),
        lambda: aead.Wrapping(cipher, mode, KEY[::-1][:length], b"info").decrypt(nonce, wrapped, b"bound"),
    ):
        with pytest.raises(DecryptionError, match=UNDECRYPTABLE):
            other()
    assert "secret" not in repr(wrapping)


# --- a foreign program ---------------------------------------------------------------------------------


def bodies(octets):
    """(tag, body) of packets in OpenPGP format, their parts joined."""
    at, tag, body = 0, None, b""
    while at < len(octets):
        if tag is None:
            tag, body, at = octets[at] & 0x3F, b"", at + 1
        first, count = octets[at], 1
        if first < 192:
            length = first
        elif first < 224:
            length, count = ((first - 192) << 8) + octets[at + 1] + 192, 2
        elif first == 255:
            length, count = int.from_bytes(octets[at + 1 : at + 5], "big"), 5
        else:
            length = 1 << (first & 31)
        body, at = body + octets[at + count : at + count + length], at + count + length
        if not 224 <= first < 255:
            yield tag, body
            tag = None


@pytest.mark.parametrize("bits", [0, 4, 10])
@pytest.mark.parametrize("length", [10, 4096 - 8, 200_000])
def test_what_rnp_writes_is_read(program, tmp_path, bits, length):
    """With a passphrase, since its session key can then be had: SKESK version 5 (draft-koch-librepgp §5.3)."""
    (tmp_path / "plain").write_bytes(text_of(length))
    command = [
        program("rnp"),
        "--homedir",
        tmp_path,
        "-c",
        "--cipher",
        "AES256",
        "--aead=ocb",
        f"--aead-chunk-bits={bits}",
    ]
    command += ["-z", "0", "--password", "password", "--output", tmp_path / "out", tmp_path / "plain"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    (first, skesk), (second, sealed) = bodies((tmp_path / "out").read_bytes())
    assert (first, second, skesk[:3], sealed[:4]) == (3, 20, b"\5\x09\2", bytes([1, 9, 2, bits]))
    specifier, end = s2k.parse(skesk, 3)
    made = AESOCB3(specifier.derive(b"password", 32))
    key = made.decrypt(skesk[end : end + 15], skesk[end + 15 :], b"\xc3" + skesk[:3])
    plain = read_20(sealed, 9, key, cuts=range(0, 300_000, 7001))
    ((tag, literal),) = bodies(plain)
    assert (tag, literal[-length:]) == (11, text_of(length))
