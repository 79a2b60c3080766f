"""``ithaca cert``."""

import subprocess
import time

from ithaca.openpgp import armor, packets, secret_key
from keymaking import generated, new_key
from openpgp import raw

BOB = "D1A66E1A23B182C9980F788CFBFCC82A015E7330"


def test_export_remove_import_and_again(ithaca, sample_keyring, tmp_path):
    ring = sample_keyring("alice")
    armored = tmp_path / "bob.asc"
    ithaca("cert", "export", "--keyring", ring, "-o", armored, "bob@openpgp.example")
    assert b"Bob Babbage" in ithaca("cert", "show", "--keyring", ring, BOB).stdout
    removed = ithaca("cert", "remove", "--keyring", ring, BOB).stdout.decode()
    assert removed == f"Removed: {BOB}  Bob Babbage <bob@openpgp.example>\n", "of what is gone nothing can be used"
    assert BOB.encode() not in ithaca("cert", "list", "--keyring", ring).stdout
    assert ithaca("cert", "import", "--keyring", ring, armored).stdout.startswith(b"New: " + BOB.encode())
    assert ithaca("cert", "import", "--keyring", ring, armored).stdout.startswith(b"Unchanged: ")
    assert BOB.encode() in ithaca("cert", "list", "--keyring", ring).stdout


def test_what_is_not_there_or_not_enough_is_said(ithaca, sample_keyring, tmp_path):
    ring = sample_keyring("alice")
    assert b"has nothing for" in ithaca("cert", "show", "--keyring", ring, "carol@example.org", status=1).stderr
    assert b"at least 16 digits" in ithaca("cert", "show", "--keyring", ring, BOB[-8:], status=1).stderr
    (tmp_path / "junk").write_bytes(b"no key")
    done = ithaca("cert", "import", "--keyring", ring, tmp_path / "junk", status=1)
    assert done.stderr.startswith(f"ithaca: {tmp_path / 'junk'}: no armored OpenPGP block".encode())


def test_what_was_not_meant_for_others_is_not_exported(ithaca, sample_keyring, tmp_path):
    """RFC 9580 §5.2.3.19."""
    ring, primary, carol = sample_keyring("alice"), raw.Key(1000), raw.Key(1000)
    data = primary.hashed + raw.user_id_hashed(b"Dave <dave@example.org>")
    certificate = raw.packet(6, primary.body) + raw.user_id(primary, b"Dave <dave@example.org>", 1000)
    local = raw.packet(2, carol.sign(0x10, data, 2000, hashed=raw.sub(4, b"\0")))
    (tmp_path / "dave.asc").write_bytes(armor.armor("PUBLIC KEY BLOCK", certificate + local))
    ithaca("cert", "import", "--keyring", ring, tmp_path / "dave.asc")
    ithaca("cert", "export", "--keyring", ring, "-o", tmp_path / "out.asc", "dave@example.org")
    assert armor.binary((tmp_path / "out.asc").read_bytes(), frozenset({"PUBLIC KEY BLOCK"})) == certificate


def test_a_revoker_whose_certificate_is_missing_is_named(ithaca, sample_keyring, tmp_path):
    ring, primary, carol = sample_keyring("alice"), raw.Key(1000), raw.Key(1000)
    appointing = raw.sub(12, b"\x80\x16" + carol.fingerprint)
    certificate = raw.packet(6, primary.body) + raw.packet(2, carol.sign(0x20, primary.hashed, 2000))
    certificate += raw.user_id(primary, b"Dave <dave@example.org>", 1000, hashed=appointing)
    (tmp_path / "dave.asc").write_bytes(armor.armor("PUBLIC KEY BLOCK", certificate))
    ithaca("cert", "import", "--keyring", ring, tmp_path / "dave.asc")
    shown = ithaca("cert", "show", "--keyring", ring, "dave@example.org").stdout.decode()
    assert f"revoker      {carol.fingerprint.hex().upper()} may have revoked it" in shown


def test_the_keyring_need_not_be_named_where_there_is_only_one(ithaca, sample_keyring, tmp_path):
    """Refusals say "ithaca cert import FILE": that must work as it stands."""
    ring = sample_keyring("alice")
    armored = tmp_path / "bob.asc"
    ithaca("cert", "export", "--keyring", ring, "-o", armored, "bob@openpgp.example")
    keyrings = ithaca.home / ".local/share/ithaca/keyrings"
    missing = ithaca("cert", "import", armored, status=1).stderr.decode()
    assert f"There is no keyring in {keyrings} yet; make one with: ithaca key generate" in missing
    keyrings.mkdir(parents=True, mode=0o700)
    ring.rename(keyrings / "alice")
    assert ithaca("cert", "import", armored).stdout.startswith(b"Unchanged: ")
    (keyrings / "bob").mkdir()
    assert b"there are: alice, bob" in ithaca("cert", "import", armored, status=2).stderr


def test_nothing_that_is_there_is_written_over(ithaca, sample_keyring, tmp_path):
    """Of a backup there may be no other copy."""
    backup = tmp_path / "backup.asc"
    backup.write_bytes(b"of another key")
    arguments = ("--keyring", sample_keyring("alice"), "--secret", "-o", backup, "alice@openpgp.example")
    assert b"is there already" in ithaca("key", "export", *arguments, status=1).stderr
    assert backup.read_bytes() == b"of another key"


def test_a_version_6_certificate_is_named_by_its_first_digits(ithaca, sample_keyring, tmp_path):
    """RFC 9580 §5.5.4: its key ID is its beginning, that of version 4 its end."""
    ring = sample_keyring("alice")
    octets = secret_key.split(
        new_key("Six <six@example.org>", b"correct horse", 1_700_000_000, "v6-ed25519")
    ).public_octets
    file = tmp_path / "six.pgp"
    file.write_bytes(octets)
    fingerprint = ithaca("cert", "import", "--keyring", ring, file).stdout.split()[1].decode()
    assert len(fingerprint) == 64
    for which in (fingerprint, fingerprint[:16], fingerprint[:30], "0x" + fingerprint[:16].lower()):
        assert b"six@example.org" in ithaca("cert", "show", "--keyring", ring, which).stdout
    assert b"has nothing for" in ithaca("cert", "show", "--keyring", ring, fingerprint[-16:], status=1).stderr
    assert b"has nothing for" in ithaca("cert", "show", "--keyring", ring, BOB[:16], status=1).stderr
    assert b"Bob Babbage" in ithaca("cert", "show", "--keyring", ring, BOB[-16:]).stdout


def test_a_signature_that_is_not_for_others_is_not_exported(ithaca, sample_keyring, tmp_path):
    """RFC 9580 §5.2.3.19: a note to oneself, such as GnuPG's lsign."""
    ring, made = sample_keyring("alice"), 1_700_000_000
    carol, notary = raw.Key(made), raw.Key(made)
    user_id = raw.user_id(carol, b"<carol@example.org>", made)
    signed = carol.hashed + raw.user_id_hashed(b"<carol@example.org>")
    note = raw.packet(2, notary.sign(0x10, signed, made, hashed=raw.sub(4, b"\0")))
    (tmp_path / "carol.pgp").write_bytes(raw.packet(6, carol.body) + user_id + note)
    ithaca("cert", "import", "--keyring", ring, tmp_path / "carol.pgp")
    out = ithaca("cert", "export", "--keyring", ring, "carol@example.org").stdout
    assert armor.dearmor(out).data == raw.packet(6, carol.body) + user_id


def test_a_revocation_certificate_of_a_correspondent_is_imported(ithaca, sample_keyring, tmp_path):
    """RFC 9580 §10.1.3: in version 4 it is a signature and nothing else."""
    ring = sample_keyring("alice")
    carol = generated("Carol <carol@example.org>", b"correct horse", time.time() - 60)
    (tmp_path / "carol.pgp").write_bytes(carol.certificate)
    (tmp_path / "revocation.asc").write_bytes(armor.armor("PUBLIC KEY BLOCK", carol.revocation))
    unknown = ithaca("cert", "import", "--keyring", ring, tmp_path / "revocation.asc", status=1).stderr
    assert b"a revocation certificate of no key that is known here" in unknown
    ithaca("cert", "import", "--keyring", ring, tmp_path / "carol.pgp")
    assert b"can be used" in ithaca("cert", "list", "--keyring", ring).stdout
    done = ithaca("cert", "import", "--keyring", ring, tmp_path / "revocation.asc").stdout
    assert done.startswith(f"Updated: {carol.fingerprint}".encode())
    assert b"it was revoked on" in done


def test_the_revocation_of_a_key_of_ones_own_is_not_taken_for_somebody_elses(ithaca, sample_keyring, tmp_path):
    ring = sample_keyring("alice")
    made = generated("Alice <alice@example.net>", b"correct horse", time.time() - 60)
    (tmp_path / "key.pgp").write_bytes(made.octets)
    (tmp_path / "word").write_bytes(b"correct horse")
    ithaca("key", "import", "--keyring", ring, "--passphrase-file", tmp_path / "word", tmp_path / "key.pgp")
    (tmp_path / "revocation.asc").write_bytes(armor.armor("PUBLIC KEY BLOCK", made.revocation))
    done = ithaca("cert", "import", "--keyring", ring, tmp_path / "revocation.asc", status=1)
    command = f"ithaca key revoke --keyring {ring} --certificate {tmp_path}/revocation.asc {made.fingerprint}"
    assert command.encode() in done.stderr
    assert done.stderr.endswith(b" does it.\n")
    shown = ithaca("cert", "show", "--keyring", ring, made.fingerprint).stdout
    assert b"can be used" in shown


def test_the_least_that_a_correspondent_needs_is_exported(ithaca, sample_keyring, tmp_path):
    ring = sample_keyring("alice")
    carol = generated("Carol <carol@example.org>", b"correct horse", time.time() - 60)
    signed = certified(carol.certificate)
    (tmp_path / "carol.pgp").write_bytes(signed)
    (tmp_path / "revocation.pgp").write_bytes(carol.revocation)
    ithaca("cert", "import", "--keyring", ring, tmp_path / "carol.pgp")
    whole = armor.dearmor(ithaca("cert", "export", "--keyring", ring, carol.fingerprint).stdout).data
    least = armor.dearmor(ithaca("cert", "export", "--minimal", "--keyring", ring, carol.fingerprint).stdout).data
    assert whole == signed
    assert len(least) < 1000 < len(whole)
    ithaca("cert", "import", "--keyring", ring, tmp_path / "revocation.pgp")
    done = ithaca("cert", "export", "--minimal", "--keyring", ring, "carol@example.org", status=1)
    assert b"was revoked on" in done.stderr


def certified(octets):
    """A certificate with ten signatures by others on its User ID."""
    head, *rest = packets.split(octets)
    at = next(n for n, packet in enumerate(rest) if packet.tag == 13) + 2
    data = b"\x99" + len(head.body).to_bytes(2, "big") + head.body + raw.user_id_hashed(rest[at - 2].body)
    others = [raw.packet(2, raw.Key(1000).sign(0x10, data, int(time.time()))) for _ in range(10)]
    return b"".join([head.octets, *(p.octets for p in rest[:at]), *others, *(p.octets for p in rest[at:])])


def test_why_it_cannot_be_used_is_said_once(ithaca, sample_keyring, program, tmp_path):
    ring = sample_keyring("alice")
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    gpg = [program("gpg"), "--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase", ""]
    make = [*gpg, "--quick-generate-key", "Dave <dave@example.org>", "dsa1024", "sign", "1y"]
    subprocess.run(make, check=True, capture_output=True)
    exported = subprocess.run([*gpg, "--export"], check=True, capture_output=True).stdout
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, capture_output=True)
    (tmp_path / "dave.pgp").write_bytes(exported)
    done = ithaca("cert", "import", "--keyring", ring, tmp_path / "dave.pgp").stdout
    assert b"cannot be used: DSA with 1024 bits is not accepted\n" in done


def test_what_cannot_be_written_ends_in_one_full_stop(ithaca, sample_keyring, tmp_path):
    ring = sample_keyring("alice")
    made = generated("Carol <carol@example.org>", b"correct horse", time.time() - 60)
    (tmp_path / "carol.pgp").write_bytes(made.certificate)
    # In the way of its folder.
    (ring / "certs" / made.fingerprint[:2].lower()).write_bytes(b"")
    done = ithaca("cert", "import", "--keyring", ring, tmp_path / "carol.pgp", status=1).stderr
    assert done.startswith(f"ithaca: {tmp_path}/carol.pgp: ".encode())
    assert done.endswith(b".\n")
    assert not done.endswith(b"..\n")
