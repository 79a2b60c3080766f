"""A clean Debian in a folder, entered by a user without any rights.

The law of this file: nothing of the machine around it is seen inside but its network, and the certificates that this
machine trusts; mounts are private and vanish with the program that needed them.
"""

import shlex
import shutil
import subprocess
from pathlib import Path

from newcomer.terminal import Terminal

SUITE = "bookworm"
PACKAGES = ("python3", "python3-venv", "git", "ca-certificates")
"""What README says is needed, git for the clone, and whom to trust when pip downloads."""
USER = "newcomer"
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_ENTER = """
set -e
mount --rbind /dev {folder}/dev
mount -t proc proc {folder}/proc
exec chroot {folder} setpriv --reuid {user} --regid {user} --init-groups --reset-env --pdeathsig KILL bash -lc {command}
"""


class Debian:
    """The system below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def home(self) -> Path:
        """The user's home, seen from outside."""
        return self.folder / "home" / USER

    def make(self) -> None:
        """Install it, unless it is there; then a new user with an empty home."""
        if not (self.folder / "etc" / "debian_version").exists():
            include = f"--include={','.join(PACKAGES)}"
            subprocess.run(["debootstrap", "--variant=minbase", include, SUITE, self.folder], check=True)
        for path in (Path("/etc/resolv.conf"), Path("/etc/hosts"), _CERTIFICATES):
            shutil.copyfile(path, self.folder / path.relative_to("/"))
        chroot = ["chroot", self.folder]
        subprocess.run([*chroot, "userdel", "--remove", USER], check=False, capture_output=True)
        subprocess.run([*chroot, "useradd", "--create-home", "--shell", "/bin/bash", USER], check=True)

    def give(self, repository: Path) -> None:
        """Lay a repository into the home, for the user to clone."""
        target = self.home / "ithaca.git"
        subprocess.run(["git", "clone", "--quiet", "--bare", repository, target], check=True)
        subprocess.run(["chroot", self.folder, "chown", "-R", f"{USER}:", f"/home/{USER}/ithaca.git"], check=True)

    def start(self, command: str) -> Terminal:
        """A command in the user's shell, on a terminal."""
        whole = f"export PIP_CERT={_CERTIFICATES} TERM=dumb; cd; {command}"
        script = _ENTER.format(folder=shlex.quote(str(self.folder)), user=USER, command=shlex.quote(whole))
        return Terminal(["unshare", "--mount", "--propagation", "private", "bash", "-c", script])
