"""Cases about keys that nobody should use."""

from certificates.case import T0
from certificates.people import ALICE, Person
from certificates.verdicts import KEY, malformed, refused, usable
from openpgp import raw

_A = ALICE
_KEY = KEY


def cases():
    """Small, degenerate, unknown."""

    def person(name, **more):
        one = Person(name, **more)
        return one.head + one.uid() + one.enc()

    yield refused(
        "rsa-1024", "sg-weak", "The primary key is RSA with 1024 bits.", person("Weak", kind="rsa1024"), "1024 bits"
    )
    yield refused(
        "dsa-1024", "sg-weak", "The primary key is DSA with 1024 bits.", person("Dora", kind="dsa1024"), "1024 bits"
    )
    yield refused(
        "rsa-exponent-1",
        "sg-weak",
        "The exponent of the RSA key is one: every number is its own signature.",
        person("One", kind="rsa2048 e=1"),
        "exponent",
    )
    yield refused(
        "rsa-exponent-2",
        "sg-weak",
        "The exponent of the RSA key is even.",
        person("Two", kind="rsa2048 e=2"),
        "exponent",
    )
    huge = raw.number((1 << 65530) - 1) + raw.number(65537)
    yield refused(
        "rsa-64k", "sg-weak", "The modulus has 65530 bits.", person("Huge", algorithm=1, material=huge), "65530 bits"
    )
    off = raw.P256_OID + raw.mpi(b"\x04" + bytes(31) + b"\x05" + bytes(31) + b"\x07")
    yield refused(
        "point-off-curve",
        "sg-weak",
        "The point of the P-256 key is not on the curve.",
        person("Off", algorithm=19, material=off),
        "has no valid self-signature",
    )
    odd = b"\x05\x2b\x06\x01\x04\x63" + raw.mpi(b"\x04" + bytes(64))
    yield refused(
        "curve-unknown",
        "sg-weak",
        "The curve has an object identifier that nobody knows.",
        person("Curve", algorithm=19, material=odd),
        "curve",
    )
    yield malformed(
        "algorithm-unknown",
        "sg-weak",
        "The algorithm of the primary key is 99.",
        person("Algo", algorithm=99, material=bytes(32)),
        "algorithm 99",
    )
    yield usable(
        "subkey-algorithm-unknown",
        "sg-weak",
        "A subkey of algorithm 99 stands before the sound one.",
        _A.head + _A.uid() + raw.packet(14, b"\x04" + raw.u32(T0) + b"\x63" + bytes(32)) + _A.enc(),
    )
    small = raw.Key(T0, kind="rsa1024", seed="small")
    yield refused(
        "subkey-rsa-1024",
        "sg-weak",
        "The subkey is RSA with 1024 bits.",
        _A.head + _A.uid() + raw.subkey(_A.primary, small, T0),
        "1024 bits",
    )
    zero = raw.CV25519_OID + raw.mpi(b"\x40" + bytes(32)) + b"\x03\x01\x08\x07"
    nil = raw.Key(T0, encrypting=True, seed="nil", material=zero)
    yield usable(
        "subkey-point-zero",
        "pk-oracle",
        "The point of the Curve25519 subkey is zero: every shared secret is too.",
        _A.head + _A.uid() + raw.subkey(_A.primary, nil, T0) + _A.enc(),
        keys=(_A.encryption.fingerprint,),
    )
