"""Keyrings in temporary folders."""

import datetime
import time

import pytest

from ithaca.keyring.store import Keyring
from ithaca.openpgp.pgpy_engine import PgpyEngine

PASSPHRASE = b"correct horse"


@pytest.fixture(scope="session")
def engine():
    return PgpyEngine()


@pytest.fixture(scope="session")
def key_octets(engine):
    created = datetime.datetime.fromtimestamp(int(time.time()) - 60, datetime.UTC)
    return engine.generate("Carol <carol@example.org>", PASSPHRASE, created)


@pytest.fixture
def keyring(tmp_path, engine):
    return Keyring.create(tmp_path / "ring", engine)
