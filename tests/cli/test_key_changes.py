"""``ithaca key``: prolonged, extended, protected; gpg sees every result."""

import datetime
import subprocess
import time

import pytest

from ithaca.openpgp import armor, secret_key
from ithaca.openpgp.pgpy_engine import PgpyEngine

DAY = 86400
MIDNIGHT_2041 = int(datetime.datetime(2041, 2, 3, tzinfo=datetime.UTC).timestamp())
ADDRESS = "carol@example.org"


def listed(carol, program, tmp_path):
    """Rows of gpg's colon format for the exported certificate, by record type."""
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700, exist_ok=True)
    gpg = [program("gpg"), "--homedir", home, "--batch", "--no-tty", "--with-colons", "--show-keys"]
    done = subprocess.run(
        gpg, input=armor.armor("PUBLIC KEY BLOCK", carol.own().octets), capture_output=True, check=True
    )
    rows = {}
    for line in done.stdout.decode().splitlines():
        rows.setdefault(line.split(":")[0], []).append(line.split(":"))
    return rows


@pytest.mark.parametrize(
    ("options", "gpg_says"),
    [(("--until", "2041-02-03"), str(MIDNIGHT_2041)), (("--until", "never"), ""), (("--years", "7"), None)],
)
def test_extend(carol, program, tmp_path, options, gpg_says):
    done = carol("extend", *options)
    fingerprint = carol.own().fingerprint
    assert done.stdout.startswith(f"The key {fingerprint} ".encode())
    assert f"ithaca cert export --keyring c {fingerprint}".encode() in done.stdout
    rows = listed(carol, program, tmp_path)
    assert rows["pub"][0][6] == rows["sub"][0][6]
    if gpg_says is None:
        assert abs(int(rows["pub"][0][6]) - time.time() - 7 * 365 * DAY) < 100
    else:
        assert rows["pub"][0][6] == gpg_says


def test_extend_lets_a_key_end_at_once_and_live_again(carol):
    assert b"expired on" in carol("extend", "--until", "now").stdout
    assert carol.own().encryption_refused(int(time.time())) is not None
    carol("extend", "--years", "1", ADDRESS)
    assert carol.own().encryption_refused(int(time.time())) is None


def test_extend_one_subkey(carol, program, tmp_path):
    subkey = carol.own().subkeys[0].key
    assert b"The subkey " in carol("extend", "--subkey", subkey.key_id, "--until", "2027-06-01").stdout
    rows = listed(carol, program, tmp_path)
    assert rows["sub"][0][6] == "1811808000"
    assert rows["pub"][0][6] != rows["sub"][0][6]
    assert b"expires on 2027-06-01" in carol.show()
    carol("extend", "--subkey", subkey.fingerprint, "--until", "never")
    rows = listed(carol, program, tmp_path)
    assert rows["pub"][0][6] == rows["sub"][0][6], "with its key"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), b"Say when"),
        (("--until", "never", "--years", "1"), b"Say when"),
        (("--until", "2020-01-01"), b"is not in the future"),
        (("--until", "tomorrow"), b"is no date such as"),
        (("--years", "0"), b"0"),
    ],
)
def test_extend_wants_a_time_to_come(carol, options, words):
    before = carol.own().octets
    assert words in carol("extend", *options, status=2).stderr
    assert carol.own().octets == before


def test_rotate_and_what_is_next(carol, program, tmp_path):
    old = carol.own().subkeys[0].key
    done = carol("rotate")
    new = carol.own().subkeys[1].key
    assert f"has a new subkey for encryption: {new.fingerprint}".encode() in done.stdout
    kept = f"The older one, {old.fingerprint}, has expired. It stays in the key for the letters".encode()
    for words in (kept, b"Copies of the secret key", b"ithaca cert export"):
        assert words in done.stdout
    ends = [int(row[6]) for row in listed(carol, program, tmp_path)["sub"]]
    assert [end <= time.time() for end in ends] == [True, False]
    shown = carol.show().decode()
    assert f"{old.fingerprint} (Curve25519, version 4)  decrypts old letters, expired on" in shown
    assert f"{new.fingerprint} (Curve25519, version 4)  decrypts, has a passphrase" in shown


def test_rotate_says_of_signing_keys_what_is_true(carol):
    """Nothing expires where there was none, and what signs opens no letters."""
    first = carol("rotate", "--for", "signing").stdout
    assert b"There was no older subkey for this" in first
    assert b"expired" not in first
    old = carol.own().subkeys[1].key.fingerprint
    second = carol("rotate", "--for", "signing").stdout
    assert f"The older one, {old}, has expired. What was signed with it stays good.".encode() in second
    assert b"letters" not in first + second


@pytest.mark.parametrize("command", ["add-subkey", "rotate"])
@pytest.mark.parametrize("until", ["now", "2200-01-01"])
def test_a_new_subkey_can_neither_be_dead_nor_live_for_ever_and_a_day(carol, command, until):
    before = carol.own().octets
    said = carol(command, "--until", until, status=2).stderr
    assert (b"is no date" if until == "now" else b"is the last day that a key can say") in said
    assert carol.own().octets == before


def test_help_says_where_now_is_understood(ithaca):
    assert b"'now'" in ithaca("key", "extend", "--help").stdout
    for command in ("generate", "add-subkey", "rotate"):
        assert b"'now'" not in ithaca("key", command, "--help").stdout


def test_add_a_signing_subkey(carol, program, tmp_path):
    carol("add-subkey", "--for", "signing", "--until", "2028-01-01")
    row = listed(carol, program, tmp_path)["sub"][1]
    assert (row[6], row[11]) == ("1830297600", "s")
    keyring = carol.keyring()
    key = secret_key.unlock(keyring.secret_octets(carol.own().fingerprint), b"ithaca-sample", PgpyEngine())
    assert key.signing(int(time.time())).public == carol.own().subkeys[1].key


def test_add_an_address(carol, program, tmp_path):
    done = carol("add-address", "carol@example.com")
    assert b"stands for Carol <carol@example.com> too" in done.stdout
    carol("add-address", "--name", "C. of the office", "office@example.com")
    carol("add-address", "--name", "", "plain@example.com")
    users = [row[9] for row in listed(carol, program, tmp_path)["uid"]]
    assert users == [
        "Carol <carol@example.org>",
        "Carol <carol@example.com>",
        "C. of the office <office@example.com>",
        "<plain@example.com>",
    ]
    assert b"already" in carol("add-address", "carol@example.com", status=1).stderr
    assert b"no mail address" in carol("add-address", "carol", status=1).stderr
    assert b"must not hold" in carol("add-address", "--name", "<x>", "d@example.com", status=1).stderr


def test_change_the_passphrase(carol, ithaca, tmp_path):
    new = tmp_path / "new"
    new.write_bytes(b"battery staple\n")
    new.chmod(0o600)
    before = carol.own().octets
    done = carol("passphrase", "--new-passphrase-file", new)
    for words in (b"has its new passphrase", b"A running service needs it", b"still have the old one"):
        assert words in done.stdout
    assert carol.own().octets == before
    assert b"does not open the secret key" in carol("extend", "--until", "never", status=1).stderr
    ithaca("key", "extend", "--passphrase-file", new, "--until", "never")


def test_passphrases_are_asked_for_and_shown_nowhere(carol, ithaca):
    typed = b"ithaca-sample\nbattery staple\nbattery staple\n"
    done = ithaca("key", "passphrase", data=typed)
    done2 = ithaca("key", "extend", "--until", "never", data=b"battery staple\n")
    wrong = ithaca("key", "extend", "--until", "never", data=b"canary in a mine\n", status=1)
    assert b"Passphrase of the key " in done2.stderr
    for secret in (b"ithaca-sample", b"battery", b"canary"):
        for one in (done, done2, wrong):
            assert secret not in one.stdout + one.stderr


def test_the_old_passphrase_is_judged_before_the_new_one_is_asked_for(carol, ithaca):
    said = ithaca("key", "passphrase", data=b"canary in a mine\n", status=1).stderr
    assert b"does not open the secret key" in said
    assert b"New passphrase" not in said


def test_a_new_passphrase_in_a_file_may_not_be_short(carol, tmp_path):
    new = tmp_path / "new"
    new.write_bytes(b"short\n")
    new.chmod(0o600)
    assert b"use at least 8 characters" in carol("passphrase", "--new-passphrase-file", new, status=1).stderr
    carol("extend", "--until", "never")


def test_a_wrong_passphrase_changes_nothing(carol, ithaca, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"canary in a mine")
    wrong.chmod(0o600)
    files = {path: path.read_bytes() for path in carol.path.rglob("*") if path.is_file()}
    for command in (("extend", "--until", "never"), ("rotate",), ("add-address", "x@example.org"), ("passphrase",)):
        done = ithaca(
            "key", *command, "--passphrase-file", wrong, data=b"eight characters\neight characters\n", status=1
        )
        assert b"does not open the secret key" in done.stderr
    assert {path: path.read_bytes() for path in carol.path.rglob("*") if path.is_file()} == files


def test_a_key_that_is_not_there_is_said(carol):
    assert b"has nothing for" in carol("extend", "--until", "never", "dave@example.org", status=1).stderr
    done = carol("extend", "--until", "never", "--subkey", "AB" * 20, ADDRESS, status=1)
    assert b"has no subkey" in done.stderr


def test_a_running_service_has_the_change_at_once(carol, monkeypatch):
    """What a letter is signed with: the key that `Identity` gives, in a process that was there before."""
    from ithaca.access import Identity
    from ithaca.keyring import store
    from ithaca.policy import Policy

    monkeypatch.setattr(store, "LOOK_EVERY", 0)

    class Source:
        def read(self):
            return b"ithaca-sample"

    settings = {"provider": "isp", "login": b"carol", "fingerprint": None, "source": Source(), "policy": Policy()}
    identity = Identity(ADDRESS, keyring=carol.keyring(), engine=PgpyEngine(), **settings)
    before = identity.secret(int(time.time())).signing(int(time.time())).public
    carol("add-subkey", "--for", "signing")
    now = int(time.time())
    assert identity.secret(now).signing(now).public == carol.own().subkeys[1].key != before
