"""``ithaca cert``."""

BOB = "D1A66E1A23B182C9980F788CFBFCC82A015E7330"


def test_export_remove_import_and_again(ithaca, sample_keyring, tmp_path):
    ring = sample_keyring("alice")
    armored = tmp_path / "bob.asc"
    ithaca("cert", "export", "--keyring", ring, "-o", armored, "bob@openpgp.example")
    assert b"Bob Babbage" in ithaca("cert", "show", "--keyring", ring, BOB).stdout
    assert b"Removed" in ithaca("cert", "remove", "--keyring", ring, BOB).stdout
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
