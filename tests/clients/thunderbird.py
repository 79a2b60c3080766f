"""Thunderbird as Debian ships it, driven as a person drives it, and read as a person reads it.

The law of this file: keys are pressed on a real screen, and letters leave and arrive by Thunderbird's own commands;
scripts only open, fill in, select and look. No dialog is answered but by whoever drives it.
"""

import base64
import contextlib
import mailbox
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clients import marionette, profile
from clients.marionette import Marionette
from clients.processes import is_dead, running, wait_for
from clients.profile import Server
from clients.programs import Account
from clients.screen import Screen

PROGRAM = Path("/usr/lib/thunderbird/thunderbird")
"""Debian's /usr/bin/thunderbird is a shell script that looks for profiles in the home folder, then starts this."""
SECONDS = 30.0
"""For each step; they take less than four on two cores."""
CHROME = Path(__file__).with_name("chrome")
MAIN, LETTER, PASSWORD = "Mozilla Thunderbird$", "^Write: ", "[Pp]assword"
"""Titles of windows."""


@dataclass(frozen=True, slots=True)
class Dialog:
    """A window in front of the others that wants an answer; `buttons`: name → what stands on it."""

    title: str
    text: str
    buttons: dict[str, str]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in the message, where it stands on the screen; a width of 0: it could not be drawn."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attachment, as a person would save it."""

    name: str
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person sees of a message."""

    line: str
    """In the list of messages."""
    sender: str
    subject: str
    text: str
    pictures: tuple[Picture, ...]
    attachments: tuple[Attachment, ...]
    bars: tuple[str, ...]
    """Warnings and offers across a window."""


class Thunderbird:
    """One person's, which runs in `folder`; `thunderbird()` starts it."""

    def __init__(self, remote: Marionette, screen: Screen, account: Account, folder: Path, photographs: Path) -> None:
        self._remote, self._screen, self._account = remote, screen, account
        self._folder, self._photographs = folder, photographs
        self._library = "".join(path.read_text() for path in sorted(CHROME.glob("*.js")))
        self._outcome: Callable[[], list[Dialog]] = list

    # --- what a person does ---

    def write(self, to: str, subject: str, text: str, *, attach: Sequence[Path] = ()) -> None:
        """Open a letter and fill it in."""
        self._call("openLetter", to, subject, [str(path) for path in attach])
        self._wait_for(lambda: self._call("isLetterOpen", len(attach)), "a letter to write in")
        self._call("writeText", text)

    def send(self) -> list[Dialog]:
        """Send the letter with Ctrl+Enter. What stands in the way; nothing: it is gone."""
        self._screen.press(LETTER, "ctrl+Return")
        return self._settle(lambda: not self.is_writing(), "the end of sending")

    def fetch(self, messages: int) -> list[Dialog]:
        """Get messages with F5, till there are so many. What stands in the way; nothing: they are there."""
        self._call("openInbox")
        self._screen.press(MAIN, "F5")
        return self._settle(lambda: self._call("hasFetched", messages), f"{messages} messages in the inbox")

    def type_password(self) -> list[Dialog]:
        """Answer the request for the password. What stands in the way then, as `send` or `fetch` would have it."""
        (asked,) = self.dialogs()
        self._screen.activate(PASSWORD)
        self._wait_for(lambda: self._call("isPasswordTaken"), "the field for the password")
        self._screen.write(PASSWORD, self._account.password)
        self._screen.press(PASSWORD, "Return")
        self._wait_for(lambda: asked not in self.dialogs(), "the end of the request for a password")
        return self._outcome()

    # --- what a person sees ---

    def dialogs(self) -> list[Dialog]:
        """Every dialog that is open."""
        return [Dialog(**dialog) for dialog in self._call("dialogs")]

    def is_writing(self) -> bool:
        """Does a letter still lie open?"""
        return self._call("isComposing")

    def read(self, place: int = -1) -> Shown:
        """Select a message by its place in the order of arrival, the newest unless said, and look at it."""
        self._call("select", place)
        self._wait_for(lambda: self._call("isShown", place), "the message")
        seen = self._call("shownMessage")
        pictures = tuple(Picture(**picture) for picture in seen.pop("pictures"))
        attachments = tuple(Attachment(a["name"], base64.b64decode(a["octets"])) for a in seen.pop("attachments"))
        return Shown(pictures=pictures, attachments=attachments, bars=tuple(seen.pop("bars")), **seen)

    def make_key(self, name: str) -> str:
        """Make a key in Thunderbird's own OpenPGP; its certificate, armored."""
        certificate: str = self._call("makeKey", f"{name} <{self._account.address}>")
        return certificate

    def accept(self, certificate: str, address: str) -> None:
        """Give Thunderbird's own OpenPGP somebody's certificate (armored), compared and accepted."""
        self._call("acceptCertificate", certificate, address)

    def security(self, icons: int) -> tuple[str, ...]:
        """The names of the icons by which it says what its own OpenPGP thinks of the message, once there are so many."""
        self._wait_for(lambda: len(self._call("security")) >= icons, "what its own OpenPGP thinks")
        return tuple(self._call("security"))

    def settings(self, direction: str) -> Server:
        """Open Account Settings at the page for `incoming` or `outgoing` mail, and read it."""
        self._call("openSettings")
        self._wait_for(lambda: self._call("areSettingsOpen"), "Account Settings")
        self._call("turnTo", direction)
        self._wait_for(lambda: self._call("shownServer", direction), f"the settings for {direction} mail")
        return Server(**self._call("shownServer", direction))

    def photograph(self, name: str) -> None:
        """Keep the whole screen as it is."""
        self._screen.photograph(self._photographs / f"{name}.png")

    def pixels(self, picture: Picture) -> bytes:
        """The colours that the screen shows where the picture stands."""
        return self._screen.pixels(picture.x, picture.y, picture.width, picture.height)

    # --- what lies on the disk ---

    def kept(self, folder: str) -> list[bytes]:
        """The messages of one of the account's folders as Thunderbird keeps them, CRLF lines."""
        mail = self._folder / "profile" / "Mail" / profile.readme()["incoming"].host
        with contextlib.closing(mailbox.mbox(mail / folder, create=False)) as box:
            return [re.sub(rb"\r?\n", b"\r\n", box.get_bytes(key)) for key in box.keys()]

    # --- inside ---

    def get_ready(self) -> None:
        """Wait till it has come up, and let scripts run where no dialog keeps them from running."""
        self._call("openStage")
        self._wait_for(self._is_on_stage, "the window that scripts run in")
        self._wait_for(lambda: self._call("isUp"), "its main window")

    def _is_on_stage(self) -> bool:
        for handle in self._remote.command("WebDriver:GetWindowHandles"):
            self._remote.command("WebDriver:SwitchToWindow", handle=handle, focus=False)
            if self._call("isStage"):
                return True
        return False

    def _settle(self, done: Callable[[], bool], what: str) -> list[Dialog]:
        """Wait till it is done, or a dialog is in the way."""

        def outcome() -> list[Dialog]:
            self._wait_for(lambda: self.dialogs() or done(), what)
            return self.dialogs()

        self._outcome = outcome
        return outcome()

    def _call(self, function: str, *arguments: Any) -> Any:
        """What a function of chrome/*.js returns."""
        return self._remote.script(f"{self._library}\nreturn {function}(...arguments);", *arguments)

    def _wait_for(self, condition: Callable[[], object], what: str) -> None:
        try:
            wait_for(condition, f"Thunderbird: {what}", seconds=SECONDS)
        except TimeoutError:
            self.photograph(f"failed-{self._account.address}")
            raise


@contextlib.contextmanager
def thunderbird(account: Account, name: str, screen: Screen, photographs: Path) -> Iterator[Thunderbird]:
    """The Thunderbird of a person of this name, with a new profile, till the end of `with`; then nothing is left."""
    with tempfile.TemporaryDirectory(prefix="thunderbird-") as made:
        folder = Path(made)
        profile.write(folder / "profile", account, name)
        options = ["--profile", folder / "profile", "--no-remote", "--marionette", "--remote-allow-system-access"]
        log = photographs / f"thunderbird-{account.address}.log"
        with (
            running([PROGRAM, *options], environment=_environment(screen, folder), log=log) as process,
            marionette.connect(_port(process, folder / "profile")) as remote,
        ):
            shown = Thunderbird(remote, screen, account, folder, photographs)
            shown.get_ready()
            yield shown


def _environment(screen: Screen, folder: Path) -> dict[str, str]:
    home = folder / "home"
    home.mkdir()
    return {
        **screen.environment,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        # No daemon is started for it that would outlive it.
        "DBUS_SESSION_BUS_ADDRESS": "disabled:",
        "NO_AT_BRIDGE": "1",
        "MOZ_CRASHREPORTER_DISABLE": "1",
        # Gecko ends itself at the first connection to another machine.
        "MOZ_DISABLE_NONLOCAL_CONNECTIONS": "1",
    }


def _port(process: subprocess.Popen[bytes], folder: Path) -> int:
    """The port of Marionette, which writes it into the profile once it listens."""
    written = folder / "MarionetteActivePort"
    wait_for(
        lambda: is_dead(process) or (written.exists() and written.read_text()),
        "Thunderbird: its remote control",
        seconds=SECONDS,
    )
    if is_dead(process):
        raise OSError("Thunderbird ended while it started: see its log beside the photographs")
    return int(written.read_text())
