"""Passphrases: from a private file, a credential or the terminal, and from nowhere else."""

import getpass
import io

import pytest

from ithaca.errors import PassphraseError
from ithaca.keyring import secret
from ithaca.keyring.secret import FromCredential, FromFile, FromTerminal


def test_a_file_gives_its_first_line(tmp_path):
    path = tmp_path / "p"
    path.write_bytes(b"correct horse\r\n")
    path.chmod(0o600)
    assert FromFile(path).read() == b"correct horse"


def test_a_file_that_others_can_read_is_refused(tmp_path):
    path = tmp_path / "p"
    path.write_bytes(b"correct horse")
    path.chmod(0o604)
    with pytest.raises(PassphraseError, match="chmod 600") as refused:
        FromFile(path).read()
    assert "correct horse" not in str(refused.value)


def test_empty_and_missing_files_are_said(tmp_path):
    (tmp_path / "p").touch(mode=0o600)
    with pytest.raises(PassphraseError, match="is empty"):
        FromFile(tmp_path / "p").read()
    with pytest.raises(PassphraseError, match="cannot be read"):
        FromFile(tmp_path / "q").read()


def test_a_credential_comes_from_the_service_manager(tmp_path, monkeypatch):
    (tmp_path / "alice").write_bytes(b"correct horse\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert FromCredential("alice").read() == b"correct horse"
    with pytest.raises(PassphraseError, match="LoadCredential=bob"):
        FromCredential("bob").read()
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(PassphraseError, match="not run as such a service"):
        FromCredential("alice").read()


def test_the_terminal_is_asked_once_and_shows_nothing(monkeypatch):
    source = FromTerminal("alice@example.org")
    with pytest.raises(PassphraseError, match="not given at the terminal"):
        source.read()
    monkeypatch.setattr(secret, "has_terminal", lambda: True)
    monkeypatch.setattr(getpass, "getpass", lambda _: "correct horse")
    source.ask()
    assert source.read() == b"correct horse"
    assert "horse" not in repr(source)


def test_without_a_terminal_a_line_of_standard_input_is_taken_and_nothing_is_said(monkeypatch, capfd):
    """getpass would warn that what is typed will be seen."""
    monkeypatch.setattr(secret, "has_terminal", lambda: False)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("Größe\r\n".encode() + b"\xff\n")))
    assert secret.typed("Passphrase: ") == "Größe".encode()
    assert secret.typed("Passphrase: ") == b"\xff"
    with pytest.raises(EOFError):
        secret.typed("Passphrase: ")
    assert capfd.readouterr().err == "Passphrase: \n" * 3
    with pytest.raises(PassphraseError, match="not given at the terminal"):
        FromTerminal("alice@example.org").ask()


def test_a_key_opens_with_its_passphrase_and_not_with_another(keyring, key_octets, engine, tmp_path):
    key = keyring.import_secret(key_octets)
    for content, opens in ((b"correct horse", True), (b"wrong horse", False)):
        path = tmp_path / "p"
        path.write_bytes(content)
        path.chmod(0o600)
        if opens:
            assert secret.unlock(keyring, key.fingerprint, FromFile(path), engine).fingerprint == key.fingerprint
        else:
            with pytest.raises(PassphraseError, match=f"does not open the secret key .* Put the right one into {path}"):
                secret.unlock(keyring, key.fingerprint, FromFile(path), engine)
