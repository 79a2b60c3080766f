"""The units as they are shipped: in a person's service manager, and looked at by ``systemd-analyze``."""

import errno
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import ithaca
from integration import user_manager
from integration.penelope import LOOPBACK, PENELOPE, SECONDS, UNLOCKED, a_letter_to_herself, greeting, settings, until
from integration.user_manager import UserManager
from world import PASSPHRASE, Embedded

UNITS = Path(__file__).resolve().parents[2] / "systemd"
PROGRAM = Path(sysconfig.get_path("scripts")) / "ithaca"
SMTP, POP3 = 1587, 1110
PLACES = [(address, port) for port in (SMTP, POP3) for address in LOOPBACK]


# --- the units, in a person's service manager ---


class Person:
    """A home as README's five-minute start leaves it, in a service manager of its own."""

    def __init__(self, manager, embedded, people):
        self.manager, self.embedded = manager, embedded
        self.units = manager.home / ".config/systemd/user"
        self.settings = manager.home / ".config/ithaca"
        self._log = manager.home / "ithaca.log"
        data = manager.home / ".local/share/ithaca"
        for folder in (data, self.settings, self.units):
            folder.mkdir(parents=True)
        (data / "venv").symlink_to(PROGRAM.parent.parent)
        shutil.copytree(people / "penelope", data / "keyrings" / "penelope")
        (self.settings / "config.yaml").write_text(settings(embedded, "penelope"))
        (self.settings / "penelope-passphrase").write_bytes(PASSPHRASE)
        (self.settings / "penelope-passphrase").chmod(0o600)

    def install(self, *units, service=()):
        """Copy units as they are; what ``systemctl --user edit ithaca`` writes stands beside them."""
        for unit in units:
            shutil.copy(UNITS / unit, self.units)
        folder = self.units / "ithaca.service.d"
        folder.mkdir(exist_ok=True)
        credential = "LoadCredential=penelope-passphrase:%h/.config/ithaca/penelope-passphrase"
        # There is no journal to look into.
        lines = ["[Service]", credential, f"StandardError=append:{self._log}", *service]
        (folder / "override.conf").write_text("\n".join(lines) + "\n")
        self.manager.own()
        self.manager.systemctl("daemon-reload")

    def log(self):
        return self._log.read_text()

    def state(self, unit="ithaca.service"):
        """(active state, result, status of the main process, restarts)."""
        names = ("ActiveState", "Result", "ExecMainStatus", "NRestarts")
        found = self.manager.show(unit, *names)
        return tuple(found[name] for name in names if name in found)

    def held(self):
        """The places that nobody else can listen on now."""
        with self.manager.network():
            return [place for place in PLACES if not _can_be_had(place)]


def _can_be_had(place):
    family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
    with socket.socket(family) as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            thief.bind(place)
            thief.listen()
        except OSError as error:
            assert error.errno == errno.EADDRINUSE
            return False
    return True


@pytest.fixture
def person(loop, people):
    reason = user_manager.missing()
    if reason:
        pytest.skip(reason)
    needed = [PROGRAM.parent.parent, Path(sys.base_prefix), Path(ithaca.__file__).parent.parent]
    with UserManager(needed) as manager:

        async def enter():
            manager.enter_network()

        # The provider listens inside, too; the loop's thread ends with it.
        loop.run(enter())
        embedded = Embedded(loop)
        yield Person(manager, embedded, people)
        embedded.close()


def test_the_first_mail_program_starts_the_service_and_is_served_on_the_inherited_ports(person):
    person.install("ithaca.socket", "ithaca.service")
    person.manager.systemctl("enable", "--now", "ithaca.socket")
    assert person.state() == ("inactive", "success", "0", "0")
    assert person.held() == PLACES
    with person.manager.network():
        received = a_letter_to_herself(("::1", SMTP), ("127.0.0.1", POP3))
        answers = [greeting(*place)[:3] for place in PLACES]
    assert [fact for fact in UNLOCKED if fact not in received] == []
    (stored,) = person.embedded.stored(PENELOPE)
    assert b"Subject: [...]" in stored
    assert answers == [b"220", b"220", b"+OK", b"+OK"]
    assert person.state() == ("active", "success", "0", "0")
    assert person.manager.show("ithaca.service", "Type", "TriggeredBy") == {
        "Type": "notify",
        "TriggeredBy": "ithaca.socket",
    }
    assert " warning " not in person.log()


def test_start_returns_when_ithaca_is_ready_and_stop_when_it_has_ended_well(person):
    """Without the socket unit. The type is notify: a start that succeeds is a READY=1 that was seen."""
    person.install("ithaca.service")
    person.manager.systemctl("start", "ithaca")
    with person.manager.network():
        received = a_letter_to_herself(("127.0.0.1", SMTP), ("::1", POP3))
    assert [fact for fact in UNLOCKED if fact not in received] == []
    assert person.state() == ("active", "success", "0", "0")
    person.manager.systemctl("stop", "ithaca")
    assert person.state() == ("inactive", "success", "0", "0")
    assert person.held() == []
    assert person.log().endswith("ithaca.service: stopping\n")


def test_the_ports_stay_held_while_the_service_is_stopped(person):
    person.install("ithaca.socket", "ithaca.service")
    person.manager.systemctl("enable", "--now", "ithaca.socket", "ithaca.service")
    person.manager.systemctl("stop", "ithaca.service")
    assert person.state() == ("inactive", "success", "0", "0")
    assert person.held() == PLACES
    person.manager.systemctl("disable", "--now", "ithaca.socket", "ithaca.service")
    assert person.held() == []


def test_who_connects_while_the_service_restarts_is_answered_by_the_next_one(person):
    gate = person.manager.home / "gate"
    os.mkfifo(gate)
    person.install("ithaca.socket", "ithaca.service", service=[f"ExecStartPre=sh -c 'read _ <{gate}'"])

    def is_waiting():
        return person.manager.show("ithaca.service", "SubState") == {"SubState": "start-pre"}

    person.manager.systemctl("start", "--no-block", "ithaca.socket", "ithaca.service")
    gate.write_text("\n")
    until(lambda: person.state()[0] == "active", "it does not start")
    person.manager.systemctl("restart", "--no-block", "ithaca.service")
    until(is_waiting, "it does not restart")
    with person.manager.network(), socket.create_connection(("::1", POP3), timeout=SECONDS) as client:
        gate.write_text("\n")
        assert client.recv(500).startswith(b"+OK")


def test_a_service_that_was_killed_comes_back_and_nobody_can_have_its_ports_meanwhile(person):
    person.install("ithaca.socket", "ithaca.service", service=["RestartSec=200ms"])
    person.manager.systemctl("start", "ithaca.socket", "ithaca.service")
    os.kill(int(person.manager.process("ithaca.service").name), signal.SIGKILL)

    def is_back():
        assert person.held() == PLACES
        return person.state() == ("active", "success", "0", "1")

    until(is_back, "it does not come back")
    with person.manager.network():
        assert greeting("127.0.0.1", POP3).startswith(b"+OK")


def test_a_wrong_configuration_is_no_restart_and_the_ports_stay_held(person):
    person.install("ithaca.socket", "ithaca.service")
    (person.settings / "config.yaml").write_text("providers: {}\n")
    person.manager.systemctl("start", "ithaca.socket")
    with person.manager.network():
        assert greeting("127.0.0.1", SMTP) == b""
    until(lambda: person.state() == ("failed", "exit-code", "78", "0"), "it does not give up")
    assert person.log().count("\n") == 1
    assert person.held() == PLACES


def test_no_number_of_attempts_costs_the_ports_or_runs_on_by_itself(person):
    """More than systemd's own limits: 5 starts in 10 s of a service, 20 in 2 s of what a socket triggers."""
    person.install("ithaca.socket", "ithaca.service", service=["ExecStart=", "ExecStart=sh -c 'echo x >&2; exit 78'"])
    person.manager.systemctl("start", "ithaca.socket")

    def is_listening():
        return person.manager.show("ithaca.socket", "SubState") == {"SubState": "listening"}

    with person.manager.network():
        for _ in range(30):
            until(is_listening, "the socket is not listened on again")
            assert greeting("127.0.0.1", POP3) == b""
    until(is_listening, "it does not come to rest")
    assert person.log().count("x") == 30
    assert person.state("ithaca.socket") == ("active", "success")
    assert person.held() == PLACES


def test_a_port_that_no_provider_listens_on_is_no_start_and_is_not_tried_again(person):
    person.install("ithaca.socket", "ithaca.service")
    person.units.joinpath("ithaca.socket.d").mkdir()
    person.units.joinpath("ithaca.socket.d/override.conf").write_text("[Socket]\nListenStream=127.0.0.1:1143\n")
    person.manager.systemctl("daemon-reload")
    person.manager.systemctl("start", "ithaca.socket")
    assert person.manager.run("systemctl", "--user", "start", "ithaca.service").returncode == 1
    assert person.state() == ("failed", "exit-code", "78", "0")
    assert person.log() == (
        "ithaca: The service manager passed a socket for port 1143 on 127.0.0.1, where no provider listens; "
        "take it out of ithaca.socket, or give a provider this port under 'listen'.\n"
    )


PROBES = {
    "MemoryDenyWriteExecute": "mmap.mmap(-1, 4096, prot=7)",
    "RestrictAddressFamilies": "socket.socket(16, 3)",
    "RestrictNamespaces": "check(libc.unshare(0x10000000))",
    "SystemCallFilter": "os.sched_setaffinity(0, {0})",
}
"""What the unit forbids → a call that it must not survive."""
PROBE = """
import ctypes, mmap, os, socket, sys
libc = ctypes.CDLL(None)
def check(status):
    if status: raise OSError("refused")
for line in sys.argv[1:]:
    name, call = line.split("=", 1)
    try:
        exec(call)
        sys.stderr.write(name + " allowed\\n")
    except OSError:
        sys.stderr.write(name + " refused\\n")
"""


def test_what_the_unit_forbids_is_refused(person, tmp_path):
    probes = [f"{name}={call}" for name, call in PROBES.items()]
    outside = subprocess.run([sys.executable, "-c", PROBE, *probes], capture_output=True, text=True, check=True)
    assert outside.stderr.split() == [word for name in PROBES for word in (name, "allowed")]

    script = person.units / "probe.py"
    script.write_text(PROBE)
    quoted = " ".join(f"'{probe}'" for probe in probes)
    inside = ["Type=oneshot", "ExecStart=", f"ExecStart={sys.executable} {script} {quoted}"]
    person.install("ithaca.service", service=inside)
    person.manager.systemctl("start", "ithaca")
    assert person.log().split() == [word for name in PROBES for word in (name, "refused")]


def test_the_service_can_gain_nothing_and_leaves_no_core(person):
    person.install("ithaca.service")
    person.manager.systemctl("start", "ithaca")
    process = person.manager.process("ithaca.service")
    status = dict(line.split(":\t", 1) for line in process.joinpath("status").read_text().splitlines())
    assert (status["NoNewPrivs"], status["Seccomp"], status["Umask"]) == ("1", "2", "0077")
    assert re.search(r"^Max core file size +0 +0 ", process.joinpath("limits").read_text(), re.MULTILINE)


# --- the units, looked at ---


@pytest.fixture
def analyze(program, tmp_path):
    """systemd-analyze on copies of the units in a home where README's five-minute start put the program."""
    units = tmp_path / ".config/systemd/user"
    shutil.copytree(UNITS, units)
    (tmp_path / ".local/share/ithaca").mkdir(parents=True)
    (tmp_path / ".local/share/ithaca/venv").symlink_to(PROGRAM.parent.parent)
    kept = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "PATH": os.environ["PATH"]}

    def run(*arguments):
        command = [program("systemd-analyze"), "--no-pager", *arguments]
        return subprocess.run(command, cwd=units, env=kept, capture_output=True, text=True, timeout=60, check=False)

    run.units = units
    return run


@pytest.mark.parametrize("manager", ["--user", "--system"])
@pytest.mark.parametrize("unit", ["ithaca.service", "ithaca.socket"])
def test_systemd_finds_nothing_to_say_about_the_units(analyze, unit, manager):
    done = analyze(manager, "verify", f"./{unit}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_systemd_would_have_said_it(analyze):
    """The check before is one that can fail: a directive that is none, and a program that is not there."""
    path = analyze.units / "ithaca.service"
    path.write_text(path.read_text().replace("LimitCORE=", "LimitCores=").replace("venv/bin/ithaca", "venv/bin/none"))
    done = analyze("--user", "verify", "./ithaca.service")
    assert done.returncode == 1
    assert "'LimitCores'" in done.stderr
    assert "venv/bin/none is not executable" in done.stderr
