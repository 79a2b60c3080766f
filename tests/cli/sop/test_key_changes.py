"""extract-cert, change-key-password, revoke-key."""

import subprocess

import pytest

from cli.sop.processes import PASSWORD
from ithaca.openpgp import armor, packets, secret_key
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.secret_key import Protection

SECRET = {Tag.SECRET_KEY, Tag.SECRET_SUBKEY}


def keys_in(octets):
    return [secret_key.split(one) for one in secret_key.split_keys(armor.binary(octets))]


def protections(octets):
    return {part.protection for key in keys_in(octets) for part in key.parts}


@pytest.mark.parametrize("who", ["alice", "six", "protected", "p384"])
@pytest.mark.parametrize("armored", [True, False])
def test_a_certificate_holds_nothing_secret_and_everything_else(sop, person, who, armored):
    key = person(who).key.read_bytes()
    out = sop("extract-cert", *([] if armored else ["--no-armor"]), octets=key)
    assert armor.is_armored(out) is armored
    found = list(packets.split(armor.binary(out)))
    assert not {p.tag for p in found} & SECRET
    had = list(packets.split(armor.binary(key)))
    assert [p.body for p in found if p.tag in (Tag.USER_ID, Tag.SIGNATURE)] == [
        p.body for p in had if p.tag in (Tag.USER_ID, Tag.SIGNATURE)
    ]
    assert len(found) == len(had)


def test_of_a_key_that_is_cut_off_no_certificate_is_made(sop, alice):
    octets = armor.binary(alice.key.read_bytes())
    for cut in (0, 10, 200, len(octets) - 1):
        sop.fails(41, "extract-cert", octets=octets[:cut])


# --- passwords ---------------------------------------------------------------------------------------


def test_a_password_is_given_changed_and_taken_away(sop, alice, password):
    sop.write("new", b"another \n")
    first = sop("change-key-password", "--new-key-password=password", octets=alice.key.read_bytes())
    assert protections(first) == {Protection.PASSPHRASE}
    second = sop("change-key-password", "--old-key-password=password", "--new-key-password=new", octets=first)
    sop.fails(67, "sign", "--with-key-password=password", sop.write("k", second), octets=b"x")
    signature = sop.write("s", sop("sign", "--with-key-password=new", "k", octets=b"x"))
    assert sop("verify", signature, alice.cert, octets=b"x")
    third = sop("change-key-password", "--old-key-password=new", octets=second)
    assert protections(third) == {Protection.NONE}
    assert [k.public_octets for k in keys_in(third)] == [k.public_octets for k in keys_in(alice.key.read_bytes())]


def test_version_6(sop, six, password):
    locked = sop("change-key-password", "--new-key-password=password", octets=six.key.read_bytes())
    assert b"\n=" not in locked
    assert protections(sop("change-key-password", "--old-key-password=password", octets=locked)) == {Protection.NONE}


def test_keys_with_different_passwords_get_one(sop, alice, bob, password):
    sop.write("other", b"other")
    one = sop("change-key-password", "--no-armor", "--new-key-password=password", octets=alice.key.read_bytes())
    two = sop("change-key-password", "--no-armor", "--new-key-password=other", octets=bob.key.read_bytes())
    given = ["--old-key-password=other", "--old-key-password=password"]
    assert protections(sop("change-key-password", *given, octets=one + two)) == {Protection.NONE}
    # Of several all are done, or none.
    said = sop.fails(67, "change-key-password", "--old-key-password=password", octets=one + two)
    assert "--with-key-password" not in said


def test_without_the_old_password_it_says_which_option_is_missing(sop, protected):
    assert "--old-key-password" in sop.fails(67, "change-key-password", octets=protected.key.read_bytes())


def test_a_subkey_that_nobody_can_read_stops_it(sop, alice):
    strange = packets.encode(Tag.SECRET_SUBKEY, bytes([4, 0, 0, 0, 0, 99]) + bytes(40))
    octets = armor.binary(alice.key.read_bytes()) + strange
    sop.fails(13, "change-key-password", octets=octets)


def test_gpg_opens_it_with_the_new_password(sop, alice, password, program):
    locked = sop("change-key-password", "--new-key-password=password", octets=alice.key.read_bytes())
    home = sop.path("gnupg")
    home.mkdir(mode=0o700)
    gpg = [
        program("gpg"),
        "--homedir",
        home,
        "--batch",
        "--pinentry-mode=loopback",
        f"--passphrase={PASSWORD.decode()}",
    ]
    subprocess.run([*gpg, "--import"], input=locked, check=True, capture_output=True)
    message = sop("encrypt", alice.cert, octets=b"text")
    assert subprocess.run([*gpg, "-d"], input=message, check=True, capture_output=True).stdout == b"text"


# --- revocation --------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["alice", "six"])
def test_a_revoked_certificate_is_good_for_nothing_more(sop, person, who):
    someone = person(who)
    signature = sop.write("signature", sop("sign", someone.key, octets=b"x"))
    assert sop("verify", signature, someone.cert, octets=b"x")
    revoked = sop.write("revoked", sop("revoke-key", octets=someone.key.read_bytes()))
    assert revoked.read_bytes().startswith(b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n")
    assert "was revoked" in sop.fails(17, "encrypt", revoked, octets=b"x")
    sop.fails(3, "verify", signature, revoked, octets=b"x")


def test_it_takes_the_password_of_the_primary_key(sop, protected, password):
    octets = protected.key.read_bytes()
    assert "--with-key-password" in sop.fails(67, "revoke-key", octets=octets)
    assert sop("revoke-key", "--with-key-password=password", octets=octets)


def test_a_key_whose_primary_is_elsewhere_cannot_be_revoked(sop, alice, program):
    home = sop.path("gnupg")
    home.mkdir(mode=0o700)
    gpg = [program("gpg"), "--homedir", home, "--batch", "--pinentry-mode=loopback", "--passphrase="]
    subprocess.run([*gpg, "--import", alice.key], check=True, capture_output=True)
    stub = subprocess.run([*gpg, "--export-secret-subkeys"], check=True, capture_output=True).stdout
    sop.fails(79, "revoke-key", octets=stub)
    assert sop("extract-cert", octets=stub)


@pytest.mark.parametrize("name", ["sqop", "pgpainless-cli"])
def test_others_believe_it(sop, alice, program, name):
    signature = sop.write("signature", sop("sign", alice.key, octets=b"x"))
    revoked = sop.write("revoked", sop("revoke-key", octets=alice.key.read_bytes()))
    for certificate, code in ((alice.cert, 0), (revoked, 3)):
        command = [program(name), "verify", signature, certificate]
        assert subprocess.run(command, input=b"x", capture_output=True, check=False).returncode == code


def test_gpg_believes_it(sop, alice, program):
    home = sop.path("gnupg")
    home.mkdir(mode=0o700)
    gpg = [program("gpg"), "--homedir", home, "--batch"]
    revoked = sop("revoke-key", octets=alice.key.read_bytes())
    subprocess.run([*gpg, "--import"], input=revoked, check=True, capture_output=True)
    listed = subprocess.run([*gpg, "--with-colons", "-k"], check=True, capture_output=True).stdout
    assert listed.split(b"pub:")[1].startswith(b"r:")
