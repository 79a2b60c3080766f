"""The engine: arithmetic that agrees with gpg, and refuses what is not sound."""

import pytest

from ithaca.errors import OpenPGPError, PassphraseError, UnsupportedAlgorithm
from ithaca.openpgp import packets, secret_key
from ithaca.openpgp.engine import SessionKey
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.pgpy_shim import pgpy

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
    fields = pgpy.packet.fields
    build, built = fields.ECDHPriv.__privkey__, []
    monkeypatch.setattr(fields.ECDHPriv, "__privkey__", lambda self: built.append(self) or build(self))
    key = secret_key.unlock(alice_octets, b"correct horse", engine)
    (component,) = key.decrypting()
    assert built, "PGPy builds it in another way now"
    built.clear()
    session = SessionKey(9, bytes(32))
    body = engine.encrypt(component.public, session)
    assert engine.decrypt(component, body) == engine.decrypt(component, body) == session
    assert built == []


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
    from ithaca.openpgp import stream, verification
    from ithaca.work import run

    signer = stream.DetachedSigner(ours.signing(NOW + 5), engine=engine, created=NOW + 5)
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


@pytest.mark.parametrize("usage", [253, 9, 1])
def test_protection_that_pgpy_would_take_for_none_is_refused(engine, alice_octets, alice, usage):
    packet = next(packets.split(alice_octets))
    at = len(alice.certificate.primary.key.body)
    body = packet.body[:at] + bytes([usage]) + packet.body[at + 1 :]
    with pytest.raises(UnsupportedAlgorithm, match="protect it again"):
        engine.unlock(packets.encode(Tag.SECRET_KEY, body), b"correct horse")


def test_an_offline_primary_key_still_decrypts(gpg, engine, alice_octets):
    gpg("--import", data=alice_octets)
    stub = gpg("--export-secret-subkeys").stdout
    key = secret_key.unlock(stub, b"correct horse", engine)
    assert [c.public.curve for c in key.components] == ["Curve25519"]
    sealed = gpg("--faked-system-time", str(NOW), "-r", "alice@example.org", "--encrypt", data=b"text").stdout
    from ithaca.openpgp import stream
    from ithaca.work import run

    opened = run(stream.decrypt(sealed, key.decrypting(), engine=engine, lookup=lambda _: [], now=NOW))
    assert opened.plaintext == b"text"
