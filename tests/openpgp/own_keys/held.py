"""A key as its holder has it, for tests: changed step by step."""

import os
import time

from interop.programs import Secret
from ithaca.openpgp import armor, packets, secret_key
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.own_keys import keyholder
from ithaca.openpgp.own_keys.keyholder import Keyholder
from ithaca.openpgp.packets import Tag

NOW = int(time.time())
"""Programs judge by the clock of this machine."""
DAY = 86400
PASSPHRASE = b"correct horse"
USER_ID = "Alice <alice@example.org>"


class Held:
    """One key as its holder has it: changed step by step, every state of its certificate remembered."""

    def __init__(self, engine, octets, now, passphrase=PASSPHRASE):
        self.engine, self.octets, self.now, self.passphrase = engine, octets, now, passphrase
        self.public = secret_key.split(octets).public_octets
        self.states = [self.public]

    @property
    def key(self):
        return secret_key.split(self.octets)

    @property
    def certificate(self):
        return Certificate.parse(self.public, self.engine)

    @property
    def fingerprint(self):
        return self.key.fingerprint

    @property
    def holder(self):
        secret = secret_key.unlock(self.octets, self.passphrase, self.engine, certificate=self.certificate)
        return Keyholder(secret, self.engine, os.urandom, self.now)

    def apply(self, change):
        """As a keyring on disk does it."""
        self.octets, self.public = keyholder.applied(change, self.key, self.public)
        self.states.append(self.public)
        self.now = max(self.now, change.at)
        return change

    def do(self, how, *arguments, **named):
        return self.apply(how(self.holder, *arguments, **named))

    def live_signature(self, component):
        return component.live(self.now)

    # --- for other programs ---

    def _armored(self, kind, octets):
        return armor.armor(kind, octets, crc=self.key.version == 4)

    @property
    def secret(self):
        return Secret(self._armored("PRIVATE KEY BLOCK", self.octets), self.passphrase)

    @property
    def armored(self):
        return self._armored("PUBLIC KEY BLOCK", self.public)


def recipients(message):
    """Key IDs (version 3) or fingerprints (version 6) of the PKESK packets of an armored message."""
    found = []
    for packet in packets.split(armor.binary(message)):
        if packet.tag == Tag.PKESK and packet.body[0] == 3:
            found.append(packet.body[1:9].hex().upper())
        elif packet.tag == Tag.PKESK:
            found.append(packet.body[3 : 2 + packet.body[1]].hex().upper())
    return found
