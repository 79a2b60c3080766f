"""Fixtures that more than one room uses."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

import world as worlds
from servers import provider

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("fast", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# For tests/mutation: as many as may be needed to find a guard that is missing, the same ones at every run.
settings.register_profile(
    "mutation",
    max_examples=2000,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


@pytest.fixture(scope="session", autouse=True)
def _state_of_its_own(tmp_path_factory):
    """What a service remembers where no folder is named: never in the home of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


PACKAGES = {
    "gpg": "gnupg",
    "sqop": "sqop",
    "rnp": "rnp",
    "rnpkeys": "rnp",
    "gosop": "gosop",
    "pgpainless-cli": "pgpainless-cli",
    "node": "nodejs",
    "npm": "npm",
    "swaks": "swaks",
    "curl": "curl",
    "msmtp": "msmtp",
    "mpop": "mpop",
    "fetchmail": "fetchmail",
    "s-nail": "s-nail",
    "strace": "strace",
    "thunderbird": "thunderbird",
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "import": "imagemagick",
    "systemd-analyze": "systemd",
    "systemd-socket-activate": "systemd",
}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With ITHACA_NO_SKIP=1 a skipped test is a failed one."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("ITHACA_NO_SKIP") == "1" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although ITHACA_NO_SKIP=1: {report.longrepr}"


@pytest.fixture
def program():
    """``program("gpg")``: its path, or a skip with the reason."""

    def find(name):
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"{name} is not installed: apt-get install {PACKAGES[name]}")
        return path

    return find


@pytest.fixture
def sample_keyring(tmp_path):
    """``sample_keyring("alice")``: a private copy of a sample keyring (Git keeps no 0600)."""

    def copy(name):
        target = tmp_path / "keyrings" / name
        shutil.copytree(ROOT / "keyrings" / name, target, dirs_exist_ok=True)
        for path in (target, *target.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
        target.parent.chmod(0o700)
        return target

    return copy


@pytest.fixture
def loop():
    running = worlds.Loop()
    yield running
    running.close()


@pytest.fixture(scope="session")
def people(tmp_path_factory):
    """Keyrings of three people who have each other's certificates: the folder that holds them."""
    root = tmp_path_factory.mktemp("keyrings")
    worlds.make_keyrings(root)
    return root


@pytest.fixture
def passwords():
    return worlds.PASSWORDS


@pytest.fixture
def world(loop, people):
    """People with an Ithaca each, and the embedded provider between them."""
    embedded = worlds.Embedded(loop)
    made = worlds.World(loop, people, embedded)
    yield made
    made.close()
    embedded.close()


@pytest.fixture(scope="session")
def running_servers():
    reason = provider.missing()
    if reason:
        pytest.skip(reason)
    with provider.Provider(worlds.PASSWORDS) as running:
        yield running


@pytest.fixture
def mail_servers(running_servers):
    """Postfix and Dovecot without any mail."""
    running_servers.empty()
    return running_servers


@pytest.fixture
def real_world(loop, people, mail_servers):
    """People with an Ithaca each, and Postfix and Dovecot between them."""
    made = worlds.World(loop, people, mail_servers)
    yield made
    made.close()
