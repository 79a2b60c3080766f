"""``ithaca cert verify``: only a person's yes to a whole fingerprint verifies."""

import shutil
import time

import pytest

from ithaca.address import AddrSpec
from ithaca.keyring.peers import Peers
from ithaca.keyring.store import Keyring
from ithaca.openpgp import secret_key
from ithaca.openpgp.pgpy_engine import PgpyEngine
from keymaking import new_key

BOB = "D1A66E1A23B182C9980F788CFBFCC82A015E7330"
ALICE = "EB85BB5FA33A75E15E944E63F231550C4F47E38E"
ADDRESS = AddrSpec("bob@openpgp.example")


@pytest.fixture
def ring(sample_keyring):
    return sample_keyring("alice")


def peer(ring, address=ADDRESS):
    peers = Peers(ring, b"")
    found = peers.peer(address)
    peers.close()
    return found


@pytest.mark.parametrize("which", [BOB, "bob@openpgp.example"])
def test_a_certificate_is_verified_by_its_whole_fingerprint(ithaca, ring, which):
    spaced = " ".join(BOB[i : i + 4] for i in range(0, 40, 4))
    done = ithaca("cert", "verify", "--keyring", ring, which, "--yes", spaced.lower())
    assert done.stdout.decode().endswith(f"Verified: {BOB} for bob@openpgp.example\n")
    assert peer(ring).verified == {BOB}
    shown = ithaca("cert", "show", "--keyring", ring, BOB).stdout.decode()
    assert "tied to      bob@openpgp.example: verified by you" in shown
    assert f"{BOB}  Bob Babbage <bob@openpgp.example>  can be used  verified" in ithaca(
        "cert", "list", "--keyring", ring
    ).stdout.decode()  # fmt: skip


@pytest.mark.parametrize("given", [BOB[:-1], BOB[-16:], ALICE])
def test_another_fingerprint_verifies_nothing(ithaca, ring, given):
    done = ithaca("cert", "verify", "--keyring", ring, BOB, "--yes", given, status=1)
    assert b"nothing was verified" in done.stderr
    assert peer(ring).verified == frozenset()


@pytest.mark.parametrize(("answer", "verified"), [(b"y\n", {BOB}), (b"n\n", set()), (b"", set())])
def test_the_person_is_asked(ithaca, ring, answer, verified):
    done = ithaca("cert", "verify", "--keyring", ring, BOB, data=answer, status=0 if verified else 1)
    assert b"D1A6 6E1A 23B1" in done.stdout
    assert b"not by mail" in done.stdout
    assert peer(ring).verified == verified


def test_ones_own_key_and_an_unknown_one_are_not_for_this(ithaca, ring):
    own = ithaca("cert", "verify", "--keyring", ring, ALICE, "--yes", ALICE, status=1)
    assert b"a key of your own" in own.stderr
    none = ithaca("cert", "verify", "--keyring", ring, "carol@example.org", "--yes", BOB, status=1)
    assert b"has nothing for" in none.stderr


def test_the_person_chooses_between_two(ithaca, ring, tmp_path):
    place = Keyring(ring, PgpyEngine())
    rival = secret_key.split(new_key("Bob <bob@openpgp.example>", b"correct horse", time.time() - 60))
    place.import_certificate(rival.public_octets)
    ambiguous = ithaca("cert", "verify", "--keyring", ring, ADDRESS, "--yes", BOB, status=1)
    assert b"name one by its fingerprint" in ambiguous.stderr
    assert b"another certificate stands for this address" in ithaca("cert", "show", "--keyring", ring, BOB).stdout
    for fingerprint in (BOB, rival.fingerprint):
        ithaca("cert", "verify", "--keyring", ring, fingerprint, "--yes", fingerprint)
        assert peer(ring).verified == {fingerprint}
    # What is taken out has to be verified again.
    ithaca("cert", "remove", "--keyring", ring, rival.fingerprint)
    assert peer(ring).verified == frozenset()


def test_a_certificate_that_came_by_autocrypt_comes_into_the_keyring(ithaca, ring):
    carol = AddrSpec("carol@example.org")
    key = secret_key.split(new_key("Carol <carol@example.org>", b"correct horse", time.time() - 60))
    peers = Peers(ring, b"")
    peers.message(carol, 5, key.public_octets, True, parse=lambda _: key.fingerprint, now=9)
    peers.close()
    ithaca("cert", "verify", "--keyring", ring, carol, "--yes", key.fingerprint)
    assert peer(ring, carol).verified == {key.fingerprint}
    assert key.fingerprint in ithaca("cert", "list", "--keyring", ring).stdout.decode()


def test_a_damaged_file_is_said_with_its_remedy(ithaca, ring):
    (ring / "peers.sqlite").write_bytes(b"?" * 5000)
    (ring / "peers.sqlite").chmod(0o600)
    done = ithaca("cert", "list", "--keyring", ring, status=1)
    assert b"peers.sqlite is damaged" in done.stderr
    assert b"mv " in done.stderr
    shutil.rmtree(ring)
