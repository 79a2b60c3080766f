"""What of a certificate from elsewhere is kept: nobody but its holder can fill a limit."""

import pytest

from ithaca.errors import LimitExceeded
from ithaca.openpgp import keeping, packets
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.keeping import MOST_REST, MOST_REST_PACKETS
from openpgp import raw

T0 = 1_700_000_000
DAY = 86400
TEXT = b"Alice <alice@example.org>"


@pytest.fixture
def alice():
    return raw.Key(T0)


@pytest.fixture
def head(alice):
    return raw.packet(6, alice.body) + raw.user_id(alice, TEXT, T0)


@pytest.fixture
def kept(engine):
    return lambda octets, *more: keeping.kept(Certificate.parse(octets, engine), *more)


def certified(by, whose, **more):
    return raw.packet(2, by.sign(0x10, whose.hashed + raw.user_id_hashed(TEXT), T0 + DAY, **more))


def test_what_the_holder_said_stays_as_it_came(alice, head, kept):
    octets = head + certified(raw.Key(T0), alice) + raw.subkey(alice, raw.Key(T0, encrypting=True), T0)
    octets += raw.revocation(alice, 0x20, alice.hashed, T0 + DAY, 2)
    assert kept(octets) == octets


@pytest.mark.parametrize(
    "junk",
    [
        lambda alice, mallory: certified(mallory, alice, issuer=alice.fingerprint),
        lambda alice, mallory: raw.packet(14, raw.Key(T0, encrypting=True).body),
        lambda alice, mallory: raw.packet(13, b"Mallory <mallory@example.org>"),
        lambda alice, mallory: raw.user_id(alice, b"Mallory", T0, signer=mallory),
        lambda alice, mallory: raw.revocation(alice, 0x20, alice.hashed, T0, 2, signer=mallory),
    ],
    ids=["forged", "unbound subkey", "bare User ID", "foreign User ID", "forged revocation"],
)
def test_what_is_nobodys_goes(alice, head, kept, junk):
    mallory = type("Liar", (raw.Key,), {"fingerprint": alice.fingerprint})(T0)
    assert kept(head + junk(alice, mallory)) == head


def test_a_secret_subkeys_public_half_stays_whatever_is_said_of_it(head, kept):
    subkey = raw.Key(T0, encrypting=True)
    octets = head + raw.packet(14, subkey.body)
    assert kept(octets, {subkey.body}) == octets


def test_of_copies_one_stays_and_of_a_binding_the_one_in_which_the_subkey_agrees(alice, kept):
    signing, mallory = raw.Key(T0), raw.Key(T0)
    head = raw.packet(6, alice.body) + raw.user_id(alice, TEXT, T0)
    data = alice.hashed + signing.hashed
    back = raw.sub(32, signing.sign(0x19, data, T0))
    forged = raw.sub(32, mallory.sign(0x19, data, T0))
    bindings = [
        raw.packet(2, alice.sign(0x18, data, T0, hashed=raw.sub(27, b"\x02"), unhashed=area))
        for area in (b"", forged, back, back + raw.sub(100, b"x"))
    ]
    octets = head + raw.packet(14, signing.body)
    assert kept(octets + b"".join(bindings)) == octets + bindings[2]


def test_what_nobody_here_can_judge_is_bounded(alice, head, kept):
    strangers = [certified(raw.Key(T0), alice) for _ in range(3)]
    assert kept(head + b"".join(strangers)) == head + b"".join(strangers)
    attribute = raw.packet(17, bytes(MOST_REST // 2)) + raw.packet(2, raw.Key(T0).sign(0x10, b"", T0))
    assert kept(head + attribute) == head + attribute
    assert kept(head + attribute * 2).count(attribute) < 2
    many = raw.packet(2, b"\x05") * (MOST_REST_PACKETS + 5)
    assert len(list(packets.split(kept(head + many)))) == 3 + MOST_REST_PACKETS


def test_revocations_in_the_name_of_a_missing_revoker_are_kept_to_a_limit(alice, kept):
    carol, mallory = raw.Key(T0), raw.Key(T0)
    appointing = raw.sub(12, b"\x80\x16" + carol.fingerprint)
    head = raw.packet(6, alice.body) + raw.user_id(alice, TEXT, T0, hashed=appointing)
    claims = [raw.packet(2, mallory.sign(0x20, alice.hashed, T0 + n, issuer=carol.fingerprint)) for n in range(21)]
    assert kept(head + b"".join(claims[:20])).count(claims[7]) == 1
    with pytest.raises(LimitExceeded, match="import that certificate first"):
        kept(head + b"".join(claims))
