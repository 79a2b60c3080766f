"""A key sealed with a Setup Code, and opened again; gpg reads what is made, and what gpg makes is read."""

import os
import re
import subprocess

import pytest

import people
from ithaca.errors import DecryptionError, LimitExceeded, MalformedPacket, OpenPGPError
from ithaca.keyring import setup_message
from ithaca.openpgp import armor, packets, secret_key
from ithaca.openpgp.packets import Tag
from people import ENGINE, NOW

CODE = "1742-0185-6197-1303-7016-8412-3581-4441-0597"


def unprotected():
    secret = people.SECRETS[people.ALICE]
    parts = (ENGINE.lock(component, None, random=os.urandom) for component in secret.components)
    return secret_key.join(secret.certificate.octets, parts)


KEY = unprotected()


def seal(code=CODE, mutual=False, key=KEY):
    return setup_message.seal(key, code, version=4, mutual=mutual, engine=ENGINE, now=NOW, random=os.urandom)


def open_(armored, code=None):
    return setup_message.open_(armored, CODE.encode() if code is None else code, engine=ENGINE, now=NOW)


def test_a_code_has_nine_groups_of_four_digits():
    codes = {setup_message.new_code(os.urandom) for _ in range(50)}
    assert len(codes) == 50
    assert all(re.fullmatch(r"(?:[0-9]{4}-){8}[0-9]{4}", code) for code in codes)
    assert setup_message.new_code(bytes) == "-".join(["0000"] * 9)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (CODE, CODE),
        (CODE.replace("-", ""), CODE),
        (CODE.replace("-", " - "), CODE),
        (CODE[:-1], CODE[:-1]),
        ("a pass-phrase", "a pass-phrase"),
    ],
)
def test_a_code_however_it_is_typed(typed, code):
    assert setup_message.code_of(typed.encode()) == code.encode()


@pytest.mark.parametrize("mutual", [True, False])
def test_what_is_sealed_is_opened(mutual):
    carried = open_(seal(mutual=mutual))
    assert (carried.key, carried.mutual) == (KEY, mutual)
    assert "key" not in repr(carried)


def test_the_armor_tells_what_the_standard_says_and_holds_two_packets():
    block = armor.dearmor(seal())
    assert block.headers == (("Passphrase-Format", "numeric9x4"), ("Passphrase-Begin", "17"))
    assert [p.tag for p in packets.split(block.data)] == [Tag.SKESK, Tag.SEIPD]
    assert setup_message.begins(seal()) == "17"
    assert setup_message.begins(armor.armor("MESSAGE", block.data)) is None


def test_another_code_opens_nothing():
    with pytest.raises(DecryptionError):
        open_(seal(), b"0" * 44)


def test_what_is_encrypted_to_a_key_is_no_setup_message():
    ((_, sealed),) = people.send(b"From: alice@openpgp.example\r\nTo: bob@openpgp.example\r\n\r\ntext\r\n")
    with pytest.raises(OpenPGPError):
        open_(sealed)


def test_one_without_a_key_and_one_too_large_are_refused():
    with pytest.raises(MalformedPacket, match="more than"):
        open_(seal() + bytes(setup_message.MOST_OCTETS))
    binary = setup_message.encryption.BinaryEncryptor(
        (), engine=ENGINE, random=os.urandom, created=NOW, passphrases=[CODE.encode()]
    )
    octets = binary.feed(b"no key at all") + binary.finish()
    with pytest.raises(MalformedPacket, match="no secret key"):
        open_(armor.armor("MESSAGE", octets))


def test_what_a_derivation_may_cost_is_bounded():
    """RFC 9580 §3.7.1.4: two to the 31st KiB."""
    skesk = bytes([4, 9, 4]) + bytes(16) + bytes([1, 1, 31])
    octets = packets.encode(Tag.SKESK, skesk) + packets.encode(Tag.SEIPD, b"\1" + bytes(100))
    with pytest.raises((LimitExceeded, DecryptionError)):
        open_(armor.armor("MESSAGE", octets))


# --- gpg ---


def gpg(program, home, *arguments, data):
    home.mkdir(mode=0o700, exist_ok=True)
    command = [program("gpg"), "--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase", CODE]
    return subprocess.run([*command, *arguments], input=data, capture_output=True, check=True, timeout=60).stdout


def test_gpg_opens_what_is_made(program, tmp_path):
    text = gpg(program, tmp_path / "gpg", "--decrypt", data=seal())
    block = armor.dearmor(text)
    assert (block.kind, block.data) == ("PRIVATE KEY BLOCK", KEY)
    assert block.headers == (("Autocrypt-Prefer-Encrypt", "nopreference"),)


def test_what_gpg_makes_is_opened(program, tmp_path):
    text = b"\r\n".join(
        (
            armor.armor("PUBLIC KEY BLOCK", people.CERTIFICATES[people.ALICE].octets),
            armor.armor("PRIVATE KEY BLOCK", KEY),
        )
    )
    for more in ((), ("--cipher-algo", "AES128", "--s2k-digest-algo", "SHA1")):
        made = gpg(program, tmp_path / "gpg", "--armor", "--symmetric", *more, data=text + b"and more, which is left")
        assert open_(made).key == KEY
