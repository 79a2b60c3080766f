"""The POP3 path for the mail of one origin: the embedded ISP, one running Ithaca, and poplib.

Cases with the same keys have the same reader, whose identities have these keys in a keyring on disk.
"""

import contextlib
import os
import poplib
import re
import time
from collections import defaultdict
from dataclasses import dataclass, replace

import yaml

from corpus import mails
from corpus.explained import Usable
from corpus.manifest import Case
from ithaca import config
from ithaca.demo.isp import Isp
from ithaca.keyring.store import Keyring
from ithaca.mime import header
from ithaca.mime.header import HeaderSection
from ithaca.openpgp import armor, secret_key, transferable
from ithaca.openpgp.own_keys.passphrase import protect
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.service import Service
from keymaking import new_key

PASSWORD = "a maildrop of its own"
PASSPHRASE = "given to keys without one"
_ENGINE = PgpyEngine()
_BOUNDARY = re.compile(rb"=_ithaca_[A-Za-z0-9.]{24}_=")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the mail of some cases: a login, and the keys that can be loaded."""

    login: str
    keys: Usable
    cases: tuple[Case, ...]
    """In the order in which they lie in the maildrop."""


def readers(cases, usable):
    """One for each set of keys; `usable(keys)`: those keys of a case that can be loaded."""
    groups = defaultdict(list)
    for case in cases:
        groups[replace(usable(case.keys), refusals=())].append(case)
    return [Reader(f"reader{n}@corpus.example", keys, tuple(own)) for n, (keys, own) in enumerate(groups.items())]


@contextlib.contextmanager
def serving(loop, folder, readers):
    """A provider with every case in a maildrop, and an Ithaca in front of it: gives its POP3 port."""
    isp = Isp({reader.login: PASSWORD for reader in readers})
    for reader in readers:
        for case in reader.cases:
            isp.maildrops[reader.login].deliver(mails.as_delivered(case))
    identities = [identity for reader in readers for identity in _identities(folder, reader)]
    loop.run(isp.start())
    try:
        service = Service(_settings(isp, identities, folder))
        loop.run(service.start())
        try:
            yield service.ports["isp"][1]
        finally:
            loop.run(service.stop(5))
    finally:
        loop.run(isp.stop())


@contextlib.contextmanager
def session(port, reader):
    """A client that has logged in."""
    client = poplib.POP3("127.0.0.1", port, timeout=60)
    try:
        client.user(reader.login)
        client.pass_(PASSWORD)
        yield client
        client.quit()
    finally:
        client.close()


def retrieve(client, number):
    """RETR: the message, octet for octet."""
    _, lines, size = client.retr(number)
    return _whole(lines, size)


def top(client, number):
    """TOP without any line of the body, octet for octet."""
    _, lines, size = client.top(number, 0)
    return _whole(lines, size)


def _whole(lines, size):
    octets = b"".join(line + b"\r\n" for line in lines)
    # poplib takes a lone LF for a line end, too, but counts what came.
    assert len(octets) == size, "a line end that is not CRLF"
    return octets


def undressed(octets):
    """Without what carries the key of this installation, which ``ithaca explain --show`` has not: fields, a boundary."""
    section, separator, start = header.split_message(octets)
    fields = HeaderSection.parse(section).fields
    kept = [f for f in fields if not f.named(b"Ithaca-Shown") and b" ithaca." not in f.octets[:35]]
    section = HeaderSection(tuple(kept)).render()
    return _BOUNDARY.sub(b"=_ithaca_=", section + separator + octets[start:])


# --- the person's side -------------------------------------------------------------------------------


def _identities(folder, reader):
    """One identity for each secret key of a new keyring; everybody has at least a key of their own."""
    name = reader.login.partition("@")[0]
    place = folder / name
    keyring = Keyring.create(place, _ENGINE)
    for path in reader.keys.certificates:
        binary = armor.binary(path.read_bytes(), frozenset({"PUBLIC KEY BLOCK"}))
        for certificate in transferable.split_certificates(binary):
            keyring.import_certificate(certificate)
    keys = [_imported(keyring, path, reader.keys.passphrase) for path in reader.keys.secret] or [_own(keyring)]
    return [
        {
            "address": f"{name}-{number}@corpus.example",
            "provider": "isp",
            "login": reader.login,
            "keyring": str(place),
            "key": fingerprint,
            "passphrase": {"file": str(_passphrase_file(place, number, passphrase))},
        }
        for number, (fingerprint, passphrase) in enumerate(keys)
    ]


def _imported(keyring, path, passphrase):
    octets = armor.binary(path.read_bytes(), frozenset({"PRIVATE KEY BLOCK"}))
    if not secret_key.split(octets).is_protected:
        # What ``ithaca key import`` does.
        octets, passphrase = protect(octets, PASSPHRASE.encode(), _ENGINE, os.urandom), PASSPHRASE
    return keyring.import_secret(octets).fingerprint, passphrase


def _own(keyring):
    key = new_key("Reader <reader@corpus.example>", PASSPHRASE.encode(), time.time() - 60)
    return keyring.import_secret(key).fingerprint, PASSPHRASE


def _passphrase_file(place, number, passphrase):
    path = place.with_name(f"{place.name}-{number}.pass")
    path.touch(mode=0o600)
    path.write_text(passphrase)
    return path


def _settings(isp, identities, folder):
    provider = {
        "listen": {"smtp_port": 0, "pop3_port": 0},
        "smtp": {"host": "127.0.0.1", "port": isp.smtp_port, "tls": "none"},
        "pop3": {"host": "127.0.0.1", "port": isp.pop3_port, "tls": "none"},
    }
    document = {
        "providers": {"isp": provider},
        "identities": identities,
        "state": str(folder / "state"),
        "display": {"banner": "off"},
    }
    return config.parse(yaml.safe_dump(document), folder / "config.yaml")
