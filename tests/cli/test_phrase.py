"""``ithaca phrase``: shown, changed, and the configured one goes before it."""


def test_it_is_shown_and_changed(ithaca, carol):
    first = ithaca("phrase").stdout
    assert len(first.split()) == 4
    assert ithaca("phrase", "--keyring", "c").stdout == first
    assert (carol.path / "phrase").stat().st_mode & 0o777 == 0o600
    new = ithaca("phrase", "new").stdout
    assert new != first
    assert ithaca("phrase").stdout == new
    assert ithaca("phrase", "--keyring", carol.path, "new").stdout not in (first, new)


def test_the_one_of_the_configuration_goes_before_it(ithaca, carol, passphrase):
    folder = ithaca.home / ".config" / "ithaca"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(
        f"""
providers: {{home: {{smtp: {{host: a.example}}, pop3: {{host: b.example}}}}}}
identities:
  - {{address: carol@example.org, provider: home, keyring: c, phrase: grey geese, passphrase: {{file: {passphrase}}}}}
"""
    )
    assert ithaca("phrase").stdout == b"grey geese\n"
    done = ithaca("phrase", "new")
    assert b"change it there, too" in done.stderr
    assert ithaca("phrase").stdout == b"grey geese\n"
    assert b"what was proved stands in front of them" in ithaca("config", "check").stdout


def test_what_others_can_read_is_said(ithaca, carol):
    ithaca("phrase")
    (carol.path / "phrase").chmod(0o644)
    assert b"can be read by others; run: chmod 600" in ithaca("phrase", status=1).stderr


def test_help_needs_no_keyring(ithaca):
    assert b"Make another seal phrase" in ithaca("phrase", "new", "--help").stdout
    assert b"make one with: ithaca key generate" in ithaca("phrase", status=1).stderr
    assert b"make one with: ithaca key generate" in ithaca("phrase", "new", status=1).stderr
