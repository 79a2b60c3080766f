"""What a certificate is good for, over sound, spoilt and hostile ones."""

import pytest

from ithaca.errors import MalformedPacket, OpenPGPError
from ithaca.openpgp.certificate import Certificate, with_revokers

T0 = 1_700_000_000
DAY = 86400
AT = T0 + 400 * DAY
TEXT = b"Alice <alice@example.org>"


class Made:
    """The parts of a certificate, to be put together in any way."""

    def __init__(self, raw):
        self.raw = raw
        self.primary = raw.Key(T0)
        self.encryption = raw.Key(T0, encrypting=True)
        self.signing = raw.Key(T0)
        self.mallory = raw.Key(T0)

    @property
    def head(self):
        return self.raw.packet(6, self.primary.body)

    def uid(self, **more):
        return self.raw.user_id(self.primary, TEXT, T0, **more)

    def enc(self, **more):
        return self.raw.subkey(self.primary, self.encryption, T0, **more)

    def back(self, signer=None, **more):
        data = self.primary.hashed + self.signing.hashed
        return (signer or self.signing).sign(0x19, data, T0, issuer=self.signing.fingerprint, **more)

    def sig(self, **more):
        more.setdefault("back", self.back())
        return self.raw.subkey(self.primary, self.signing, T0, flags=2, **more)

    def revoke_primary(self, created, code, signer=None):
        return self.raw.revocation(self.primary, 0x20, self.primary.hashed, created, code, signer=signer)


@pytest.fixture
def made(raw):
    return Made(raw)


@pytest.fixture
def parse(engine):
    return lambda octets: Certificate.parse(octets, engine)


def test_a_sound_certificate_encrypts_and_signs(made, parse):
    found = parse(made.head + made.uid() + made.enc() + made.sig())
    assert found.encryption_refused(AT) is None
    assert [k.body for k in found.encryption_keys(AT)] == [made.encryption.body]
    assert found.addresses(AT) == ("alice@example.org",)
    assert [found.signing_refused(k, AT) is None for k in found.keys()] == [True, False, True]


ENCRYPTION_REFUSED = {
    "primary expired": lambda m: m.head + m.uid(expires=DAY) + m.enc(),
    "revoked as compromised": lambda m: m.head + m.revoke_primary(AT + DAY, 2) + m.uid() + m.enc(),
    "revoked without a reason": lambda m: m.head + m.revoke_primary(AT + DAY, None) + m.uid() + m.enc(),
    "retired before": lambda m: m.head + m.revoke_primary(AT - DAY, 3) + m.uid() + m.enc(),
    "expired and revoked": lambda m: m.head + m.revoke_primary(AT - DAY, 2) + m.uid(expires=DAY) + m.enc(),
    "subkey expired": lambda m: m.head + m.uid() + m.enc(expires=DAY),
    "subkey without binding": lambda m: m.head + m.uid() + m.raw.packet(14, m.encryption.body),
    "subkey bound by another key": lambda m: m.head + m.uid() + m.enc(signer=m.mallory),
    "subkey revoked": lambda m: (
        m.head
        + m.uid()
        + m.enc()
        + m.raw.revocation(m.primary, 0x28, m.primary.hashed + m.encryption.hashed, T0 + DAY, 1)
    ),
    "flags in the unhashed area alone": lambda m: m.head + m.uid() + m.enc(unhashed_flags=True),
    "subkey for authentication": lambda m: m.head + m.uid() + m.enc(flags=0x20),
    "User ID signed by another key": lambda m: m.head + m.uid(signer=m.mallory) + m.enc(),
    "no self-signature at all": lambda m: m.head + m.raw.packet(13, TEXT) + m.enc(),
    "self-signature with MD5": lambda m: _with_rsa(m, hash_id=1),
    "self-signature with SHA-1, made lately": lambda m: _with_rsa(m, hash_id=2),
    "critical unknown subpacket": lambda m: m.head + m.uid(hashed=m.raw.sub(100, b"x", critical=True)) + m.enc(),
    "not yet made": lambda m: Made2(m).octets(),
}


class Made2:
    """A certificate from the future."""

    def __init__(self, m):
        self.m = m

    def octets(self):
        raw = self.m.raw
        primary, encryption = raw.Key(AT + DAY), raw.Key(AT + DAY, encrypting=True)
        return (
            raw.packet(6, primary.body)
            + raw.user_id(primary, TEXT, AT + DAY)
            + raw.subkey(primary, encryption, AT + DAY)
        )


@pytest.mark.parametrize("case", ENCRYPTION_REFUSED)
def test_nothing_is_encrypted_to(made, parse, case):
    found = parse(ENCRYPTION_REFUSED[case](made))
    assert found.encryption_keys(AT) == ()
    reason = found.encryption_refused(AT)
    assert reason
    assert reason.isprintable()


STILL_USABLE = {
    "revocation forged by another key": lambda m: (
        m.head + m.revoke_primary(T0 + DAY, 2, signer=m.mallory) + m.uid() + m.enc()
    ),
    "retired later": lambda m: m.head + m.revoke_primary(AT + DAY, 3) + m.uid() + m.enc(),
    "a subkey of Mallory's added with a forged binding": lambda m: (
        m.head
        + m.uid()
        + m.raw.subkey(m.primary, m.raw.Key(T0 + DAY, encrypting=True), T0 + DAY, signer=m.mallory)
        + m.enc()
    ),
    "expiry injected into the unhashed area": lambda m: m.head + _with_injected_expiry(m) + m.enc(),
    "certifications of others": lambda m: (
        m.head
        + m.uid()
        + m.raw.packet(2, m.mallory.sign(0x10, m.primary.hashed + m.raw.user_id_hashed(TEXT), T0))
        + m.enc()
    ),
    "a signature packet that is cut short": lambda m: m.head + m.uid() + m.raw.packet(2, b"\x04\x13") + m.enc(),
    "a subkey of an unknown algorithm": lambda m: (
        m.head + m.uid() + m.raw.packet(14, b"\x04" + bytes(4) + b"\x63" + b"x" * 32) + m.enc()
    ),
}


@pytest.mark.parametrize("case", STILL_USABLE)
def test_what_others_add_changes_nothing(made, parse, case):
    found = parse(STILL_USABLE[case](made))
    assert [k.body for k in found.encryption_keys(AT)] == [made.encryption.body]


def test_a_forged_newer_self_signature_does_not_revive_an_expired_key(made, parse):
    forged = made.raw.user_id(made.primary, TEXT, T0 + 2 * DAY, signer=made.mallory)
    genuine = made.uid(expires=DAY)
    found = parse(made.head + genuine + made.raw.packet(2, _body_of_signature(forged)) + made.enc())
    assert found.encryption_refused(AT) == "expired on 2023-11-15"


def test_the_newest_genuine_self_signature_counts(made, parse):
    longer = made.raw.user_id(made.primary, TEXT, T0 + 2 * DAY, expires=1000 * DAY)
    octets = made.head + made.uid(expires=DAY) + made.raw.packet(2, _body_of_signature(longer)) + made.enc()
    assert parse(octets).encryption_refused(AT) is None


SIGNING_REFUSED = {
    "without a back-signature": lambda m: m.sig(back=None),
    "back-signature of another key": lambda m: m.sig(back=m.back(signer=m.mallory)),
    "flagged for encryption": lambda m: m.raw.subkey(m.primary, m.signing, T0, flags=12, back=m.back()),
    "binding of another key": lambda m: m.sig(signer=m.mallory),
    "expired": lambda m: m.sig(expires=DAY),
}


@pytest.mark.parametrize("case", SIGNING_REFUSED)
def test_a_subkey_may_not_sign(made, parse, case):
    found = parse(made.head + made.uid() + SIGNING_REFUSED[case](made))
    subkey = next(k for k in found.keys() if k.body == made.signing.body)
    assert found.signing_refused(subkey, AT)


def test_an_adopted_signing_subkey_never_signs_for_its_thief(made, parse, raw):
    """Mallory binds Alice's signing subkey to her own certificate, without Alice's consent."""
    text = b"Mallory <mallory@example.org>"
    octets = raw.packet(6, made.mallory.body) + raw.user_id(made.mallory, text, T0)
    octets += raw.subkey(made.mallory, made.signing, T0, flags=2, back=made.back())
    found = parse(octets)
    assert found.signing_refused(next(k for k in found.keys() if k.body == made.signing.body), AT)


def test_a_revoked_user_id_no_longer_stands_for_its_address(made, parse):
    other = made.raw.user_id(made.primary, b"Alice <alice@example.net>", T0)
    revoked = made.raw.revocation(made.primary, 0x30, made.primary.hashed + made.raw.user_id_hashed(TEXT), T0 + DAY, 32)
    found = parse(made.head + made.uid() + revoked + other + made.enc())
    assert found.addresses(AT) == ("alice@example.net",)
    assert "alice@example.org" in found.claimed_addresses()
    assert found.encryption_refused(AT) is None
    assert found.encryption_refused(AT, "alice@example.org").startswith("no longer stands for this address")


def test_weak_rsa_is_refused(made, parse, raw):
    body = b"\x04" + raw.u32(T0) + b"\x01" + raw.mpi(b"\xff" * 128) + raw.mpi(b"\x01\x00\x01")
    found = parse(raw.packet(6, body) + raw.packet(13, TEXT))
    assert "1024 bits" in found.encryption_refused(AT)


def test_of_many_subkeys_the_newest_four_are_used(made, parse, raw):
    keys = [raw.Key(T0 + n, encrypting=True) for n in range(6)]
    octets = made.head + made.uid() + b"".join(raw.subkey(made.primary, key, T0 + 9) for key in keys)
    assert [k.body for k in parse(octets).encryption_keys(AT)] == [k.body for k in keys[:1:-1]]


@pytest.mark.parametrize(("direct", "user_id", "signs"), [(1, 3, True), (3, 1, False)])
def test_of_the_flags_a_version_4_user_id_is_heard_first(made, parse, raw, direct, user_id, signs):
    said = made.primary.sign(0x1F, made.primary.hashed, T0, hashed=raw.sub(27, bytes([direct])))
    found = parse(made.head + raw.packet(2, said) + made.uid(flags=user_id))
    assert (found.signing_refused(next(found.keys()), AT) is None) is signs


def test_a_key_expires_in_the_second_that_it_names(made, parse):
    found = parse(made.head + made.uid(expires=DAY) + made.enc(expires=DAY - 9))
    assert found.primary_refused(T0 + DAY - 1) is None
    assert found.primary_refused(T0 + DAY) == "expired on 2023-11-15"
    assert found.encryption_refused(T0 + DAY - 10) is None
    assert found.encryption_refused(T0 + DAY - 9) == "has a subkey that expired on 2023-11-15"


def test_preferences_are_read_where_the_key_says_what_it_is(made, parse, raw):
    """§5.2.3.14, §5.2.3.15: the User ID's are heard first, and a direct-key signature's where it says nothing."""
    said = raw.sub(11, b"\x07") + raw.sub(39, b"\x09\x02\x07\x02\x09")
    direct = raw.packet(2, made.primary.sign(0x1F, made.primary.hashed, T0, hashed=said))
    found = parse(made.head + direct + made.uid(hashed=raw.sub(11, b"\x09\x07")))
    assert found.ciphers(AT) == (9, 7)
    assert found.aead_suites(AT) == ((9, 2), (7, 2))
    assert (found.ciphers(T0 - 1), found.aead_suites(T0 - 1)) == ((), ())


@pytest.mark.parametrize(
    ("version", "features", "announced"),
    [(4, b"\x01", False), (4, b"\x09", True), (4, b"", False), (4, None, False)]
    + [(6, b"\x01", False), (6, b"\x09", True), (6, b"", False), (6, None, True)],
)
def test_seipd2_goes_to_who_announces_it_and_to_version_6_that_says_nothing(parse, raw, version, features, announced):
    """§13.7: "or are v6 keys without a Features subpacket"."""
    key = raw.Key(T0, kind="native ed25519", version=version)
    said = b"" if features is None else raw.sub(30, features)
    direct = raw.packet(2, key.sign(0x1F, key.hashed, T0, hashed=raw.sub(27, b"\x03") + said))
    assert parse(raw.packet(6, key.body) + direct).announces_seipd2(AT) is announced


def test_a_revoker_who_cannot_be_asked_is_named(made, parse, raw):
    carol = raw.Key(T0)
    appointed = raw.sub(12, b"\x80\x16" + carol.fingerprint)
    revocation = raw.packet(2, carol.sign(0x20, made.primary.hashed, T0 + DAY))
    octets = made.head + revocation + made.uid(hashed=appointed) + made.enc()
    found = parse(octets)
    assert found.unproved_revokers == (carol.fingerprint.hex().upper(),)
    assert found.encryption_refused(AT) is None


def test_a_revoker_is_looked_up_by_fingerprint(made, parse, raw, engine):
    carol = raw.Key(T0)
    appointed = raw.sub(12, b"\x80\x16" + carol.fingerprint)
    direct = raw.packet(2, made.primary.sign(0x1F, made.primary.hashed, T0, hashed=appointed))
    revocation = raw.packet(2, carol.sign(0x20, made.primary.hashed, T0 + DAY))
    octets = made.head + direct + revocation + made.uid() + made.enc()
    known = parse(raw.packet(6, carol.body) + raw.user_id(carol, b"Carol", T0))
    asked = []

    def revokers(name):
        asked.append(name)
        return [known]

    assert parse(octets).encryption_refused(AT) is None
    found = Certificate.parse(octets, engine, revokers=revokers)
    assert found.encryption_refused(AT) == "was revoked on 2023-11-15"
    assert asked == [carol.fingerprint.hex().upper()]


def test_certificates_that_are_known_together_know_who_revoked_whom(made, parse, raw):
    carol = raw.Key(T0)
    appointed = raw.sub(12, b"\x80\x16" + carol.fingerprint)
    direct = raw.packet(2, made.primary.sign(0x1F, made.primary.hashed, T0, hashed=appointed))
    revocation = raw.packet(2, carol.sign(0x20, made.primary.hashed, T0 + DAY))
    revoked = parse(made.head + direct + revocation + made.uid() + made.enc())
    revoker = parse(raw.packet(6, carol.body) + raw.user_id(carol, b"Carol", T0))
    (alone,) = with_revokers([revoked])
    assert alone.encryption_refused(AT) is None
    for known in ([revoked, revoker], [revoker, revoked, revoked]):
        found = {c.fingerprint: c for c in with_revokers(known)}
        assert found[revoked.fingerprint].encryption_refused(AT) == "was revoked on 2023-11-15"
        assert found[revoker.fingerprint] is revoker


def test_the_octets_stay_as_they_came(made, parse, raw):
    octets = (
        raw.packet(10, b"PGP") + made.head + raw.packet(40, b"?") + made.uid() + made.enc() + raw.packet(2, b"\x04")
    )
    assert parse(octets).octets == octets


@pytest.mark.parametrize(
    "octets",
    [b"", b"\x00", b"\xc6", b"\xc6\x05abcde", b"\xcd\x03abc"],
    ids=["empty", "zero", "cut", "short", "uid"],
)
def test_what_is_no_certificate_is_malformed(parse, octets):
    with pytest.raises(OpenPGPError):
        parse(octets)


def test_a_secret_key_is_no_certificate(parse, alice_octets):
    with pytest.raises(MalformedPacket, match="secret key"):
        parse(alice_octets)


def _with_rsa(m, **more):
    """RSA, with which any hash can be: EdDSA forbids short ones by itself (§5.2.3.3)."""
    primary = m.raw.Key(T0, kind="rsa2048")
    user_id = m.raw.user_id(primary, TEXT, T0, **more)
    return m.raw.packet(6, primary.body) + user_id + m.raw.subkey(primary, m.encryption, T0)


def _body_of_signature(octets):
    from ithaca.openpgp import packets

    return [p.body for p in packets.split(octets) if p.tag == 2][0]


def _with_injected_expiry(m):
    body = m.primary.sign(
        0x13,
        m.primary.hashed + m.raw.user_id_hashed(TEXT),
        T0,
        hashed=m.raw.sub(27, b"\x03"),
        unhashed=m.raw.sub(9, m.raw.u32(DAY)),
    )
    return m.raw.packet(13, TEXT) + m.raw.packet(2, body)
