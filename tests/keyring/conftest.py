"""Keyrings in temporary folders."""

import time

import pytest

from ithaca.keyring.store import Keyring
from ithaca.openpgp.pgpy_engine import PgpyEngine
from keymaking import new_key

PASSPHRASE = b"correct horse"


@pytest.fixture(scope="session")
def engine():
    return PgpyEngine()


@pytest.fixture(scope="session")
def key_octets():
    return new_key("Carol <carol@example.org>", PASSPHRASE, time.time() - 60)


@pytest.fixture
def keyring(tmp_path, engine):
    return Keyring.create(tmp_path / "ring", engine)
