"""Keys that ``ithaca-sop`` made, and the program itself."""

import pytest

from cli.sop.processes import PASSWORD, Person, Sop


@pytest.fixture
def sop(tmp_path):
    return Sop(tmp_path)


@pytest.fixture(scope="session")
def person(tmp_path_factory):
    """``person("alice")``: made by the program, once, from the options below."""
    sop = Sop(tmp_path_factory.mktemp("sop"))
    sop.write("password", PASSWORD + b"\n")
    kinds = {
        "alice": [],
        "bob": [],
        "six": ["--profile=rfc9580"],
        "protected": ["--with-key-password=password"],
        "signer": ["--signing-only"],
        "p384": ["--profile=rfc4880-p384"],
    }

    def make(name):
        key, cert = sop.path(f"{name}.key"), sop.path(f"{name}.cert")
        if not key.exists():
            key.write_bytes(sop("generate-key", *kinds[name], f"{name} <{name}@example.org>"))
            cert.write_bytes(sop("extract-cert", octets=key.read_bytes()))
        return Person(key, cert)

    return make


@pytest.fixture
def alice(person):
    return person("alice")


@pytest.fixture
def bob(person):
    return person("bob")


@pytest.fixture
def six(person):
    """Of version 6."""
    return person("six")


@pytest.fixture
def protected(person):
    """A key with `PASSWORD`."""
    return person("protected")


@pytest.fixture
def password(sop):
    """A file with `PASSWORD` and a line end."""
    return sop.write("password", PASSWORD + b"\n")
