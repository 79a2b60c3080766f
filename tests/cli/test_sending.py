"""``ithaca explain --send``: the decision and every fact, and nothing is sent or remembered."""

import json

import pytest

BOB = "D1A66E1A23B182C9980F788CFBFCC82A015E7330"
ALICE = "EB85BB5FA33A75E15E944E63F231550C4F47E38E"
LETTER = "From: Alice <alice@openpgp.example>\nTo: bob@openpgp.example\nSubject: the plan\n\nAt noon.\n"


@pytest.fixture
def send(ithaca, sample_keyring, passphrase, tmp_path):
    """``send(letter, …)``: the lines that the command prints."""
    folder = ithaca.home / ".config" / "ithaca"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(
        f"""
providers: {{home: {{smtp: {{host: a.example}}, pop3: {{host: b.example}}}}}}
identities:
  - {{address: alice@openpgp.example, provider: home, keyring: {sample_keyring("alice")}, passphrase: {{file: {passphrase}}}}}
policy: {{rules: [{{match: "*@bank.example", encrypt: always}}]}}
"""
    )
    path = tmp_path / "letter.eml"

    def run(letter, *arguments):
        path.write_text(letter)
        return ithaca("explain", "--send", path, *arguments).stdout.decode().splitlines()

    return run


def test_what_is_sealed_and_to_whom(send):
    lines = send(LETTER)
    assert lines[0] == "It would be sent signed and sealed."
    known = f"{BOB}, a certificate that the person imported"
    assert f"because      everybody has a certificate that serves by itself: bob@openpgp.example ({known})" in lines
    assert "because      the policy wants a signature for bob@openpgp.example" in lines
    assert "sender       From is one of the login's identities: alice@openpgp.example" in lines
    assert f"To/Cc        bob@openpgp.example: can be encrypted to; {known}" in lines
    assert f"copy         one copy for bob@openpgp.example, encrypted to {BOB} and {ALICE}" in lines


def test_a_refusal_is_said_in_the_words_that_a_mail_program_would_show(send):
    lines = send(LETTER, "--to", "bob@openpgp.example", "--to", "carol@bank.example")
    assert lines[0] == "It would be refused:"
    assert lines[1].startswith("  Not sent: no key is known for carol@bank.example.")
    assert "because      the rule '*@bank.example' demands encryption for carol@bank.example" in lines
    assert "because      no certificate is known for carol@bank.example" in lines


def test_a_bcc_recipient_has_a_copy_of_their_own(send):
    lines = send(LETTER.replace("To: bob", "To: alice"), "--to", "alice@openpgp.example", "--to", "bob@openpgp.example")
    assert any(line.startswith("copy         a copy of their own for bob@openpgp.example") for line in lines)


def test_another_login_owns_nothing(send):
    lines = send(LETTER, "--from-login", "mallory")
    assert lines[0] == "It would pass as it came."
    assert "because      From names alice@openpgp.example, but not as the one sender, whom this login owns" in lines


def test_of_mail_that_is_not_ours_nothing_is_said_of_keys_that_nobody_looked_for(send):
    lines = send(LETTER.replace("alice@openpgp.example", "alias@other.example"))
    assert lines[0] == "It would pass as it came."
    assert "To/Cc        bob@openpgp.example" in lines


def test_a_wish_is_said_with_where_it_stands(send):
    lines = send(LETTER.replace("Subject:", "Ithaca-Wish: nosign\nSubject: [clear]"))
    assert lines[0] == "It would be sent in clear, not signed."
    assert "because      the sender wishes that it goes in clear: [clear] in the Subject" in lines
    assert "because      the sender wishes no signature: [nosign] in Ithaca-Wish" in lines


def test_for_programs_it_is_one_object(send):
    record = json.loads(
        "\n".join(send(LETTER, "--json", "--to", "bob@openpgp.example", "--to", "alice@openpgp.example"))
    )
    assert {k: record[k] for k in ("version", "action", "sender", "identity", "form", "refusal", "not_sent")} == {
        "version": 1,
        "action": "sign-and-seal",
        "sender": "ours",
        "identity": "alice@openpgp.example",
        "form": "clear",
        "refusal": None,
        "not_sent": None,
    }
    assert [r["cause"] for r in record["because"]] == ["every-recipient-has-a-certificate", "policy-signs"]
    bob = record["recipients"][0]
    assert (bob["address"], bob["basis"], bob["certificate"]) == ("bob@openpgp.example", "imported", BOB)
    assert record["copies"] == [
        {"recipients": ["bob@openpgp.example"], "blind": False, "encrypted_to": [BOB, ALICE]},
        {"recipients": ["alice@openpgp.example"], "blind": True, "encrypted_to": [ALICE]},
    ]
    refused = json.loads("\n".join(send(LETTER, "--json", "--to", "carol@bank.example")))
    assert refused["action"] == "refuse"
    assert refused["refusal"].startswith("Not sent: no key is known for carol@bank.example.")
    assert refused["because"][0] == {
        "cause": "encryption-demanded",
        "recipients": ["carol@bank.example"],
        "rule": "*@bank.example",
        "shown_by": [],
        "text": "the rule '*@bank.example' demands encryption for carol@bank.example",
    }
    assert refused["copies"] == []


def test_nobody_to_send_it_to_is_said(ithaca, send, tmp_path):
    (tmp_path / "x.eml").write_text("From: alice@openpgp.example\n\nx\n")
    assert b"say whom with --to" in ithaca("explain", "--send", tmp_path / "x.eml", status=1).stderr


def test_one_message_is_wanted(ithaca, send, tmp_path):
    (tmp_path / "x.eml").write_text("From: alice@openpgp.example\n\nx\n")
    assert b"Name a message" in ithaca("explain", status=2).stderr
    both = ithaca("explain", tmp_path / "x.eml", "--send", tmp_path / "x.eml", status=2)
    assert b"Name a message" in both.stderr


def test_one_that_was_imported_and_is_gone_turns_nothing_clear(ithaca, sample_keyring, send, tmp_path):
    """Until the person takes it out."""
    ring = sample_keyring("alice")
    armored = ithaca("cert", "export", "--keyring", ring, BOB).stdout
    ithaca("cert", "import", "--keyring", ring, "-", data=armored)
    (file,) = ring.glob(f"certs/*/{BOB[2:].lower()}")
    file.write_bytes(file.read_bytes()[:100])
    lines = send(LETTER)
    assert lines[0] == "It would be refused:"
    assert f"for bob@openpgp.example the key {BOB}, which was there before, is gone" in lines[1]
    refused = ithaca("cert", "import", "--keyring", ring, "-", data=armored, status=1)
    assert f"{file} is damaged and must be moved away first".encode() in refused.stderr
    file.unlink()
    assert send(LETTER) == lines
    ithaca("cert", "import", "--keyring", ring, "-", data=armored)
    ithaca("cert", "remove", "--keyring", ring, BOB)
    assert send(LETTER)[0] == "It would be sent signed, in clear."
