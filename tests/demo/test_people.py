"""The people of the demo keep their secrets, and their mail program is an ordinary one."""

import pytest

from ithaca import state
from ithaca.address import AddrSpec
from ithaca.demo import people
from ithaca.demo.isp import Isp
from ithaca.demo.people import Person
from ithaca.errors import PassphraseError
from ithaca.keyring.peers import Peers
from ithaca.openpgp import secret_key
from ithaca.openpgp.pgpy_engine import PgpyEngine

ADDRESS = "ulysses@ithaca.example"
MESSAGE = b"From: ulysses@ithaca.example\r\nSubject: s\r\n\r\n.dot\r\n"


def test_a_person_settles_with_a_protected_key_and_a_private_passphrase(tmp_path):
    one = people.settle(tmp_path, ADDRESS)
    assert one.passphrase.stat().st_mode & 0o777 == 0o600
    (certificate,) = one.keyring.claims(ADDRESS)
    assert certificate.fingerprint == one.keyring.sole_secret(None)
    with pytest.raises(PassphraseError):
        secret_key.unlock(one.keyring.secret_octets(certificate.fingerprint), b"", PgpyEngine())
    for secret in (one.password, one.passphrase.read_text()):
        assert secret not in repr(one)


def test_people_know_each_other_by_certificate(tmp_path):
    one, other = (people.settle(tmp_path, f"{name}@ithaca.example") for name in ("ulysses", "penelope"))
    assert not one.keyring.claims("penelope@ithaca.example")
    one.knows(other)
    (known,) = one.keyring.claims("penelope@ithaca.example")
    assert known.fingerprint == other.keyring.sole_secret(None)
    peers = Peers(one.keyring.path, state.installation_key(one.memory))
    assert peers.peer(AddrSpec("penelope@ithaca.example")).verified == {known.fingerprint}
    peers.close()
    phrase = one.phrase
    assert one.phrase == phrase != other.phrase


def test_a_pretender_has_another_key_for_the_same_address(tmp_path):
    one = people.settle(tmp_path, ADDRESS)
    false = people.pretend(ADDRESS)
    assert false.certificate.fingerprint != one.keyring.sole_secret(None)


@pytest.fixture
def isp(loop):
    made = Isp({ADDRESS: "geheim"})
    loop.run(made.start())
    yield made
    loop.run(made.stop())


def test_the_mail_program_sends_and_fetches_what_it_is_given(isp, tmp_path):
    """Straight to the provider: nothing between them seals or opens."""
    one = people.settle(tmp_path, ADDRESS)
    direct = Person(ADDRESS, "geheim", one.keyring, one.passphrase, isp.smtp_port, isp.pop3_port)
    direct.send(ADDRESS, MESSAGE)
    assert direct.fetch_last().endswith(MESSAGE)


def test_the_configuration_names_the_providers_ports(isp, tmp_path):
    one = people.settle(tmp_path, ADDRESS)
    provider = one.configuration(isp).providers["isp"]
    assert (provider.smtp.port, provider.pop3.port) == (isp.smtp_port, isp.pop3_port)
    assert (provider.listen.smtp_port, provider.listen.pop3_port) == (0, 0)
    assert provider.listen.is_loopback
