"""Keys of our own that tests change, and the programs that must accept the results."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from interop import gnupg, rnp, scripted, sop
from interop.programs import Failed
from ithaca.openpgp import s2k
from ithaca.openpgp.own_keys import generation, profiles
from openpgp.own_keys.held import DAY, NOW, PASSPHRASE, USER_ID, Held, recipients

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def _cheap():
    """String-to-key at its least: hundreds of locks are made here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(s2k, "COUNT", 0)
        patch.setattr(s2k, "argon2", lambda salt: s2k.S2K(s2k.ARGON2, salt=salt, passes=1, lanes=1, memory=3))
        yield patch


@pytest.fixture(autouse=True)
def _locks_are_cheap(_cheap):
    """In every test but those that ask for `real_locks`."""


@pytest.fixture
def real_locks(_cheap):
    """What a lock really costs whoever opens it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(s2k, "COUNT", COUNT)
        patch.setattr(s2k, "argon2", ARGON2)
        yield


COUNT, ARGON2 = s2k.COUNT, s2k.argon2


@pytest.fixture(scope="session")
def made(engine):
    """``made("ed25519", [USER_ID], …)``: the same new key for the same wishes."""
    known = {}

    def make(profile=profiles.DEFAULT, user_ids=(USER_ID,), *, created=NOW - 10 * DAY, passphrase=PASSPHRASE, **more):
        wishes = (profile, tuple(user_ids), created, passphrase, s2k.COUNT, *more.items())
        if wishes not in known:
            chosen = profiles.PROFILES[profile]
            known[wishes] = generation.generate(
                chosen, user_ids, passphrase, created=created, engine=engine, random=os.urandom, **more
            )
        return known[wishes]

    return make


@pytest.fixture
def held(engine, made):
    """``held("v6-ed25519", …)``: a key to be changed, at the time of this run."""

    def hold(*arguments, now=NOW, **named):
        passphrase = named.get("passphrase", PASSPHRASE)
        return Held(engine, made(*arguments, **named).octets, now, passphrase)

    return hold


@pytest.fixture(params=["ed25519", "v6-ed25519"])
def either(request, held):
    """A key of version 4, and one of version 6."""
    return held(request.param)


# --- programs ----------------------------------------------------------------------------------------

MAKERS = {
    "gpg": gnupg.Gpg,
    "sqop": lambda folder: sop.Sop(sop.SQOP, folder),
    "rnp": rnp.Rnp,
    "pysequoia": scripted.pysequoia,
    "openpgp.js": lambda folder: scripted.openpgpjs(folder, scripted.install(ROOT / "build")),
}
NEEDED = {"rnp": ("rnp", "rnpkeys"), "pysequoia": (), "openpgp.js": ("node", "npm")}


@pytest.fixture(scope="session")
def _peers():
    running = {}
    yield running
    for peer in running.values():
        peer.close()


@pytest.fixture
def peer(_peers, program, tmp_path_factory):
    """``peer("gpg")``: an OpenPGP program (`interop.programs.Program`), or a skip with the reason."""

    def find(name):
        for executable in NEEDED.get(name, (name,)):
            program(executable)
        if name == "pysequoia":
            pytest.importorskip("pysequoia")
        if name not in _peers:
            try:
                _peers[name] = MAKERS[name](tmp_path_factory.mktemp(name.replace(".", "")))
            except Failed as failed:
                pytest.skip(f"{name} cannot be installed: {failed}")
        return _peers[name]

    return find


@pytest.fixture
def uses():
    """``uses(peer, held)``: encrypts to it, signs, decrypts and verifies with it."""

    def use(program, key):
        message = program.encrypt(b"to be read\n", [key.armored], by=key.secret)
        opened = program.decrypt(message, key.secret, signer=key.armored)
        assert opened.plaintext == b"to be read\n"
        assert opened.signers == (key.fingerprint,)
        return recipients(message)

    return use


@pytest.fixture
def gpg_sees(gpg):
    """``gpg_sees(held)``: what gpg lists of it: rows of its colon format by record type."""

    def listed(key):
        gpg("--import", data=key.octets)
        # An update comes as a certificate: gpg does not merge secret keys.
        gpg("--import", data=key.public)
        lines = gpg("--with-colons", "--fixed-list-mode", "--list-keys", key.fingerprint).stdout.decode().splitlines()
        rows = {}
        for line in lines:
            fields = line.split(":")
            rows.setdefault(fields[0], []).append(fields)
        return rows

    return listed


@pytest.fixture
def js_sees(peer, tmp_path):
    """``js_sees(held)``: what OpenPGP.js makes of a certificate."""

    def seen(key):
        peer("openpgp.js")
        path = tmp_path / "certificate.asc"
        path.write_bytes(key.armored)
        command = ["node", HERE / "describe.mjs", scripted.install(ROOT / "build"), path]
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    return seen
