"""What a person sees in Thunderbird of twelve letters, good and hostile, that Bob's Ithaca has fetched.

Text, Subject and sender are asserted, and each window is photographed. The letters are those of `tests/messages`.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from clients import thunderbird as thunderbirds
from clients.programs import Account
from clients.screen import screen
from ithaca import config
from ithaca.demo.isp import Isp
from ithaca.keyring.store import Keyring
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.service import Service

pytestmark = pytest.mark.thunderbird

BOB, PASSWORD = "bob@openpgp.example", "babbage"
MESSAGES = Path(__file__).resolve().parents[1] / "messages"


@dataclass(frozen=True)
class Seen:
    """What must stand in the window, and what must not."""

    name: str
    shows: tuple[str, ...]
    hides: tuple[str, ...] = ()
    subject: str = ""
    sender: str = ""


NOON = "The gate opens at noon."
LETTERS = (
    Seen("sealed", ("It came sealed", NOON), subject="the plan", sender="alice@openpgp.example"),
    Seen("signed", ("Nobody has changed it", NOON), subject="the plan"),
    Seen("hp-legacy-html", ("It came sealed",), ("Subject: the plan",), subject="the plan"),
    Seen("inline-with-footer-part", ("What you see came sealed", NOON), subject="the plan"),
    Seen("sealed-not-for-bob", ("could not be opened",), (NOON,)),
    Seen("signed-altered", ("Do not trust this letter",)),
    Seen("ef-sandwich", ("=== Ithaca on this letter ===",), (NOON,)),
    Seen("mw-prepend", ("Pay Eve",), ("Nobody has changed it",)),
    Seen("id-from", ("Do not rely on who wrote this",)),
    Seen("id-display-comment", ("Do not rely on who wrote this",)),
    Seen(
        "ui-banner-text",
        ("From Alice.",),
        ("=== Ithaca on this letter ===", "Your seal phrase"),
        sender="eve@evil.example",
    ),
    Seen("rp-replyto", ("Nobody has changed it", NOON), sender="alice@openpgp.example"),
)


@pytest.fixture
def bob(loop, program, photographs, sample_keyring, tmp_path):
    """Bob's Thunderbird, and his Ithaca at a provider that has all of `LETTERS` for him."""
    for name in ("thunderbird", "Xvfb", "openbox", "xdotool", "import"):
        program(name)
    keyring = Keyring(sample_keyring("bob"), PgpyEngine())
    for name in ("eve", "carol"):
        keyring.import_certificate((MESSAGES / "keys" / f"{name}.cert").read_bytes())
    isp, service = loop.run(_start(keyring.path, tmp_path))
    account = Account(BOB, PASSWORD, *service.ports["isp"])
    try:
        with screen() as shown, thunderbirds.thunderbird(account, "Bob", shown, photographs) as reader:
            yield reader
    finally:
        loop.run(service.stop(5))
        loop.run(isp.stop())


async def _start(keyring: Path, folder: Path) -> tuple[Isp, Service]:
    isp = Isp({BOB: PASSWORD})
    await isp.start()
    for letter in LETTERS:
        (path,) = (MESSAGES / "cases").glob(f"[0-9][0-9][0-9]-{letter.name}.eml")
        isp.maildrops[BOB].deliver(path.read_bytes())
    passphrase = folder / "passphrase"
    passphrase.touch(0o600)
    passphrase.write_bytes(b"ithaca-sample")
    servers = {"smtp": isp.smtp_port, "pop3": isp.pop3_port}
    provider = {kind: {"host": "127.0.0.1", "port": port, "tls": "none"} for kind, port in servers.items()}
    identity = {"address": BOB, "provider": "isp", "keyring": str(keyring), "passphrase": {"file": str(passphrase)}}
    document = {
        "providers": {"isp": {**provider, "listen": {"smtp_port": 0, "pop3_port": 0}}},
        "identities": [identity],
        "state": str(folder / "state"),
    }
    service = Service(config.parse(yaml.safe_dump(document), folder / "config.yaml"))
    await service.start()
    return isp, service


def test_what_a_person_sees_of_twelve_letters(bob):
    assert len(LETTERS) == 12
    bob.fetch(len(LETTERS))
    assert bob.type_password() == []
    for place, letter in enumerate(LETTERS):
        shown = bob.read(place)
        bob.photograph(letter.name)
        for words in letter.shows:
            assert words in shown.text, letter.name
        for words in letter.hides:
            assert words not in shown.text, letter.name
        assert letter.subject in shown.subject, letter.name
        assert letter.sender in shown.sender, letter.name
