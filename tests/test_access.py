"""Whose keys: those of the login that the ISP accepted, and nobody else's."""

import pytest

from ithaca import access
from ithaca.access import Access, Identity
from ithaca.address import AddrSpec
from ithaca.errors import PassphraseError
from ithaca.incoming.keys import Origin
from ithaca.keyring.peers import Peer, Peers
from ithaca.keyring.secret import FromFile
from ithaca.keyring.store import Keyring
from ithaca.letters import Letters
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.policy import Policy
from ithaca.state import StateError
from ithaca.verdict import Binding, Tie

NOW = 1_790_000_000
ALICE, BOB = "EB85BB5FA33A75E15E944E63F231550C4F47E38E", "D1A66E1A23B182C9980F788CFBFCC82A015E7330"


@pytest.fixture
def made(sample_keyring, tmp_path):
    engine = PgpyEngine()
    passphrase = tmp_path / "passphrase"
    passphrase.write_bytes(b"ithaca-sample")
    passphrase.chmod(0o600)

    def identity(name, login, phrase=None):
        return Identity(
            f"{name}@openpgp.example",
            provider="home",
            login=login,
            keyring=Keyring(sample_keyring(name), engine),
            fingerprint=None,
            source=FromFile(passphrase),
            policy=Policy(),
            engine=engine,
            phrase=phrase,
        )

    def make(**more):
        return Access([identity("alice", b"alice"), identity("bob", b"bob", "grey geese")], rules=Policy(), **more)

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
    peer = Peer(AddrSpec("bob@openpgp.example"))
    assert access.bound(peer, bob.fingerprint, [bob], NOW).binding is Binding.NEW
    assert access.bound(peer, "AB" * 20, [bob], NOW).binding is Binding.CONFLICT
    # One that no longer stands for the address is no rival.
    (alice,) = keyring.claims("alice@openpgp.example")
    assert access.bound(peer, bob.fingerprint, [bob, alice], NOW).binding is Binding.NEW


# --- what is remembered -------------------------------------------------------------------------------

ADDRESS = AddrSpec("bob@openpgp.example")


@pytest.fixture
def remembering(made, tmp_path):
    """Alice, with peers and letters."""
    letters = Letters(tmp_path / "state", b"k" * 32)
    here = made(letters=letters)
    here.identities[0].peers = Peers(here.identities[0].keyring.path, b"k" * 32)
    yield here
    here.close()


def test_the_keys_of_a_login_know_what_is_remembered(remembering):
    peers = remembering.identities[0].peers
    assert remembering.forgotten() == ()
    keys = remembering.keys("home", b"alice", NOW)
    assert keys.addresses == {"alice@openpgp.example"}
    assert keys.people("  BOB babbage ") == {ADDRESS}
    assert keys.people("bob") == frozenset()
    assert keys.tie(ADDRESS, BOB, b"<2@x>").binding is Binding.NEW
    peers.signed(ADDRESS, BOB, b"<1@x>", NOW)
    tie = keys.tie(ADDRESS, BOB, b"<2@x>")
    assert (tie.binding, tie.messages, tie.since.timestamp()) == (Binding.SEEN, 1, NOW)
    # A letter that is fetched again says nothing for itself.
    assert keys.tie(ADDRESS, BOB, b"<1@x>") == Tie(Binding.NEW)
    assert keys.tie(ADDRESS, BOB, None).messages == 1
    peers.verify(ADDRESS, BOB, NOW)
    assert keys.tie(ADDRESS, BOB, b"<2@x>").binding is Binding.VERIFIED
    remembering.letters.opened(b"d", ADDRESS, b"<1@x>", NOW)
    assert keys.first_opened(b"d") == Origin(ADDRESS, b"<1@x>")
    assert keys.first_opened(b"e") is None


def test_where_nothing_can_be_read_nobody_is_better_known_than_new(remembering, tmp_path):
    peers = remembering.identities[0].peers
    peers.verify(ADDRESS, BOB, NOW)
    remembering.close()
    for path in (peers.database.path, remembering.letters.database.path):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(b"?" * 5000)
        path.chmod(0o600)
    keys = remembering.keys("home", b"alice", NOW)
    assert keys.tie(ADDRESS, BOB, b"<2@x>").binding is Binding.NEW
    assert keys.first_opened(b"d") is None
    with pytest.raises(StateError):
        remembering.identities[0].known(ADDRESS)
    assert [p for p in ("peers.sqlite", "state.sqlite") if not any(p in s for s in remembering.forgotten())] == []


def test_what_came_by_autocrypt_is_known_where_the_keyring_has_nothing(remembering):
    alice = remembering.identities[0]
    carol = AddrSpec("carol@example.org")
    (octets,) = (c.octets for c in alice.keyring.claims(ADDRESS))
    for address in (ADDRESS, carol):
        alice.peers.message(address, NOW, octets, True, parse=lambda _: BOB, now=NOW)
    assert set(alice.known(carol).heard) == {BOB}
    assert alice.known(carol).heard[BOB] is alice.known(carol).heard[BOB]
    assert (len(alice.known(ADDRESS).held), alice.known(ADDRESS).heard) == (1, {})
    alice.sealed_to([(carol, BOB)], NOW)
    assert alice.known(carol).peer.used == {BOB}


def test_who_learns_are_the_keyrings_of_the_login_alone(remembering):
    engine = PgpyEngine()
    pupils = remembering.pupils("home", b"alice", engine)
    assert (pupils.own, pupils.peers) == ({"alice@openpgp.example"}, [remembering.identities[0].peers])
    assert remembering.pupils("home", b"mallory", engine) is None
    assert remembering.pupils("home", None, engine) is None


def test_the_phrase_is_that_of_the_login_the_configured_one_before_that_of_the_keyring(made):
    everybody = made()
    own = everybody.phrase("home", b"alice")
    assert len(own.split()) == 4
    assert everybody.phrase("home", b"bob") == "grey geese"
    assert everybody.phrase("home", b"eve") is None
    assert everybody.phrases() == (own, "grey geese")


def test_mail_goes_on_where_the_phrase_cannot_be_read(made):
    everybody = made()
    everybody.phrase("home", b"alice")
    (everybody.identities[0].keyring.path / "phrase").chmod(0o644)
    assert everybody.phrase("home", b"alice") is None
    assert everybody.phrases() == ("grey geese",)
