"""The engine: arithmetic that agrees with gpg, and refuses what is not sound."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import OpenPGPError, PassphraseError, UnsupportedAlgorithm
from ithaca.openpgp import arithmetic, packets, secret_key
from ithaca.openpgp.algorithms import ENCRYPTING, SIGNING
from ithaca.openpgp.engine import KeyKind, SessionKey
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.public_key import mpi_end, mpis

NOW = 1_790_000_000


def test_a_new_key_says_what_we_promise(alice):
    certificate = alice.certificate
    assert certificate.user_ids_at(NOW) == ("Alice <alice@example.org>",)
    assert [k.curve for k in certificate.keys()] == ["Ed25519", "Curve25519"]
    assert certificate.ciphers(NOW) == (9, 7)
    assert certificate.expires(NOW) - certificate.created == 3 * 365 * 86400
    # Features: SEIPDv1 alone, so that every program reads what is sent to it.
    self_signature = next(p for p in packets.split(certificate.octets) if p.tag == 2)
    assert b"\x02\x1e\x01" in self_signature.body


def test_gpg_takes_a_new_key_and_uses_it(gpg, alice_octets):
    gpg("--import", data=alice_octets)
    clock = ("--faked-system-time", str(NOW))
    sealed = gpg(*clock, "-r", "alice@example.org", "--sign", "--encrypt", data=b"text").stdout
    assert gpg(*clock, "--decrypt", data=sealed).stdout == b"text"


def test_a_wrong_passphrase_says_which_key_and_nothing_else(alice_octets, engine, alice):
    with pytest.raises(PassphraseError) as refused:
        secret_key.unlock(alice_octets, b"wrong horse", engine)
    assert alice.fingerprint in str(refused.value)
    assert "wrong horse" not in str(refused.value)


def test_a_component_shows_nothing_secret(alice):
    for component in alice.components:
        assert repr(component) == f"<secret key {component.public.fingerprint}>"


def test_session_keys_come_back_and_failures_look_alike(engine, alice, mallory):
    key = alice.certificate.encryption_keys(NOW)[0]
    session = SessionKey(9, bytes(range(32)))
    body = engine.encrypt(key, session)
    (component,) = alice.decrypting()
    assert engine.decrypt(component, body) == session
    assert engine.decrypt(mallory.decrypting()[0], body) is None
    for cut in range(len(body)):
        assert engine.decrypt(component, body[:cut]) is None
    assert bytes(range(32)).hex() not in repr(session)


def test_the_private_key_is_built_once_and_not_for_each_session_key(engine, alice_octets, monkeypatch):
    """A letter with a hundred hidden recipients took RSA-3072 fifty seconds."""
    built = []
    make = arithmetic.PRIVATE[18]
    monkeypatch.setitem(arithmetic.PRIVATE, 18, lambda *given: built.append(given) or make(*given))
    key = secret_key.unlock(alice_octets, b"correct horse", engine)
    (component,) = key.decrypting()
    assert len(built) == 1
    session = SessionKey(9, bytes(32))
    body = engine.encrypt(component.public, session)
    assert engine.decrypt(component, body) == engine.decrypt(component, body) == session
    assert len(built) == 1


def test_malformed_signature_fields_are_simply_false(engine, alice):
    component = alice.signing(NOW)
    fields = engine.sign(component, 8, bytes(32))
    assert engine.verify(component.public, 8, bytes(32), fields)
    for broken in (b"", fields[:-1], fields + b"x", bytes(len(fields)), b"\xff\xff" + fields):
        assert engine.verify(component.public, 8, bytes(32), broken) is False
    assert engine.verify(component.public, 99, bytes(32), fields) is False


@pytest.mark.parametrize("kind", ["rsa2048", "nistp256", "nistp384", "nistp521", "brainpoolP256r1", "ed25519"])
def test_signatures_of_every_kind_of_key_agree_with_gpg(gpg, engine, kind, tmp_path):
    gpg("--faked-system-time", str(NOW), "--quick-generate-key", "Test <t@example.org>", kind, "sign", "never")
    exported = gpg("--export-secret-keys").stdout
    ours = secret_key.unlock(exported, b"correct horse", engine)
    from ithaca.openpgp import signer as signers
    from ithaca.openpgp import verification
    from ithaca.work import run

    signer = signers.DetachedSigner(ours.signing(NOW + 5), engine=engine, created=NOW + 5, random=os.urandom)
    signer.feed(b"document")
    (tmp_path / "d").write_bytes(b"document")
    (tmp_path / "s").write_bytes(signer.finish())
    clock = ("--faked-system-time", str(NOW + 9))
    assert b"GOODSIG" in gpg(*clock, "--verify", str(tmp_path / "s"), str(tmp_path / "d")).stderr
    made = gpg(*clock, "--detach-sign", data=b"document").stdout
    judged = run(
        verification.verify_detached(
            b"document", made, engine=engine, lookup=lambda _: [ours.certificate], now=NOW + 20
        )
    )
    assert judged[0].state.value == "good"


def test_swapped_halves_are_refused(engine, alice_octets, mallory, alice):
    """A key file whose public half was replaced would give the secret away with its first signature."""
    packet = next(packets.split(alice_octets))
    own = alice.certificate.primary.key.body
    foreign = mallory.certificate.primary.key.body
    forged = packets.encode(Tag.SECRET_KEY, packet.body.replace(own, foreign))
    with pytest.raises(OpenPGPError):
        engine.unlock(forged, b"correct horse")


@pytest.mark.parametrize("usage", [9, 1])
def test_protection_of_long_ago_is_refused(engine, alice_octets, alice, usage):
    packet = next(packets.split(alice_octets))
    at = len(alice.certificate.primary.key.body)
    body = packet.body[:at] + bytes([usage]) + packet.body[at + 1 :]
    with pytest.raises(UnsupportedAlgorithm, match="long ago"):
        engine.unlock(packets.encode(Tag.SECRET_KEY, body), b"correct horse")


KINDS = [
    KeyKind(22, "Ed25519"),
    KeyKind(18, "Curve25519"),
    KeyKind(1, bits=2048),
    *(KeyKind(19, curve) for curve in ("P-256", "P-384", "P-521", "brainpoolP256r1", "brainpoolP384r1")),
    *(KeyKind(18, curve) for curve in ("P-256", "P-384", "P-521", "brainpoolP256r1", "brainpoolP512r1")),
    KeyKind(25),
    KeyKind(26),
    KeyKind(27),
    KeyKind(28),
]


def _versions(kind):
    return (4,) if kind.algorithm == 22 or kind.curve == "Curve25519" else (4, 6)


@pytest.fixture(scope="session", params=[(k, v) for k in KINDS for v in _versions(k)], ids=str)
def made(request, engine):
    kind, version = request.param
    return engine.generate_key(kind, NOW, version=version)


def test_a_key_of_every_kind_is_locked_and_opens_again(engine, made):
    for passphrase in (None, b"correct horse"):
        packet = engine.lock(made, passphrase, random=os.urandom)
        again = engine.unlock(packet, passphrase)
        assert (again.public, again.secret) == (made.public, made.secret)
    with pytest.raises(PassphraseError):
        engine.unlock(packet, b"wrong horse")


def test_a_key_of_every_kind_does_what_it_is_for(engine, made):
    algorithm = made.public.algorithm
    assert (algorithm in SIGNING) or (algorithm in ENCRYPTING)
    if algorithm in SIGNING:
        fields = engine.sign(made, 10, bytes(64))
        assert engine.verify(made.public, 10, bytes(64), fields)
        assert not engine.verify(made.public, 10, b"\1" * 64, fields)
    if algorithm in ENCRYPTING:
        for version, cipher in ((3, 9), (6, 0)):
            body = engine.encrypt(made.public, SessionKey(9, bytes(range(32))), version=version)
            assert engine.decrypt(made, body) == SessionKey(cipher, bytes(range(32)))
            hidden = engine.encrypt(made.public, SessionKey(9, bytes(range(32))), version=version, anonymous=True)
            assert hidden[:2] == (b"\x03\0" if version == 3 else b"\x06\0")
            assert bytes.fromhex(made.public.key_id) not in hidden
            assert engine.decrypt(made, hidden) == SessionKey(cipher, bytes(range(32)))


def test_an_altered_public_half_is_refused_for_every_kind(engine, made):
    """Bruseghini, Huigens and Paterson, CCS 2022: whatever public octet is changed, the key does not open."""
    locked = next(packets.split(engine.lock(made, None, random=os.urandom)))
    places = _places_of_values(made.public)
    for at in places[:: max(1, len(places) // 40)]:
        body = bytearray(locked.body)
        body[at] ^= 1
        with pytest.raises(OpenPGPError):
            engine.unlock(packets.encode(Tag.SECRET_KEY, bytes(body)), None)


def _places_of_values(public):
    """Every octet of the public values: integers without their counts, points without the derivation's parameters."""
    start = len(public.body) - len(public.material)
    if public.algorithm in (25, 26, 27, 28):
        return list(range(start, len(public.body)))
    first = 0 if public.algorithm == 1 else 1 + public.material[0]
    places, at = list(range(start, start + first)), first
    for _ in range(2 if public.algorithm == 1 else 1):
        _, end = mpi_end(public.material, at)
        places += range(start + at + 2, start + end)
        at = end
    return places


def test_rsa_keys_have_their_primes_in_order(engine):
    """RFC 9580 §5.5.5.1; libgcrypt makes wrong signatures with the others now and then."""
    made = engine.generate_key(KeyKind(1, bits=2048), NOW)
    _, p, q, _ = mpis(made.secret, 4)
    assert int.from_bytes(p, "big") < int.from_bytes(q, "big")


def test_eight_threads_use_one_component(engine, alice):
    component = alice.signing(NOW)
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda n: engine.sign(component, 8, bytes([n]) * 32), range(64)))
    assert all(engine.verify(component.public, 8, bytes([n]) * 32, fields) for n, fields in enumerate(made))


@given(algorithm=st.sampled_from(sorted(arithmetic.VERIFY)), fields=st.binary(max_size=200))
def test_any_fields_are_true_or_false(made_by_algorithm, engine, algorithm, fields):
    public = made_by_algorithm.get(algorithm)
    if public is not None:
        assert engine.verify(public, 8, bytes(32), fields) is False


@pytest.fixture(scope="session")
def made_by_algorithm(engine):
    kinds = [KeyKind(1, bits=2048), KeyKind(19, "P-256"), KeyKind(22, "Ed25519"), KeyKind(27), KeyKind(28)]
    return {kind.algorithm: engine.generate_key(kind, NOW).public for kind in kinds}


@given(version=st.sampled_from([3, 6]), octets=st.binary(max_size=120))
def test_any_pkesk_is_a_session_key_or_none(engine, alice, version, octets):
    (component,) = alice.decrypting()
    assert engine.decrypt(component, bytes([version]) + octets) is None


def test_an_offline_primary_key_still_decrypts(gpg, engine, alice_octets):
    gpg("--import", data=alice_octets)
    stub = gpg("--export-secret-subkeys").stdout
    key = secret_key.unlock(stub, b"correct horse", engine)
    assert [c.public.curve for c in key.components] == ["Curve25519"]
    sealed = gpg("--faked-system-time", str(NOW), "-r", "alice@example.org", "--encrypt", data=b"text").stdout
    from ithaca.openpgp import decryption
    from ithaca.work import run

    opened = run(decryption.decrypt(sealed, key.decrypting(), engine=engine, lookup=lambda _: [], now=NOW))
    assert opened.plaintext == b"text"
