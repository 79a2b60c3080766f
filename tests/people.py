"""Alice and Bob of the sample keyrings, unlocked, for tests of the two use cases without any I/O."""

import email.utils
import os
import time
from pathlib import Path

from ithaca import access, choice, incoming, outgoing, sealing
from ithaca.address import AddrSpec
from ithaca.keyring import loose
from ithaca.keyring.peers import Peer
from ithaca.openpgp import secret_key
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.policy import Policy
from ithaca.work import run

KEYRINGS = Path(__file__).resolve().parent.parent / "keyrings"
ENGINE = PgpyEngine()
NOW = int(time.time())
DATE = b"Date: " + email.utils.formatdate(NOW).encode() + b"\r\n"
PLAIN = sealing.Style(legacy_display=False, autocrypt=False, prefer_encrypt=True)
"""Nothing is added: what is sealed gives every octet back."""
ALICE, BOB = AddrSpec("alice@openpgp.example"), AddrSpec("bob@openpgp.example")


def _unlocked(name):
    (path,) = (KEYRINGS / name / "keys").glob("*.pgp")
    return secret_key.unlock(path.read_bytes(), b"ithaca-sample", ENGINE)


SECRETS = {ALICE: _unlocked("alice"), BOB: _unlocked("bob")}
CERTIFICATES = {address: secret.certificate for address, secret in SECRETS.items()}


class Person:
    """One identity that owns every login, with certificates of our choosing."""

    def __init__(self, address=ALICE, policy=Policy(), known=None, owns=True):  # noqa: B008 (frozen)
        self.address, self.policy, self._owns = address, policy, owns
        self._known = dict(CERTIFICATES) if known is None else known
        self.sealed = []

    def secret(self, _now):
        return SECRETS[self.address]

    def own_certificate(self):
        return CERTIFICATES[self.address]

    def claims(self, mailbox):
        found = self._known.get(mailbox, ())
        return [found] if isinstance(found, Certificate) else list(found)

    def known(self, mailbox):
        return choice.Known(Peer(mailbox), self.claims(mailbox))

    def sealed_to(self, pairs, _now):
        self.sealed.extend(pairs)

    def owned(self, _provider, _login):
        return [self] if self._owns else []

    def claimed(self, _provider, mailbox):
        return self if mailbox == self.address else None

    def rules(self):
        return Policy(rules=self.policy.rules)


def begin(
    message,
    recipients=(BOB,),
    person=None,
    complete=True,
    now=NOW,
    random=os.urandom,
    phrases=(),
    style=PLAIN,
    **more,
):
    envelope = outgoing.Envelope("isp", b"login", ALICE.encode(), tuple(r.encode() for r in recipients))
    around = sealing.Surroundings(ENGINE, now, random, phrases)
    return outgoing.begin(envelope, message, complete, person or Person(), around, style=style, **more)


def send(message, *arguments, step=None, **more):
    """Each group's recipients and octets."""
    plan = begin(message, *arguments, **more)
    assert not isinstance(plan, outgoing.Refused), plan
    out = []
    for group in plan.groups:
        sealer = plan.sealer(group)
        size = step or max(1, len(message))
        pieces = [message[i : i + size] for i in range(0, len(message), size)]
        out.append((group.recipients, b"".join(map(sealer.feed, pieces)) + sealer.finish()))
    return out


def keys(*owners, known=CERTIFICATES):
    """What logins of these people may use."""
    held = loose.Loose(known.values())
    return access.keys_of([SECRETS[o] for o in owners], [held], NOW)


def take_apart(message, *owners, now=NOW, **more):
    return run(incoming.take_apart(message, keys(*(owners or (BOB,)), **more), engine=ENGINE, now=now))


def open_(message, *owners, now=NOW, presentation=incoming.BARE, **more):
    keys_ = keys(*(owners or (BOB,)), **more)
    return run(incoming.open_message(message, keys_, engine=ENGINE, now=now, presentation=presentation))
