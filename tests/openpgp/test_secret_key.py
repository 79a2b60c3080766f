"""Our own keys, taken apart by packets."""

import contextlib
import os
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import Error, KeyringError, MalformedPacket, OpenPGPError, PassphraseError
from ithaca.openpgp import packets, secret_key
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.own_keys import passphrase
from ithaca.openpgp.secret_key import Protection
from keymaking import new_key

NOW = 1_790_000_000
PASSPHRASE = b"correct horse"


def test_the_public_half_is_what_gpg_exports(gpg, alice_octets, engine):
    gpg("--import", data=alice_octets)
    key = secret_key.split(alice_octets)
    exported = Certificate.parse(gpg("--export").stdout, engine)
    assert [p.body for p in packets.split(key.public_octets)] == [p.body for p in packets.split(exported.octets)]
    assert key.fingerprint == exported.fingerprint


def test_what_is_unprotected_is_noticed(gpg, engine):
    gpg("--passphrase", "", "--quick-generate-key", "Test <t@example.org>", "ed25519", "sign", "never")
    assert not secret_key.split(gpg("--export-secret-keys").stdout).is_protected


def test_protected_is_protected(alice_octets):
    assert secret_key.split(alice_octets).is_protected


def test_an_expired_key_signs_no_more_but_still_decrypts(alice):
    later = NOW + 4 * 365 * 86400
    with pytest.raises(KeyringError, match="expired on"):
        alice.signing(later)
    assert len(alice.decrypting()) == 1


def test_nothing_secret_is_shown(alice, alice_octets):
    assert "PrivKey" not in repr(alice)
    assert "octets" not in repr(secret_key.split(alice_octets)).replace("public_octets", "")


@given(st.binary(max_size=100))
def test_any_octets_are_a_key_or_an_error_of_ours(octets):
    for prefix in (b"", b"\xc5\x40\x04"):
        try:
            secret_key.split(prefix + octets)
        except OpenPGPError:
            continue


@given(st.data())
def test_a_damaged_key_is_a_key_or_an_error_of_ours(alice_octets, version_6, engine, data):
    """Whatever became of a file: taken apart, merged with the right one, protected, unlocked."""
    octets = data.draw(st.sampled_from([alice_octets, version_6]))
    at = data.draw(st.integers(0, len(octets) - 1))
    change = data.draw(st.sampled_from(["cut", "flip", "insert"]))
    damaged = {
        "cut": octets[:at],
        "flip": octets[:at] + bytes([octets[at] ^ data.draw(st.integers(1, 255))]) + octets[at + 1 :],
        "insert": octets[:at] + data.draw(st.binary(max_size=20)) + octets[at:],
    }[change]
    for attempt in (
        lambda: list(secret_key.split_keys(damaged)),
        lambda: secret_key.merge(secret_key.split(octets), secret_key.split(damaged)),
        lambda: passphrase.protect(damaged, PASSPHRASE, engine, os.urandom),
        lambda: octets is alice_octets and secret_key.unlock(damaged, PASSPHRASE, engine),
    ):
        with contextlib.suppress(Error):
            attempt()


# --- parts -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def version_6():
    return new_key("Six <six@example.org>", PASSPHRASE, NOW - 1000, "v6-ed25519")


def _absent(part):
    """A part as GnuPG writes it whose secret is elsewhere."""
    packet = next(packets.split(part.packet))
    return packets.encode(packet.tag, part.public.body + b"\xff\x00\x65\x00GNU\x01")


def _bare(part, engine):
    return engine.lock(secret_key.unlock_part(part, PASSPHRASE, engine), None, random=os.urandom)


def test_every_part_is_seen_with_its_protection(alice_octets, engine):
    primary, subkey = secret_key.split(alice_octets).parts
    public = secret_key.split(alice_octets).public_octets
    states = [_absent(primary), _bare(subkey, engine)]
    key = secret_key.split(secret_key.join(public, states))
    assert [p.protection for p in key.parts] == [Protection.ABSENT, Protection.NONE]
    assert not key.is_protected
    assert [(p.signs, p.decrypts) for p in key.parts] == [(False, False), (False, True)]
    assert key.public_octets == public
    assert key.version == 4


def test_what_is_protected_in_a_way_of_long_ago_is_protected(alice_octets):
    """Usage 9: AES-256, its key an MD5 (RFC 9580 §3.7.2.1). Whether it opens is another question."""
    key = secret_key.split(alice_octets)
    packet = packets.encode(7, key.parts[1].public.body + b"\x09" + bytes(40))
    again = secret_key.split(secret_key.join(key.public_octets, [key.parts[0].packet, packet]))
    assert again.is_protected


def test_a_version_6_key_taken_apart_and_put_together(version_6, engine):
    key = secret_key.split(version_6)
    assert (key.version, len(key.fingerprint)) == (6, 64)
    assert secret_key.join(key.public_octets, [p.packet for p in key.parts]) == version_6
    opened = secret_key.unlock(version_6, PASSPHRASE, engine)
    assert opened.signing(NOW).public.fingerprint == key.fingerprint
    assert [c.public for c in opened.decrypting()] == [key.parts[1].public]


def test_a_secret_without_its_public_half_has_no_place(alice_octets, mallory, version_6):
    key = secret_key.split(alice_octets)
    foreign = secret_key.split(version_6).parts[0].packet
    with pytest.raises(MalformedPacket, match="public half is in no certificate"):
        secret_key.join(key.public_octets, [p.packet for p in key.parts] + [foreign])


@pytest.mark.parametrize("body", [b"\4\0\0\0\1\x63secret", b"\3\0\0\0\1secret", b"\5\0\0\0\1\x16secret"])
def test_a_subkey_that_nobody_here_reads_does_not_lock_out_the_rest(alice_octets, engine, body):
    """A new algorithm, GnuPG's version 5: where the public half ends cannot be told."""
    unknown = packets.encode(7, body) + packets.encode(2, b"its binding")
    key = secret_key.split(alice_octets + unknown)
    assert key.unknown == (unknown,)
    assert b"secret" not in key.public_octets
    assert b"its binding" not in key.public_octets
    assert len(secret_key.unlock(alice_octets + unknown, PASSPHRASE, engine).components) == 2
    assert secret_key.join(key.public_octets, [p.packet for p in key.parts], key.unknown) == alice_octets + unknown


def test_what_follows_an_unknown_subkey_is_read(alice_octets):
    key = secret_key.split(alice_octets)
    primary, subkey = (p.packet for p in key.parts)
    where = alice_octets.index(subkey)
    unknown = packets.encode(7, b"\4\0\0\0\1\x63secret")
    again = secret_key.split(alice_octets[:where] + unknown + alice_octets[where:])
    assert [p.packet for p in again.parts] == [primary, subkey]
    assert again.public_octets == key.public_octets


# --- several states and several keys -----------------------------------------------------------------


def test_merging_takes_no_secret_away_and_brings_no_old_passphrase_back(alice_octets, engine):
    key = secret_key.split(alice_octets)
    primary, subkey = key.parts
    other = engine.lock(secret_key.unlock_part(primary, PASSPHRASE, engine), b"another one", random=os.urandom)

    def state(*parts):
        return secret_key.split(secret_key.join(key.public_octets, parts))

    def merged(old, new):
        return [p.packet for p in secret_key.split(secret_key.merge(old, new)).parts]

    whole = state(primary.packet, subkey.packet)
    assert merged(whole, state(_absent(primary), subkey.packet)) == [primary.packet, subkey.packet]
    assert merged(state(_absent(primary), subkey.packet), whole) == [primary.packet, subkey.packet]
    assert merged(whole, state(other, subkey.packet)) == [primary.packet, subkey.packet]
    assert merged(state(other, subkey.packet), whole) == [other, subkey.packet]
    bare = _bare(primary, engine)
    assert merged(state(bare, subkey.packet), state(_absent(primary), subkey.packet)) == [bare, subkey.packet]
    assert merged(state(bare, subkey.packet), whole) == [primary.packet, subkey.packet]


def test_merging_keeps_all_that_both_say(alice_octets):
    key = secret_key.split(alice_octets)
    more = secret_key.split(alice_octets + packets.encode(13, b"Added") + packets.encode(7, b"\4\0\0\0\1\x63x"))
    for one, two in ((key, more), (more, key)):
        merged = secret_key.split(secret_key.merge(one, two))
        assert b"Added" in merged.public_octets
        assert merged.unknown == more.unknown


def test_the_keys_of_one_file(alice_octets, version_6):
    assert list(secret_key.split_keys(alice_octets + version_6)) == [alice_octets, version_6]
    for octets in (b"", secret_key.split(alice_octets).public_octets):
        with pytest.raises(MalformedPacket, match="no secret key"):
            list(secret_key.split_keys(octets))


# --- unlocked in part --------------------------------------------------------------------------------


def test_parts_that_do_not_open_are_named_and_the_others_serve(alice_octets, engine):
    key = secret_key.split(alice_octets)
    primary, subkey = key.parts
    half = secret_key.join(key.public_octets, [_absent(primary), subkey.packet])
    opened = secret_key.unlock(half, PASSPHRASE, engine)
    assert [c.public for c in opened.decrypting()] == [subkey.public]
    assert opened.component(primary.public.fingerprint) is None
    ((locked, why),) = opened.locked
    assert locked == primary.public.fingerprint
    assert why.endswith("is not in this file")
    with pytest.raises(KeyringError, match="has no secret key that may sign .*is not in this file"):
        opened.signing(NOW)


def test_another_passphrase_of_one_part(alice_octets, engine):
    key = secret_key.split(alice_octets)
    primary, subkey = key.parts
    other = engine.lock(secret_key.unlock_part(subkey, PASSPHRASE, engine), b"another one", random=os.urandom)
    mixed = secret_key.join(key.public_octets, [primary.packet, other])
    assert [c.public for c in secret_key.unlock(mixed, PASSPHRASE, engine).components] == [primary.public]
    assert [c.public for c in secret_key.unlock(mixed, b"another one", engine).components] == [subkey.public]


def test_a_wrong_passphrase_is_told_before_what_is_elsewhere(alice_octets, engine):
    """A person can do something about it."""
    key = secret_key.split(alice_octets)
    half = secret_key.join(key.public_octets, [key.parts[0].packet, _absent(key.parts[1])])
    with pytest.raises(PassphraseError, match="does not open"):
        secret_key.unlock(half, b"wrong horse", engine)
    with pytest.raises(PassphraseError):
        secret_key.unlock(half, None, engine)
    nothing = secret_key.join(key.public_octets, [_absent(p) for p in key.parts])
    with pytest.raises(OpenPGPError, match="is not in this file"):
        secret_key.unlock(nothing, PASSPHRASE, engine)


def test_one_part_is_unlocked_at_a_time(alice_octets, engine):
    """Argon2 may take gigabytes, and every identity may ask at once."""
    running, most = [], []

    class Counting:
        def unlock(self, *arguments):
            running.append(1)
            most.append(len(running))
            time.sleep(0.002)
            component = engine.unlock(*arguments)
            running.pop()
            return component

    threads = [
        threading.Thread(
            target=secret_key.unlock,
            args=(alice_octets, PASSPHRASE, Counting()),
            kwargs={"certificate": secret_key.unlock(alice_octets, PASSPHRASE, engine).certificate},
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 8
    assert set(most) == {1}


# --- what may sign and decrypt -----------------------------------------------------------------------


@pytest.fixture
def old_key(gpg):
    """``old_key("DSA", …)``: a key of another age, made by gpg."""

    def make(*lines):
        parameters = ["%no-protection", *lines, "Name-Email: old@example.org", ""]
        gpg("--generate-key", data="\n".join(parameters).encode())
        return gpg("--export-secret-keys").stdout

    return make


def test_dsa_never_signs_for_us_and_elgamal_opens_old_letters(old_key, engine):
    """RFC 9580 §9.1: DSA of 3072 bits is believed when it is read."""
    octets = old_key("Key-Type: DSA", "Key-Length: 2048", "Subkey-Type: ELG-E", "Subkey-Length: 2048")
    key = secret_key.unlock(octets, None, engine)
    now = key.certificate.created + 10
    assert key.certificate.signing_refused(key.components[0].public, now) is None
    with pytest.raises(KeyringError, match="has no secret key that may sign"):
        key.signing(now)
    assert [c.public.algorithm for c in key.decrypting()] == [16]
    assert [(p.signs, p.decrypts) for p in secret_key.split(octets).parts] == [(False, False), (False, True)]


def test_a_weak_key_never_signs_and_opens_old_letters(old_key, engine):
    octets = old_key("Key-Type: RSA", "Key-Length: 1024", "Subkey-Type: RSA", "Subkey-Length: 1024")
    key = secret_key.unlock(octets, None, engine)
    with pytest.raises(KeyringError, match="RSA with 1024 bits is not accepted"):
        key.signing(key.certificate.created + 10)
    assert len(key.decrypting()) == 2
    assert [p.signs for p in secret_key.split(octets).parts] == [False, False]


def test_a_weak_signing_subkey_is_passed_over(gpg, engine):
    gpg("--passphrase", "", "--quick-generate-key", "Test <t@example.org>", "ed25519", "sign", "never")
    fingerprint = secret_key.split(gpg("--export-secret-keys").stdout).fingerprint
    gpg("--passphrase", "", "--quick-add-key", fingerprint, "rsa1024", "sign", "never")
    key = secret_key.unlock(gpg("--export-secret-keys").stdout, None, engine)
    assert len(key.components) == 2
    assert key.signing(max(c.public.created for c in key.components)).public.fingerprint == fingerprint


def test_no_secret_and_no_passphrase_in_anything_that_is_shown(alice_octets, version_6, engine, caplog):
    """The canary: every `repr`, every error and the log."""
    caplog.set_level("DEBUG")
    shown = []
    for octets in (alice_octets, version_6):
        key, opened = secret_key.split(octets), secret_key.unlock(octets, PASSPHRASE, engine)
        shown += [repr(key), repr(key.parts), repr(opened), repr(opened.components), repr(opened.locked)]
        for wrong in (b"canary in a mine", None, b""):
            with pytest.raises(PassphraseError) as failure:
                secret_key.unlock(octets, wrong, engine)
            shown += [str(failure.value), repr(failure.value), repr(failure.value.__cause__)]
        secrets = [c.secret for c in opened.components] + [p.packet for p in key.parts]
        for text in [*shown, caplog.text]:
            assert "canary" not in text
            assert PASSPHRASE.decode() not in text
            for secret in secrets:
                assert secret.hex() not in text.lower()
                assert repr(secret)[2:-1] not in text


def test_the_primary_key_among_the_subkeys_is_refused(alice_octets):
    """Merged by their octets, one of the two would be lost."""
    primary = next(packets.split(alice_octets))
    with pytest.raises(MalformedPacket, match="stands among the subkeys"):
        secret_key.split(alice_octets + packets.encode(7, primary.body))
