"""decrypt: nothing leaves that is not proved, and one failure looks like another."""

import os
import subprocess

import pytest

from cli.sop.processes import OCTETS, PASSWORD, TEXT
from ithaca.openpgp import armor, packets
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.openpgp.symmetric import Seipd1Writer

LARGE = 8 << 20


@pytest.fixture
def sealed(sop, alice):
    return sop("encrypt", "--no-armor", f"--sign-with={alice.key}", alice.cert, octets=TEXT)


@pytest.mark.parametrize("size", [len(TEXT), LARGE])
@pytest.mark.parametrize("who", ["alice", "six"])
def test_no_octet_of_an_altered_message_leaves(sop, person, who, size):
    someone = person(who)
    octets = bytearray(sop("encrypt", "--no-armor", someone.cert, octets=os.urandom(size)))
    for at in (-1, -len(octets) // 2):
        altered = bytearray(octets)
        altered[at] ^= 1
        said = sop.fails(29, "decrypt", "--session-key-out=s", someone.key, octets=bytes(altered))
        assert said == (
            "ithaca-sop: The message cannot be decrypted with what was given, or was altered on the way. [CANNOT_DECRYPT]\n"
        )
        assert not sop.path("s").exists()


@pytest.mark.parametrize("who", ["alice", "six"])
def test_a_message_that_is_cut_off_gives_nothing(sop, person, who):
    someone = person(who)
    octets = sop("encrypt", "--no-armor", someone.cert, octets=os.urandom(LARGE))
    for cut in (len(octets) - 1, LARGE // 2, 50, 0):
        sop.fails(41, "decrypt", someone.key, octets=octets[:cut])
    armored = sop("armor", octets=octets)
    sop.fails(41, "decrypt", someone.key, octets=armored[:-100])


def test_another_key_and_an_altered_message_look_the_same(sop, alice, bob, sealed):
    altered = sealed[:-1] + bytes([sealed[-1] ^ 1])
    assert sop.fails(29, "decrypt", bob.key, octets=sealed) == sop.fails(29, "decrypt", alice.key, octets=altered)


@pytest.mark.parametrize("octets", [b"", b"text", b"\xff\xff", TEXT * 1000, b"-----BEGIN PGP MESSAGE-----\n\nAAAA"])
def test_what_is_no_message_is_bad_data(sop, alice, octets):
    sop.fails(41, "decrypt", alice.key, octets=octets)


def test_other_openpgp_data_are_bad_data(sop, alice):
    for octets in (
        alice.cert.read_bytes(),
        sop("sign", alice.key, octets=b"x"),
        sop("inline-sign", alice.key, octets=b"x"),
    ):
        sop.fails(41, "decrypt", alice.key, octets=octets)


def test_without_integrity_protection_it_is_refused(sop, alice, sealed):
    """EFAIL: the same packets in the container of RFC 2440."""
    found = list(packets.split(sealed))
    octets = b"".join(p.octets for p in found if p.tag != Tag.SEIPD)
    body = next(p.body for p in found if p.tag == Tag.SEIPD)
    assert "integrity" in sop.fails(41, "decrypt", alice.key, octets=octets + packets.encode(Tag.SED, body[1:]))


def test_what_stands_behind_the_message_is_refused(sop, alice, sealed):
    sop.fails(41, "decrypt", alice.key, octets=sealed + sealed)
    sop.fails(41, "decrypt", alice.key, octets=sealed + packets.encode(Tag.LITERAL, b"b" + bytes(5) + b"more"))


def hand_made(sop, alice, inner):
    """A message to Alice with these packets inside."""
    session_file = sop.path("session")
    session_file.unlink(missing_ok=True)
    sop("encrypt", "--session-key-out=session", alice.cert, octets=b"x")
    from ithaca.cli.sop import session_keys

    session = session_keys.read(str(session_file))
    writer = Seipd1Writer(session, os.urandom)
    body = writer.feed(inner) + writer.finish()
    return ["--with-session-key=session"], packets.encode(Tag.SEIPD, body)


def test_two_texts_in_one_message_are_refused(sop, alice):
    literal = packets.encode(Tag.LITERAL, b"b" + bytes(5) + b"one")
    given, message = hand_made(sop, alice, literal)
    assert sop("decrypt", *given, octets=message) == b"one"
    given, message = hand_made(sop, alice, literal * 2)
    sop.fails(41, "decrypt", *given, octets=message)


def test_a_bomb_is_refused(sop, alice):
    import zlib

    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    literal = packets.encode(Tag.LITERAL, b"b" + bytes(5) + bytes(64 << 20))
    compressed = packets.encode(Tag.COMPRESSED, b"\x01" + deflate.compress(literal) + deflate.flush())
    assert len(compressed) < 100_000
    given, message = hand_made(sop, alice, compressed)
    assert "unpacks to more" in sop.fails(41, "decrypt", *given, octets=message)


# --- signatures --------------------------------------------------------------------------------------


def test_signatures_do_not_decide_over_the_exit_code(sop, alice, bob, sealed):
    """The draft's rule: an empty VERIFICATIONS says that there is no good one."""
    assert sop("decrypt", f"--verify-with={bob.cert}", "--verifications-out=v", alice.key, octets=sealed) == TEXT
    assert sop.path("v").read_bytes() == b""
    given = [f"--verify-with={alice.cert}", "--verifications-out=w", "--verify-not-after=2020-01-01"]
    assert sop("decrypt", *given, alice.key, octets=sealed) == TEXT
    assert sop.path("w").read_bytes() == b""


def test_to_verify_takes_both_options(sop, alice, sealed):
    sop.fails(23, "decrypt", f"--verify-with={alice.cert}", alice.key, octets=sealed)
    sop.fails(23, "decrypt", "--verifications-out=v", alice.key, octets=sealed)
    assert not sop.path("v").exists()


def test_a_letter_to_somebody_else_that_was_sealed_anew_is_no_good(sop, alice, bob, six):
    """RFC 9580 §5.2.3.36: what Alice wrote to Bob, Bob sends on to six, as if she had written to her."""
    to_bob = sop("encrypt", "--session-key-out=k", f"--sign-with={alice.key}", bob.cert, octets=TEXT)
    seipd = next(p.octets for p in packets.split(armor.binary(to_bob)) if p.tag == Tag.SEIPD)
    from ithaca.cli.sop import session_keys
    from ithaca.openpgp.certificate import Certificate

    certificate = Certificate.parse(armor.binary(six.cert.read_bytes()), PgpyEngine())
    (key,) = certificate.encryption_keys(certificate.created)
    pkesk = PgpyEngine().encrypt(key, session_keys.read(str(sop.path("k"))))
    sent_on = packets.encode(Tag.PKESK, pkesk) + seipd
    verify = [f"--verify-with={alice.cert}"]
    assert sop("decrypt", *verify, "--verifications-out=b", bob.key, octets=to_bob) == TEXT
    assert sop.path("b").read_bytes() != b""
    assert sop("decrypt", *verify, "--verifications-out=s", six.key, octets=sent_on) == TEXT
    assert sop.path("s").read_bytes() == b""


def test_nothing_leaves_if_another_output_cannot_be(sop, alice, sealed):
    sop.write("there", b"kept")
    for given in (
        [f"--verify-with={alice.cert}", "--verifications-out=there"],
        ["--session-key-out=there"],
    ):
        sop.fails(59, "decrypt", *given, alice.key, octets=sealed)
        assert sop.path("there").read_bytes() == b"kept"
    # And none of the two if the other cannot be.
    sop.fails(59, "decrypt", *given, f"--verify-with={alice.cert}", "--verifications-out=new", alice.key, octets=sealed)
    assert not sop.path("new").exists()


# --- keys and passwords ------------------------------------------------------------------------------


def test_a_locked_key_is_told_from_a_wrong_one(sop, protected, alice, password):
    message = sop("encrypt", protected.cert, octets=TEXT)
    assert "give its password" in sop.fails(67, "decrypt", protected.key, octets=message)
    wrong = sop.write("wrong", b"wrong")
    sop.fails(67, "decrypt", f"--with-key-password={wrong}", protected.key, octets=message)
    given = [f"--with-key-password={wrong}", f"--with-key-password={password}"]
    assert sop("decrypt", *given, alice.key, protected.key, octets=message) == TEXT
    # A locked one beside the right one is no harm, and neither is a password for none.
    assert sop("decrypt", protected.key, alice.key, octets=sop("encrypt", alice.cert, octets=TEXT)) == TEXT
    sop.fails(29, "decrypt", *given, alice.key, octets=message)


def test_revoked_and_expired_keys_still_read_old_mail(sop, alice, sealed):
    from cli.sop.processes import revoked_key

    assert sop("decrypt", sop.write("revoked", revoked_key(sop, alice.key)), octets=sealed) == TEXT


def test_a_key_and_a_password_are_both_tried(sop, alice, bob, password):
    message = sop("encrypt", "--with-password=password", bob.cert, octets=TEXT)
    assert sop("decrypt", "--with-password=password", alice.key, octets=message) == TEXT
    sop.write("wrong", b"wrong")
    assert sop("decrypt", "--with-password=wrong", bob.key, octets=message) == TEXT


@pytest.mark.parametrize("name", ["sqop", "gosop", "pgpainless-cli"])
@pytest.mark.parametrize("way", ["key", "password"])
def test_what_others_made(sop, alice, bob, program, name, way):
    word = sop.write("word", PASSWORD)
    to = [bob.cert] if way == "key" else [f"--with-password={word}"]
    command = [program(name), "encrypt", f"--sign-with={alice.key}", *to]
    # What a password encrypts gosop takes for text, and does not sign.
    is_text = (name, way) == ("gosop", "password")
    octets = TEXT.replace(b"\n", b"\r\n") if is_text else OCTETS
    message = subprocess.run(command, input=octets, capture_output=True, check=True).stdout
    opening = [bob.key] if way == "key" else ["--with-password=word"]
    given = [f"--verify-with={alice.cert}", "--verifications-out=v"]
    assert sop("decrypt", *given, *opening, octets=message) == octets
    assert (alice.fingerprint in sop.path("v").read_text()) is not is_text


def test_what_gpg_made(sop, alice, bob, program):
    home = sop.path("gnupg")
    home.mkdir(mode=0o700)
    gpg = [program("gpg"), "--homedir", home, "--batch", "--pinentry-mode=loopback", "--passphrase="]
    for path in (alice.key, bob.cert):
        subprocess.run([*gpg, "--import", path], check=True, capture_output=True)
    for options in ([], ["-a"], ["-z0"], ["--compress-algo=bzip2"], ["--throw-keyids"]):
        command = [*gpg, "--trust-model=always", *options, "-se", "-r", bob.fingerprint]
        message = subprocess.run(command, input=OCTETS * 50, capture_output=True, check=True).stdout
        sop.path("v").unlink(missing_ok=True)
        given = [f"--verify-with={alice.cert}", "--verifications-out=v"]
        assert sop("decrypt", *given, bob.key, octets=message) == OCTETS * 50
        assert alice.fingerprint in sop.path("v").read_text()


def test_no_plaintext_is_ever_on_the_disk(sop, alice, program):
    """Every file that was opened to be written, watched by strace, holds no word of it."""
    canary = b"the plaintext of Penelope's letter. "
    message = sop("encrypt", "--no-armor", alice.cert, octets=canary * 300_000)
    command = [program("strace"), "-f", "-s", "64", "-e", "trace=write,pwrite64", "-o", sop.path("trace")]
    from cli.sop.processes import COMMAND

    done = subprocess.run(
        [*command, *COMMAND, "decrypt", str(alice.key)],
        input=message,
        capture_output=True,
        check=True,
        env=sop.environment(),
    )
    assert done.stdout == canary * 300_000
    calls = [line for line in sop.path("trace").read_text().splitlines() if " write(" in line or "pwrite64(" in line]
    assert any(" write(1," not in call for call in calls), "nothing was spooled"
    assert not [call for call in calls if " write(1," not in call and "plaintext of" in call]
    assert [call for call in calls if " write(1," in call and "plaintext of" in call]


@pytest.mark.parametrize("kind", ["binary", "clearsigned"])
def test_of_a_signed_message_is_said_who_reads_it(sop, alice, kind):
    signed = sop("inline-sign", f"--as={kind}", alice.key, octets=b"text")
    for octets in (signed,) if kind == "clearsigned" else (signed, armor.binary(signed)):
        assert "signed, not encrypted: 'ithaca-sop inline-verify'" in sop.fails(41, "decrypt", alice.key, octets=octets)


def test_what_stands_there_instead_of_a_message_is_named(sop, alice):
    signature = sop("sign", alice.key, octets=b"text")
    for octets in (signature, armor.binary(signature)):
        said = sop.fails(41, "decrypt", alice.key, octets=octets)
        assert "Standard input: it holds a signature, no encrypted message." in said
    said = sop.fails(41, "decrypt", alice.key, octets=alice.cert.read_bytes())
    assert "Standard input: it holds a certificate, no encrypted message." in said
