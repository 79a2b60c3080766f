"""Whose keys: those of the login that the ISP accepted, and nobody else's."""

import pytest

from ithaca import access
from ithaca.access import Access, Identity
from ithaca.errors import PassphraseError
from ithaca.keyring.secret import FromFile
from ithaca.keyring.store import Keyring
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.policy import Policy
from ithaca.verdict import Binding

NOW = 1_790_000_000
ALICE, BOB = "EB85BB5FA33A75E15E944E63F231550C4F47E38E", "D1A66E1A23B182C9980F788CFBFCC82A015E7330"


@pytest.fixture
def made(sample_keyring, tmp_path):
    engine = PgpyEngine()
    passphrase = tmp_path / "passphrase"
    passphrase.write_bytes(b"ithaca-sample")
    passphrase.chmod(0o600)

    def identity(name, login):
        return Identity(
            f"{name}@openpgp.example",
            provider="home",
            login=login,
            keyring=Keyring(sample_keyring(name), engine),
            fingerprint=None,
            source=FromFile(passphrase),
            policy=Policy(),
            engine=engine,
        )

    def make(**more):
        return Access([identity("alice", b"alice"), identity("bob", b"bob")], rules=Policy(), **more)

    make.passphrase = passphrase
    return make


@pytest.mark.parametrize(
    ("provider", "login", "owned"),
    [
        ("home", b"alice", ["alice@openpgp.example"]),
        ("home", b"ALICE", []),
        ("home", b"", []),
        ("home", None, []),
        ("other", b"alice", []),
    ],
)
def test_a_login_owns_its_identities_compared_as_octets(made, provider, login, owned):
    assert [i.address for i in made().owned(provider, login)] == owned


def test_without_a_login_only_where_the_configuration_says_so(made):
    allowed = made(without_login=frozenset({"home"}))
    assert len(allowed.owned("home", None)) == 2
    assert allowed.owned("other", None) == []
    # Receiving never works without a login.
    assert allowed.keys("home", None, NOW).secrets == ()


def test_the_keys_of_a_login_are_its_own(made):
    keys = made().keys("home", b"alice", NOW)
    assert keys.own == {ALICE}
    assert [c.public.fingerprint for c in keys.secrets] == ["EA02B24FFD4C1B96616D3DF24766F6B9D5F21EB6"]
    assert keys.lookup(BOB)[0].fingerprint == BOB
    assert made().keys("home", b"mallory", NOW).lookup(BOB) == ()


def test_a_locked_key_is_trouble_and_is_tried_again_later(made):
    made.passphrase.write_bytes(b"wrong")
    here = made()
    assert "does not open the secret key" in here.trouble("home", b"alice", NOW)
    assert here.keys("home", b"alice", NOW).secrets == ()
    made.passphrase.write_bytes(b"ithaca-sample")
    assert here.trouble("home", b"alice", NOW + 1) is not None
    assert here.trouble("home", b"alice", NOW + access.RETRY) is None
    assert here.trouble("home", b"nobody", NOW) is None


def test_a_missing_passphrase_file_is_a_locked_key(made):
    made.passphrase.unlink()
    with pytest.raises(PassphraseError):
        made().owned("home", b"alice")[0].secret(NOW)


def test_two_live_certificates_for_one_address_are_a_conflict(made):
    keyring = made().identities[0].keyring
    (bob,) = keyring.claims("bob@openpgp.example")
    assert access.bound("bob@openpgp.example", bob.fingerprint, [bob], NOW) is Binding.NEW
    (alice,) = keyring.claims("alice@openpgp.example")
    assert access.bound("bob@openpgp.example", bob.fingerprint, [bob, alice], NOW) is Binding.CONFLICT
