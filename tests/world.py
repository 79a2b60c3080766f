"""People with an Ithaca each, and a provider between them: the embedded one, or Postfix and Dovecot.

Calls block, for clients that block; the services run in the thread of `Loop`.
"""

import asyncio
import tempfile
import threading
import time
from pathlib import Path

import yaml

from ithaca import config
from ithaca.demo.isp import Isp
from ithaca.keyring.store import Keyring
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.service import Service
from keymaking import new_key

PASSWORDS = {
    "ulysses@ithaca.example": "scylla and charybdis",
    "penelope@ithaca.example": "a shroud by day",
    "eumaios@ithaca.example": "swine",
    "nobody@ithaca.example": "cyclops",
}
"""Login, which is the address too → password."""
OWNERS = ("ulysses", "penelope", "eumaios")
"""Who has a key; nobody has none."""
PASSPHRASE = b"correct horse"


class Loop:
    """An event loop in a thread of its own, for servers that blocking clients talk to."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine, seconds=30):
        """The result of a coroutine that runs in the loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(seconds)

    def close(self):
        async def end():
            tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._loop.shutdown_asyncgens()
            await self._loop.shutdown_default_executor()

        self.run(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def make_keyrings(root):
    """Keyrings of all `OWNERS` below `root`, each with everybody's certificate, and files with their passphrases."""
    engine = PgpyEngine()
    keyrings, certificates = {}, {}
    for name in OWNERS:
        keyrings[name] = Keyring.create(root / name, engine)
        user_id = f"{name.title()} <{name}@ithaca.example>"
        key = keyrings[name].import_secret(new_key(user_id, PASSPHRASE, time.time() - 60))
        certificates[name] = key.public_octets
        (root / f"{name}.pass").write_bytes(PASSPHRASE)
        (root / f"{name}.pass").chmod(0o600)
    for keyring in keyrings.values():
        for octets in certificates.values():
            keyring.import_certificate(octets)


class Embedded:
    """The embedded provider, for tests that look into it while it runs."""

    def __init__(self, loop):
        self._loop = loop

        async def start():
            isp = Isp(PASSWORDS)
            await isp.start()
            return isp

        self.isp = loop.run(start())

    def servers(self):
        """As the configuration wants them."""
        ports = {"smtp": self.isp.smtp_port, "pop3": self.isp.pop3_port}
        return {kind: {"host": "127.0.0.1", "port": port, "tls": "none"} for kind, port in ports.items()}

    def stored(self, address):
        """An account's messages, oldest first."""
        return self.isp.maildrops[address].messages

    def close(self):
        self._loop.run(self.isp.stop())


class World:
    """A provider, and Ithacas that are started when asked for."""

    def __init__(self, loop, people, provider):
        self.loop = loop
        self.people = people
        self.provider = provider
        self.services = []
        self._folder = tempfile.TemporaryDirectory()
        self.memory = Path(self._folder.name)
        # The keyrings serve many worlds; each begins without a past.
        for path in people.glob("*/peers.sqlite*"):
            path.unlink()

    @property
    def isp(self):
        """The embedded provider itself."""
        return self.provider.isp

    def settings(self, name, *, servers=None, listen=None, **more):
        """The configuration of one person; `servers` differ from the provider's usual ones where given."""
        provider = {
            "listen": {"smtp_port": 0, "pop3_port": 0, **(listen or {})},
            **self.provider.servers(),
            **(servers or {}),
        }
        identity = {
            "address": f"{name}@ithaca.example",
            "provider": "isp",
            "keyring": str(self.people / name),
            "passphrase": {"file": str(self.people / f"{name}.pass")},
        }
        document = {"providers": {"isp": provider}, "identities": [identity], "state": str(self.memory / name), **more}
        return config.parse(yaml.safe_dump(document), self.people / "config.yaml")

    def local_tls(self, kind, folder):
        """What `listen` needs for TLS between mail program and Ithaca; the provider's authority vouches for it."""
        if kind == "none":
            return {}
        certificate, private_key = self.provider.certificate(folder, "local", "localhost")
        return {"tls": kind, "certificate": str(certificate), "private_key": str(private_key)}

    def ithaca(self, name, **more):
        """Start one person's Ithaca: (SMTP port, POP3 port)."""

        async def start():
            service = Service(self.settings(name, **more))
            await service.start()
            self.services.append(service)
            return service.ports["isp"]

        return self.loop.run(start())

    def stored(self, name):
        """A person's messages as the provider has them."""
        return self.provider.stored(f"{name}@ithaca.example")

    def close(self):
        """Stop the Ithacas."""
        for service in self.services:
            self.loop.run(service.stop(5))
        self._folder.cleanup()
