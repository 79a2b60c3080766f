"""What an encrypted message consists of, packet by packet; `test_decryption` opens them."""

import os
import tracemalloc

import pytest

from ithaca.errors import UnsupportedAlgorithm
from ithaca.openpgp import packets
from ithaca.openpgp.encryption import BinaryEncryptor, Encryptor
from ithaca.openpgp.engine import KeyKind, Recipient
from ithaca.openpgp.profile import Profile

NOW = 1_790_000_000


@pytest.fixture
def recipient(alice):
    (key,) = alice.certificate.encryption_keys(NOW)
    return Recipient(alice.fingerprint, key)


def test_session_keys_stand_before_the_data_and_name_their_version(engine, recipient):
    for profile, versions in ((Profile(1, 9), [3, 4, 1]), (Profile(2, 9, 2), [6, 6, 2])):
        binary = BinaryEncryptor(
            [recipient], engine=engine, random=os.urandom, created=NOW, profile=profile, passphrases=[b"word"]
        )
        found = list(packets.split(binary.feed(b"x") + binary.finish()))
        assert [p.tag for p in found] == [1, 3, 18]
        assert [p.body[0] for p in found] == versions


def test_two_messages_never_share_a_session_key(engine, recipient):
    first, second = (BinaryEncryptor([recipient], engine=engine, random=os.urandom, created=NOW) for _ in range(2))
    assert first.session.key != second.session.key


def test_a_key_that_is_too_weak_is_not_encrypted_to(engine):
    weak = engine.generate_key(KeyKind(1, bits=1024), NOW, subkey=True).public
    with pytest.raises(UnsupportedAlgorithm, match="RSA with 1024 bits"):
        BinaryEncryptor([Recipient(weak.fingerprint, weak)], engine=engine, random=os.urandom, created=NOW)


@pytest.mark.parametrize("profile", [Profile(1, 9), Profile(2, 9, 2)], ids=["SEIPDv1", "SEIPDv2"])
def test_memory_does_not_grow_with_the_message(engine, recipient, alice, profile):
    piece = os.urandom(1 << 18)

    def peak(pieces):
        binary = BinaryEncryptor(
            [recipient], engine=engine, random=os.urandom, created=NOW, signers=[alice.signing(NOW)], profile=profile
        )
        encryptor = Encryptor(binary, profile=profile)
        tracemalloc.start()
        for _ in range(pieces):
            encryptor.feed(piece)
        encryptor.finish()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(80) < peak(8) + (1 << 20)
