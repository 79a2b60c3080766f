"""Which signatures on a certificate count, in which places, and what floods cost."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ithaca.errors import LimitExceeded, MalformedPacket, OpenPGPError
from ithaca.openpgp import self_signatures
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.self_signatures import MOST_COMPONENTS, MOST_DESIGNATED, MOST_VERIFIED

T0 = 1_700_000_000
DAY = 86400
TEXT = b"Alice <alice@example.org>"


@pytest.fixture
def collect(engine):
    return lambda octets, revokers=lambda _: (): self_signatures.collect(octets, engine, revokers)


@pytest.fixture
def primary(raw):
    return raw.Key(T0)


@pytest.fixture
def head(raw, primary):
    return raw.packet(6, primary.body)


def certify(raw, primary, by, created=T0, **more):
    return raw.packet(2, by.sign(0x13, primary.hashed + raw.user_id_hashed(TEXT), created, **more))


def test_only_signatures_of_the_primary_key_are_kept(raw, collect, primary, head):
    mallory = raw.Key(T0)
    forged = certify(raw, primary, mallory, issuer=primary.fingerprint)
    found = collect(head + raw.user_id(primary, TEXT, T0) + forged + certify(raw, primary, mallory))
    assert [len(c.signatures) for c in found.user_ids] == [1]


def test_a_user_id_without_a_signature_is_left_out_and_a_subkey_is_not(raw, collect, primary, head):
    found = collect(head + raw.packet(13, TEXT) + raw.packet(14, raw.Key(T0, encrypting=True).body))
    assert (found.user_ids, len(found.subkeys)) == ([], 1)


def test_the_primary_key_put_there_as_a_subkey_is_none(raw, collect, primary, head):
    """Anybody can put it there; its signatures would be judged as those of a subkey that is not bound."""
    assert collect(head + raw.packet(14, primary.body)).subkeys == []


def test_a_user_id_that_is_no_utf_8_speaks_for_the_key(raw, collect, primary, head):
    found = collect(head + raw.user_id(primary, "Jörg <joerg@example.org>".encode("latin-1"), T0))
    assert [(c.user_id, len(c.signatures)) for c in found.user_ids] == [("J\ufffdrg <joerg@example.org>", 1)]


@pytest.mark.parametrize("lifetime", [3, 9])
@pytest.mark.parametrize("size", [0, 3, 5])
def test_a_self_signature_whose_lifetime_cannot_be_read_grants_nothing(raw, collect, primary, head, lifetime, size):
    """§5.2.3.13, §5.2.3.18: four octets. Taken for none it would last for ever."""
    assert collect(head + raw.user_id(primary, TEXT, T0, hashed=raw.sub(lifetime, bytes(size)))).user_ids == []


def test_a_revocation_whose_lifetime_cannot_be_read_holds(raw, collect, primary, head):
    revocation = raw.packet(2, primary.sign(0x20, primary.hashed, T0 + DAY, hashed=raw.sub(3, b"abc")))
    assert len(collect(head + revocation).primary.revocations) == 1


def test_a_signature_over_another_component_does_not_count(raw, collect, primary, head):
    binding = raw.subkey(primary, raw.Key(T0, encrypting=True), T0)
    other = raw.packet(14, raw.Key(T0, encrypting=True).body)
    size = binding[1]
    found = collect(head + other + binding[2 + size :])
    assert [c.signatures for c in found.subkeys] == [[]]


@pytest.mark.parametrize("place", ["behind a User ID", "behind a subkey", "behind what is not known"])
def test_a_revocation_of_the_key_holds_wherever_it_stands(raw, collect, primary, head, place):
    before = {
        "behind a User ID": raw.user_id(primary, TEXT, T0),
        "behind a subkey": raw.subkey(primary, raw.Key(T0, encrypting=True), T0),
        "behind what is not known": raw.packet(40, b"?"),
    }[place]
    found = collect(head + before + raw.revocation(primary, 0x20, primary.hashed, T0 + DAY, 2))
    assert len(found.primary.revocations) == 1


def test_a_certification_revocation_of_the_key_is_of_its_direct_key_signatures(raw, collect, primary, head):
    """§5.2.3.10: "Revoking a direct-key signature cancels that signature"; the key itself stands."""
    cancelling = raw.revocation(primary, 0x30, primary.hashed, T0 + DAY, 0)
    found = collect(head + cancelling + raw.user_id(primary, TEXT, T0)).primary
    assert (len(found.cancellations), found.revocations) == (1, [])


def test_a_version_3_revocation_is_over_the_bare_user_id(raw, collect, primary, head):
    """§5.2.4."""
    revocation = raw.packet(2, primary.sign(0x30, primary.hashed + TEXT, T0 + DAY, version=3))
    found = collect(head + raw.user_id(primary, TEXT, T0) + revocation)
    assert [len(c.revocations) for c in found.user_ids] == [1]


def test_a_component_that_stands_twice_is_one(raw, collect, primary, head):
    data = primary.hashed + raw.user_id_hashed(TEXT)
    revoked = raw.packet(13, TEXT) + raw.revocation(primary, 0x30, data, T0 + DAY, 32)
    found = collect(head + raw.user_id(primary, TEXT, T0) + revoked)
    assert [(len(c.signatures), len(c.revocations)) for c in found.user_ids] == [(1, 1)]


def test_signatures_behind_what_is_not_known_are_not_the_user_ids(raw, collect, primary, head):
    found = collect(head + raw.packet(13, TEXT) + raw.packet(40, b"?") + certify(raw, primary, primary))
    assert found.user_ids == []


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (lambda raw, p: b"", "no certificate"),
        (lambda raw, p: p.secret_packet(), "secret key"),
        (lambda raw, p: raw.packet(6, p.body) + p.secret_packet(subkey=True), "secret key"),
        (lambda raw, p: raw.packet(6, p.body) * 2, "more than one"),
        (lambda raw, p: raw.packet(6, p.body) + raw.packet(11, b"b\0\0\0\0\0x"), "type 11 may not stand"),
        (lambda raw, p: raw.packet(6, p.body) + raw.packet(39, b"x"), "type 39 may not stand"),
    ],
)
def test_what_is_no_certificate_is_refused(raw, collect, primary, octets, words):
    with pytest.raises(MalformedPacket, match=words):
        collect(octets(raw, primary))


def test_ten_thousand_certifications_by_others_cost_little(raw, collect, primary, head):
    mallory = raw.Key(T0)
    flood = b"".join(certify(raw, primary, mallory, T0 + n) for n in range(10_000))
    octets = head + raw.packet(13, TEXT) + flood + certify(raw, primary, primary)
    start = time.monotonic()
    found = collect(octets)
    assert time.monotonic() - start < 1
    assert [len(c.signatures) for c in found.user_ids] == [1]


def test_ten_thousand_forgeries_in_our_name_cost_little(raw, collect):
    """The first octets of their digests are wrong but for a few, so they cost no arithmetic."""
    primary = raw.Key(T0, kind="native ed25519")
    forgery = certify(raw, primary, primary)
    flood = b"".join(forgery[:-66] + bytes([n >> 8, n & 255]) + bytes(64) for n in range(10_000))
    octets = raw.packet(6, primary.body) + raw.packet(13, TEXT) + flood + forgery
    begun = time.monotonic()
    found = collect(octets)
    assert time.monotonic() - begun < 1
    assert [len(c.signatures) for c in found.user_ids] == [1]


def test_five_thousand_user_ids_cost_little(raw, collect, primary, head):
    flood = b"".join(raw.packet(13, b"%d <x@example.org>" % n) for n in range(5000))
    start = time.monotonic()
    found = collect(head + flood + raw.user_id(primary, TEXT, T0))
    assert time.monotonic() - start < 1
    assert [c.user_id for c in found.user_ids] == [TEXT.decode()]


def test_a_photograph_of_nearly_4_mb_costs_little(raw, collect, primary, head):
    photograph = raw.packet(17, bytes(4_000_000)) + certify(raw, primary, primary)
    start = time.monotonic()
    found = collect(head + photograph + raw.user_id(primary, TEXT, T0))
    assert time.monotonic() - start < 1
    assert len(found.user_ids) == 1


def test_above_4_mib_it_is_a_flood(raw, collect, head):
    with pytest.raises(LimitExceeded, match="above"):
        collect(head + raw.packet(17, bytes(4 << 20)))


def test_a_flood_of_our_own_signatures_is_an_error_so_that_no_revocation_is_missed(raw, collect, primary, head):
    data = primary.hashed + raw.user_id_hashed(TEXT)
    flood = b"".join(raw.packet(2, primary.sign(0x13, data, T0 + n)) for n in range(MOST_VERIFIED))
    # Copies cost nothing: anybody can make them.
    assert collect(head + raw.packet(13, TEXT) + flood * 2).user_ids
    revocation = raw.revocation(primary, 0x20, primary.hashed, T0 + DAY, 2)
    with pytest.raises(LimitExceeded, match="self-signatures"):
        collect(head + raw.packet(13, TEXT) + flood + revocation)


def test_more_signed_user_ids_than_anybody_has_are_an_error(raw, collect, primary, head):
    many = b"".join(raw.user_id(primary, b"%d" % n, T0) for n in range(MOST_COMPONENTS + 1))
    with pytest.raises(LimitExceeded, match="User IDs"):
        collect(head + many)


def test_subkeys_beyond_the_limit_are_left_out(raw, collect, primary, head):
    many = b"".join(raw.packet(14, raw.Key(T0 + n, encrypting=True).body) for n in range(MOST_COMPONENTS + 5))
    assert len(collect(head + many).subkeys) == MOST_COMPONENTS


def designated(raw, primary, carol, kind, data, **more):
    appointed = raw.sub(12, b"\x80\x16" + carol.fingerprint)
    direct = raw.packet(2, primary.sign(0x1F, primary.hashed, T0, hashed=appointed))
    return direct, raw.packet(2, carol.sign(kind, data, T0 + DAY, **more))


def test_a_designated_revoker_revokes_key_user_id_and_subkey(raw, collect, primary, head):
    carol, subkey = raw.Key(T0), raw.Key(T0, encrypting=True)
    direct, of_key = designated(raw, primary, carol, 0x20, primary.hashed)
    of_user_id = raw.packet(2, carol.sign(0x30, primary.hashed + raw.user_id_hashed(TEXT), T0 + DAY))
    of_subkey = raw.packet(2, carol.sign(0x28, primary.hashed + subkey.hashed, T0 + DAY))
    octets = head + direct + of_key + raw.user_id(primary, TEXT, T0) + of_user_id
    octets += raw.subkey(primary, subkey, T0) + of_subkey
    found = collect(octets, lambda name: [_public(carol)] if name == carol.fingerprint.hex().upper() else [])
    assert [len(c.revocations) for c in (found.primary, *found.user_ids, *found.subkeys)] == [1, 1, 1]


def test_a_revokers_other_signatures_grant_nothing(raw, collect, primary, head):
    carol = raw.Key(T0)
    direct, certification = designated(raw, primary, carol, 0x13, primary.hashed + raw.user_id_hashed(TEXT))
    octets = head + direct + raw.user_id(primary, TEXT, T0) + certification
    found = collect(octets, lambda _: [_public(carol)])
    assert [(len(c.signatures), c.revocations) for c in found.user_ids] == [(1, [])]


def test_a_user_ids_self_signature_may_appoint_a_revoker(raw, collect, primary, head):
    carol = raw.Key(T0)
    appointing = raw.user_id(primary, TEXT, T0, hashed=raw.sub(12, b"\x80\x16" + carol.fingerprint))
    revocation = raw.packet(2, carol.sign(0x20, primary.hashed, T0 + DAY))
    found = collect(head + revocation + appointing, lambda _: [_public(carol)])
    assert len(found.primary.revocations) == 1


def test_who_else_is_found_is_no_revoker(raw, collect, primary, head):
    carol, mallory = raw.Key(T0), raw.Key(T0)
    direct, _ = designated(raw, primary, carol, 0x20, primary.hashed)
    by_mallory = raw.packet(2, mallory.sign(0x20, primary.hashed, T0 + DAY))
    found = collect(head + direct + by_mallory, lambda _: [_public(mallory)])
    assert found.primary.revocations == []


def test_revokers_without_a_key_at_hand_are_named_where_they_may_have_revoked(raw, collect, primary, head):
    carol, mallory = raw.Key(T0), raw.Key(T0)
    name = carol.fingerprint.hex().upper()
    direct, revocation = designated(raw, primary, carol, 0x20, primary.hashed)
    by_mallory = raw.packet(2, mallory.sign(0x20, primary.hashed, T0 + DAY))
    assert collect(head + direct + revocation).unproved_revokers == (name,)
    assert collect(head + direct + revocation, lambda _: [_public(carol)]).unproved_revokers == ()
    assert collect(head + direct + by_mallory).unproved_revokers == ()
    assert collect(head + revocation).unproved_revokers == ()


def test_revocations_by_anybody_do_not_hide_the_designated_revokers(raw, collect, primary, head):
    carol, mallory = raw.Key(T0), raw.Key(T0)
    direct, revocation = designated(raw, primary, carol, 0x20, primary.hashed)
    flood = b"".join(raw.packet(2, mallory.sign(0x20, primary.hashed, T0 + n)) for n in range(1000))
    found = collect(head + flood + direct + revocation, lambda _: [_public(carol)])
    assert len(found.primary.revocations) == 1


def test_a_flood_in_a_revokers_name_is_an_error_so_that_his_revocation_is_not_missed(raw, collect, primary, head):
    carol, mallory = raw.Key(T0), raw.Key(T0)
    direct, revocation = designated(raw, primary, carol, 0x20, primary.hashed)
    flood = b"".join(
        raw.packet(2, mallory.sign(0x20, primary.hashed, T0 + n, issuer=carol.fingerprint))
        for n in range(MOST_DESIGNATED)
    )
    assert collect(head + direct + flood, lambda _: [_public(carol)]).primary.revocations == []
    with pytest.raises(LimitExceeded, match="designated revokers"):
        collect(head + direct + flood + revocation, lambda _: [_public(carol)])


def _public(key):
    from ithaca.openpgp.public_key import parse_public

    return parse_public(key.body)


def test_a_back_signature_counts_from_its_creation_until_it_expires(raw, collect, engine, primary, head):
    signing = raw.Key(T0)
    data = primary.hashed + signing.hashed
    back = signing.sign(0x19, data, T0 + DAY, hashed=raw.sub(3, raw.u32(DAY)))
    found = collect(head + raw.subkey(primary, signing, T0, flags=2, back=back))
    (subkey,) = found.subkeys

    def agreed(at):
        return any(self_signatures.bound_back([b"junk", back], found.primary, subkey, engine, at))

    assert [agreed(at) for at in (T0 + DAY - 1, T0 + DAY, T0 + 2 * DAY - 1, T0 + 2 * DAY)] == [False, True, True, False]


@pytest.mark.parametrize(
    "hashed", [b"\x02\x03\x01", b"\x04\x03abc", b"\x02\xe4x"], ids=["brief", "three octets", "critical"]
)
def test_a_back_signature_that_cannot_be_understood_is_none(raw, collect, engine, primary, head, hashed):
    signing = raw.Key(T0)
    back = signing.sign(0x19, primary.hashed + signing.hashed, T0, hashed=hashed)
    found = collect(head + raw.subkey(primary, signing, T0, flags=2, back=back))
    assert not any(self_signatures.bound_back([back], found.primary, found.subkeys[0], engine, T0 + DAY))


def test_a_back_signature_older_than_its_key_is_none(raw, collect, engine, primary, head):
    signing = raw.Key(T0 + DAY)
    backs = [signing.sign(0x19, primary.hashed + signing.hashed, at) for at in (T0 + DAY - 1, T0 + DAY)]
    found = collect(head + raw.subkey(primary, signing, T0 + DAY, flags=2))
    (subkey,) = found.subkeys
    assert [any(self_signatures.bound_back([b], found.primary, subkey, engine, T0 + 2 * DAY)) for b in backs] == [
        False,
        True,
    ]


@settings(max_examples=60)
@given(rest=st.binary(max_size=200), seed=st.integers(0, 3))
def test_any_octets_behind_a_key_are_a_certificate_or_an_error_of_ours(rest, seed, raw, engine):
    key = raw.Key(T0, seed=str(seed))
    try:
        self_signatures.collect(raw.packet(6, key.body) + rest, engine, lambda _: ())
    except OpenPGPError:
        return


# --- a certificate that others have flooded ------------------------------------------------------------


@pytest.fixture(scope="module")
def flooded(raw):
    """(a certificate with 25,000 certifications by others and a revocation by a designated revoker, without those)."""
    alice, mallory, carol = raw.Key(T0), raw.Key(T0), raw.Key(T0)
    flood = certify(raw, alice, mallory) * 12_500
    appoints = raw.sub(12, b"\x80\x16" + carol.fingerprint)
    own = [
        raw.packet(6, alice.body),
        raw.packet(2, carol.sign(0x20, alice.hashed, T0 + DAY)),
        raw.user_id(alice, TEXT, T0, hashed=appoints),
        raw.subkey(alice, raw.Key(T0, encrypting=True), T0),
    ]
    return b"".join([*own[:3], flood, own[3], flood]), b"".join(own)


def test_what_others_have_signed_is_left_out_of_a_flooded_certificate_and_no_revocation(flooded):
    octets, own = flooded
    before = time.process_time()
    assert self_signatures.without_flood(octets) == own
    assert time.process_time() - before < 1


@pytest.mark.parametrize("version", [4, 6])
def test_of_a_flooded_certificate_what_names_the_key_in_any_way_stays(raw, version):
    kind = "native ed25519" if version == 6 else None
    alice, mallory = raw.Key(T0, version=version, kind=kind), raw.Key(T0)
    data = alice.hashed + raw.user_id_hashed(TEXT)
    by_fingerprint = alice.sign(0x13, data, T0, named=False, hashed=raw.sub(33, bytes([version]) + alice.fingerprint))
    own = raw.packet(6, alice.body) + raw.packet(13, TEXT) + raw.packet(2, by_fingerprint)
    own += raw.packet(2, alice.sign(0x13, data, T0, named=False, unhashed=raw.sub(16, alice.key_id)))
    own += raw.packet(2, alice.sign(0x20, alice.hashed, T0 + DAY, named=False)) + raw.packet(17, bytes(4 << 20))
    assert self_signatures.without_flood(own + raw.packet(2, mallory.sign(0x13, b"", T0))) == own


def test_a_certificate_within_the_limits_stays_whole(raw, primary, head):
    """What others have signed may mean something to somebody else."""
    octets, others = head + raw.packet(13, TEXT), certify(raw, primary, raw.Key(T0))
    assert self_signatures.without_flood(octets + others * 19_998) == octets + others * 19_998
    assert self_signatures.without_flood(octets + others * 19_999) == octets


@pytest.mark.parametrize(("rest", "words"), [(b"\xca\x00" * 200_000, "200000 packets"), (bytes(16 << 20), "16777216")])
def test_what_is_looked_through_is_limited(head, rest, words):
    with pytest.raises(LimitExceeded, match=words):
        self_signatures.without_flood(head + rest)


def test_a_flood_of_revocations_is_refused_since_one_may_be_by_a_designated_revoker(raw, primary, head, engine):
    flood = raw.packet(2, raw.Key(T0).sign(0x20, primary.hashed, T0)) * 20_001
    with pytest.raises(LimitExceeded, match="20000 packets"):
        Certificate.parse(head + flood + raw.user_id(primary, TEXT, T0), engine)


def test_a_flooded_certificate_serves_and_knows_who_may_have_revoked_it(flooded, engine):
    octets, own = flooded
    before = time.process_time()
    found = Certificate.parse(octets, engine)
    assert time.process_time() - before < 1
    assert found.octets == own
    assert found.encryption_refused(T0 + 2 * DAY, None) is None
    assert len(found.unproved_revokers) == 1


@pytest.mark.parametrize("place", ["behind the primary key", "behind the User ID", "behind what is not known"])
def test_a_subkey_revocation_holds_wherever_it_stands(raw, collect, primary, head, place):
    subkey = raw.Key(T0, encrypting=True)
    revocation = raw.revocation(primary, 0x28, primary.hashed + subkey.hashed, T0 + DAY, 2)
    user_id, bound = raw.user_id(primary, TEXT, T0), raw.subkey(primary, subkey, T0)
    octets = {
        "behind the primary key": revocation + user_id + bound,
        "behind the User ID": user_id + revocation + bound,
        "behind what is not known": user_id + bound + raw.packet(60, b"x") + revocation,
    }[place]
    (found,) = collect(head + octets).subkeys
    assert len(found.revocations) == 1


def test_unbound_subkeys_do_not_hide_one_that_is_bound(raw, collect, primary, head):
    junk = b"".join(raw.packet(14, raw.Key(T0, encrypting=True).body) for _ in range(MOST_COMPONENTS + 5))
    subkey = raw.Key(T0, encrypting=True)
    found = collect(head + junk + raw.subkey(primary, subkey, T0)).subkeys
    assert [len(c.signatures) for c in found if c.key.fingerprint == subkey.fingerprint.hex().upper()] == [1]
    assert len(found) == MOST_COMPONENTS + 1


def test_a_component_of_a_size_that_nothing_needs_is_left_out(raw, collect, primary, head):
    """It would be hashed with every signature that stands on it."""
    assert collect(head + raw.user_id(primary, b"x" * 8192, T0)).user_ids
    assert not collect(head + raw.user_id(primary, b"x" * 8193, T0)).user_ids


def test_what_verified_and_what_is_a_lie_is_told_by_its_octet(raw, collect, primary, head):
    first = raw.user_id(primary, TEXT, T0)
    forged = raw.packet(2, raw.Key(T0).sign(0x13, b"", T0, issuer=primary.fingerprint))
    stranger = raw.packet(2, raw.Key(T0).sign(0x10, b"", T0))
    found = collect(head + first + forged + stranger)
    proved, at = len(head) + len(raw.packet(13, TEXT)), len(head) + len(first)
    assert (found.proved, found.disproved) == ({proved}, {at})
