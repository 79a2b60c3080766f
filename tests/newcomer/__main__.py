"""The newcomer's way, from README's first command to a letter in Thunderbird; as root, by hand.

``PYTHONPATH=tests python -m newcomer FOLDER OUT``: FOLDER for the clean Debian (made if it is missing), OUT for the
transcript and the photographs. It ends with 0 only if every step did what README says.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from clients.programs import Account
from clients.screen import screen
from clients.thunderbird import thunderbird
from ithaca.demo import evidence, letters
from newcomer.debian import Debian
from newcomer.instructions import block, put_in
from newcomer.terminal import Terminal
from servers.provider import Provider, missing

ROOT = Path(__file__).resolve().parents[2]
ALICE, PASSWORD, PASSPHRASE = "alice@example.org", "looking glass", "curiouser and curiouser"
SUBJECT = "To myself, with a picture"
TEXT = "Dear Alice,\n\nif you can read this, only you could.\n\nYours, Alice\n"


PENELOPE = """umask 077 && echo "a shroud by day" > ~/friends-passphrase
ithaca key generate --keyring ~/friend/penelope --address penelope@example.org --passphrase-file ~/friends-passphrase
ithaca cert export --keyring ~/friend/penelope -o penelope.asc penelope@example.org"""
"""What a friend would do on their own machine."""


class Story:
    """What the newcomer types and sees, step by step."""

    def __init__(self, debian: Debian, out: Path) -> None:
        self._debian = debian
        self._transcript = (out / "transcript.txt").open("w")

    def step(
        self, title: str, command: str, act: Callable[[Terminal], None] = lambda _: None, *, where: str = "ithaca"
    ) -> None:
        """One of README's commands to its end; raises where it fails."""
        print(title, flush=True)
        terminal = self._debian.start(f"cd {where} && {command}")
        try:
            act(terminal)
            shown = terminal.wait()
        finally:
            terminal.close()
            self._write(title, command, terminal.shown)
        if terminal.status:
            raise RuntimeError(f"{title}: ended with {terminal.status}\n{shown[-3000:]}")

    @contextlib.contextmanager
    def running(self, title: str, command: str) -> Iterator[Terminal]:
        """A command that runs until Ctrl-C."""
        terminal = self._debian.start(f"cd ithaca && {command}")
        try:
            yield terminal
            terminal.type("\x03")
            terminal.wait(30)
            require(terminal.status == 0, f"{title} ends in order")
        finally:
            terminal.close()
            self._write(title, command, terminal.shown)

    def _write(self, title: str, command: str, shown: str) -> None:
        typed = "\n".join(f"$ {line}" for line in command.splitlines())
        self._transcript.write(f"=== {title}\n{typed}\n{shown.rstrip()}\n\n")
        self._transcript.flush()


def demo_and_tests(story: Story) -> None:
    """README's two commands."""
    story.step("clone", "git clone --quiet ~/ithaca.git ithaca", where="~")
    story.step("demo", block("demo"))
    story.step("tests", block("tests"))


def five_minutes(story: Story, debian: Debian, provider: Provider, out: Path) -> None:
    """README's five minutes, with the provider's own servers in the place of its examples."""
    *install, path = block("install").splitlines()
    story.step("install", "\n".join(install))
    inside = f"{path}\n"

    def passphrase_twice(terminal: Terminal) -> None:
        for prompt in ("Passphrase for the new key", "Repeat for confirmation"):
            terminal.expect(prompt)
            terminal.type(f"{PASSPHRASE}\n")

    story.step("a key", inside + block("key"), passphrase_twice)
    story.step("its passphrase", block("passphrase"), lambda terminal: terminal.type(f"{PASSPHRASE}\n\x04"))
    (debian.home / ".config" / "ithaca" / "config.yaml").write_text(configuration(provider, debian))
    story.step("the configuration", inside + block("check"))
    export, take = block("keys").splitlines()
    story.step("my certificate", inside + export)
    story.step("a friend's key", inside + PENELOPE)
    story.step("which I import", inside + take)
    with story.running("run", inside + block("run")) as service:
        service.expect("POP3 on port 1110")
        a_letter(provider, out)


def configuration(provider: Provider, debian: Debian) -> str:
    """README's, with the servers that this newcomer's mail program has today."""
    ca_file = debian.home / "provider.pem"
    ca_file.write_bytes(provider.ca_file.read_bytes())
    servers = provider.servers()
    for server in servers.values():
        server["ca_file"] = "~/provider.pem"
    smtp, pop3 = (yaml.safe_dump(servers[kind], default_flow_style=True).strip() for kind in ("smtp", "pop3"))
    examples = {
        "{host: smtp.example.org, port: 587, tls: starttls}": smtp,
        "{host: pop.example.org, port: 995, tls: implicit}": pop3,
    }
    return put_in(block("configuration"), **examples) + "\n"


def a_letter(provider: Provider, out: Path) -> None:
    """To herself, with a picture: written, sent, fetched and read in Thunderbird; sealed at the provider."""
    print("a letter", flush=True)
    picture = out / letters.PICTURE_NAME
    picture.write_bytes(letters.picture())
    account = Account(ALICE, PASSWORD, 1587, 1110)
    with screen() as shown, thunderbird(account, "Alice", shown, out) as program:
        program.write(ALICE, SUBJECT, TEXT, attach=[picture])
        program.photograph("1-written")
        program.send()
        program.photograph("2-password")
        require(program.type_password() == [], "it is sent")
        (stored,) = provider.arrived(ALICE)
        (out / "3-at-the-provider.eml").write_bytes(stored)
        require(evidence.is_sealed(stored), "it is sealed at the provider")
        in_the_way = program.fetch(1)
        if in_the_way:
            program.photograph("4-password")
            in_the_way = program.type_password()
        require(in_the_way == [], "it is fetched")
        seen = program.read()
        program.photograph("5-read")
        # Last, since the settings stand in front of the mail then.
        for direction in ("outgoing", "incoming"):
            program.settings(direction)
            program.photograph(f"6-settings-{direction}")
    require(seen.subject == SUBJECT, "the subject is back")
    require(TEXT.strip() in seen.text, "the text is back")
    require([a.octets for a in seen.attachments] == [picture.read_bytes()], "the picture is back")


def require(fact: bool, words: str) -> None:
    """Say it, or end."""
    print(("  yes: " if fact else "  NO: ") + words, flush=True)
    if not fact:
        raise RuntimeError(f"not so: {words}")


def main() -> int:
    """Zero where every step did what README says."""
    reason = missing()
    if reason or len(sys.argv) != 3:
        print(reason or __doc__, file=sys.stderr)
        return 1
    folder, out = (Path(argument).resolve() for argument in sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    debian = Debian(folder)
    debian.make()
    debian.give(ROOT)
    story = Story(debian, out)
    demo_and_tests(story)
    with Provider({ALICE: PASSWORD}) as provider:
        five_minutes(story, debian, provider, out)
    print("README holds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
