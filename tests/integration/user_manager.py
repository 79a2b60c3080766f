"""A person's service manager, ``systemd --user``, on a machine that need not run systemd.

It has namespaces of its own for mounts, processes, network and control groups, and is no root: what works here works
in a login session. The ports that the units name are free, whatever else this machine runs.

The law of this file: nothing outside those namespaces is changed but for one control group, which is taken away again.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

MANAGER = Path("/lib/systemd/systemd")
PROGRAMS = {
    "systemctl": "systemd",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "mount": "mount",
    "ip": "iproute2",
}
"""Program → Debian's package."""
UID = 4711
"""The person: a number that has no account."""
SECONDS = 20.0
"""To start, and to end."""

# Process 1 of the namespace. sd_booted(3) looks for /run/systemd/system. What lies in a folder that is closed to others,
# such as Python in root's home, is mounted again below an open one.
_INIT = """\
set -e
mount -t tmpfs -o mode=755 tmpfs /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
mkdir -p /run/systemd/system /run/user
mkdir -m 700 "$XDG_RUNTIME_DIR"
mkdir /sys/fs/cgroup/session
chown -R "$PERSON:$PERSON" "$XDG_RUNTIME_DIR" /sys/fs/cgroup/session
for path in $NEEDED; do mkdir -p "/run/needed$path"; mount --bind "$path" "/run/needed$path"; done
for folder in $CLOSED; do mount -t tmpfs -o mode=755 tmpfs "$folder"; done
for path in $NEEDED; do mkdir -p "$path"; mount --bind "/run/needed$path" "$path"; done
echo $$ >/sys/fs/cgroup/session/cgroup.procs
setpriv --reuid "$PERSON" --regid "$PERSON" --clear-groups --inh-caps=-all \
    env -i HOME="$HOME" XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" PATH=/usr/bin:/bin "$MANAGER" --user &
wait
"""


def missing():
    """Why no such manager can be had on this machine; None: it can."""
    if os.geteuid():
        return "namespaces for a service manager are made only as root"
    absent = {package for program, package in PROGRAMS.items() if shutil.which(program) is None}
    if not MANAGER.exists() or absent:
        return f"not installed: apt-get install {' '.join(sorted(absent | {'systemd'}))}"
    folder = _cgroup2()
    if folder is None or not os.access(folder, os.W_OK):
        return "no version 2 hierarchy of control groups can be written to"
    tried = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--net", "--cgroup", "true"], check=False)
    return "new namespaces are not permitted here" if tried.returncode else None


def _cgroup2():
    """Where the version 2 hierarchy is mounted, by itself or beside the first one."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        if after.startswith("cgroup2 ") and " rw" in before:
            return Path(before.split()[4])
    return None


class UserManager:
    """Running from `with` to its end, with an empty home whose files `own` hands to the person."""

    def __init__(self, needed=()):
        """`needed`: folders that services must be able to read, wherever they lie."""
        self.home = Path(tempfile.mkdtemp(prefix="home-"))
        self._needed = [self.home, *needed]
        self._group = _cgroup2() / f"ithaca-tests-{self.home.name}"
        self._environment = {
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": f"/run/user/{UID}",
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        }
        self._unshare = None
        self._init = None

    def __enter__(self):
        try:
            self.own()
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_):
        self._end()

    def own(self):
        """The home and what is in it becomes the person's; nobody else can look in."""
        for path in (self.home, *self.home.rglob("*")):
            os.chown(path, UID, UID, follow_symlinks=False)

    def run(self, *command):
        """A command of the person's, ended: its result."""
        entered = ["nsenter", f"--target={self._init}", "--mount", "--pid", "--net", "--ipc", "--cgroup"]
        person = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--inh-caps=-all"]
        return subprocess.run(
            [*entered, *person, *command],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def systemctl(self, *arguments):
        """What ``systemctl --user`` prints; it must succeed."""
        done = self.run("systemctl", "--user", *arguments)
        assert done.returncode == 0, f"systemctl --user {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def show(self, unit, *names):
        """Properties of a unit, by name."""
        lines = self.systemctl("show", unit, f"--property={','.join(names)}").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def process(self, unit):
        """The main process of a service, as the machine numbers it: its folder in /proc."""
        group = self._group.joinpath(*Path(self.show(unit, "ControlGroup")["ControlGroup"]).parts[1:])
        (number,) = (group / "cgroup.procs").read_text().split()
        return Path("/proc", number)

    @contextlib.contextmanager
    def network(self):
        """Sockets that this thread makes meanwhile are in the person's network."""
        with open("/proc/thread-self/ns/net") as here:
            self.enter_network()
            try:
                yield
            finally:
                _setns(here)

    def enter_network(self):
        """From now on, and for good, this thread's sockets are in the person's network."""
        with open(f"/proc/{self._init}/ns/net") as there:
            _setns(there)

    # --- start and end ---

    def _start(self):
        closed = {path: _closed(path) for path in self._needed}
        self._group.mkdir()
        inside = {
            "PERSON": str(UID),
            "MANAGER": str(MANAGER),
            "NEEDED": " ".join(str(path) for path, folder in closed.items() if folder),
            "CLOSED": " ".join({str(folder) for folder in closed.values() if folder}),
        }
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--net", "--ipc"]
        # When the tests are killed, so is all this.
        command = ["setpriv", "--pdeathsig=KILL", *namespaces, "--cgroup", "sh", "-c", _INIT]
        self._unshare = subprocess.Popen(
            ["sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', self._group, *command],
            env={**self._environment, **inside},
            stdin=subprocess.DEVNULL,
        )
        self._init = self._until(self._child, "no namespaces")
        self._until(self._is_running, "the manager does not answer")

    def _child(self):
        number = self._unshare.pid
        found = Path(f"/proc/{number}/task/{number}/children").read_text().split()
        return int(found[0]) if found and Path(f"/proc/{found[0]}/comm").read_text() == "sh\n" else None

    def _is_running(self):
        state = self.run("systemctl", "--user", "is-system-running").stdout.strip()
        return state in ("running", "degraded")

    def _until(self, question, words):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            answer = question()
            if answer:
                return answer
            assert self._unshare.poll() is None, "the namespaces ended"
            time.sleep(0.02)
        raise AssertionError(f"{words} after {SECONDS} seconds")

    def _end(self):
        if self._unshare is not None:
            self._unshare.send_signal(signal.SIGKILL)
            self._unshare.wait()
        if self._group.exists():
            _remove(self._group)
        shutil.rmtree(self.home)


def _setns(namespace):
    """setns(2), which Python has only from 3.12 on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace.fileno(), 0):
        raise OSError(ctypes.get_errno(), "setns")


def _closed(path):
    """The uppermost folder around `path` that keeps others out, if one does."""
    around = reversed(path.parents)
    return next((folder for folder in around if folder.exists() and not folder.stat().st_mode & 0o001), None)


def _remove(group):
    """A control group and those in it, once the last process is gone."""
    end = time.monotonic() + SECONDS
    while "populated 1" in (group / "cgroup.events").read_text():
        assert time.monotonic() < end, f"processes are left in {group}"
        time.sleep(0.02)
    for folder, _, _ in os.walk(group, topdown=False):
        os.rmdir(folder)
