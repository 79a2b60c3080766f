"""The composition root: configuration → parts → sockets → READY=1 → orderly stop.

Parts receive plain values, never the configuration. Starting never needs the ISP.
"""

import asyncio
import contextlib
import errno
import functools
import logging
import os
import signal
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path

from ithaca import incoming, outgoing, systemd, tls
from ithaca.access import Access, Identity
from ithaca.address import AddrSpec
from ithaca.config import Config, Listen, Provider, Server
from ithaca.dial import Endpoint, Tls
from ithaca.errors import KeyringError, PermanentError
from ithaca.keyring.store import Keyring
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.policy import Policy
from ithaca.pop3 import proxy
from ithaca.smtp import front
from ithaca.work import Budget, Job, Pool, TaskSet

STOP_SECONDS = 120.0
"""Within this time every session ends; those that wait for the ISP's answer to the dot end last."""

_log = logging.getLogger("ithaca.service")


class ListenError(PermanentError):
    """A local port cannot be had: somebody else has it, and would collect passwords if we shared it."""


class Opener:
    """What the retrieval edge needs of `incoming`, with the keys of each login."""

    def __init__(self, access: Access, engine: Engine) -> None:
        self._access = access
        self._engine = engine

    def look(self, prefix: bytes, complete: bool) -> incoming.Look:
        """See `incoming.look`."""
        return incoming.look(prefix, complete)

    def clean(self, section: bytes) -> bytes:
        """See `incoming.clean`."""
        return incoming.clean(section)

    def open(self, provider: str, login: bytes | None, octets: bytes) -> Job[incoming.Shown]:
        """See `incoming.open_message`; the keys are those of the login that the ISP accepted."""
        now = int(time.time())
        keys = self._access.keys(provider, login, now)
        yield
        return (yield from incoming.open_message(octets, keys, engine=self._engine, now=now))

    def trouble(self, provider: str, login: bytes) -> str | None:
        """See `Access.trouble`."""
        return self._access.trouble(provider, login, int(time.time()))


@dataclass(slots=True)
class _Running:
    """One provider's two edges and what they listen on."""

    submission: front.Submission
    retrieval: proxy.Retrieval
    servers: list[asyncio.Server]


class Service:
    """Both listeners of every provider, for one configuration."""

    def __init__(self, config: Config, *, engine: Engine | None = None) -> None:
        self._config = config
        self._engine = engine or PgpyEngine()
        self._access = access_of(config, self._engine)
        self._pool = Pool()
        self._running: list[_Running] = []
        self._tasks = TaskSet()
        self.ports: dict[str, tuple[int, int]] = {}
        """Provider → the SMTP and the POP3 port that are listened on."""

    async def start(self) -> None:
        """Open the local ports; raises `ListenError`, with everything closed again."""
        budget = Budget(self._config.limits.held_octets)
        try:
            for name, provider in self._config.providers.items():
                await self._start_provider(name, provider, budget)
        except BaseException:
            await self.stop(0)
            raise
        for identity in self._access.identities:
            self._tasks.start(self._warm_up(identity), name=f"unlock {identity.address}")

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Take no new connections, let sessions end, within `seconds`."""
        for running in self._running:
            for server in running.servers:
                server.close()
        edges = [edge for r in self._running for edge in (r.submission, r.retrieval)]
        await asyncio.gather(*(edge.stop(seconds) for edge in edges))
        await self._tasks.cancel()
        self._pool.close()

    async def _start_provider(self, name: str, provider: Provider, budget: Budget) -> None:
        limits = self._config.limits
        context = local_tls(provider.listen)
        implicit = provider.listen.tls == "implicit"
        beyond = not provider.listen.is_loopback
        random = os.urandom
        begin = functools.partial(_begin, access=self._access, engine=self._engine, random=random)
        submission = front.Submission(
            front.Settings(
                provider=name,
                endpoint=endpoint(provider.smtp),
                max_connections=limits.max_connections,
                bcc_copies=limits.bcc_copies,
                tls_context=context,
                tls_implicit=implicit,
                require_tls=beyond,
            ),
            begin,
            self._pool,
            budget,
        )
        retrieval = proxy.Retrieval(
            proxy.Settings(
                provider=name,
                endpoint=endpoint(provider.pop3),
                max_connections=limits.max_connections,
                tls_context=context,
                tls_implicit=implicit,
                require_tls=beyond,
            ),
            Opener(self._access, self._engine),
            self._pool,
            budget,
        )
        running = _Running(submission, retrieval, [])
        self._running.append(running)
        ports = []
        for edge, port in ((submission, provider.listen.smtp_port), (retrieval, provider.listen.pop3_port)):
            sockets = listening(provider.listen, port)
            ports.append(sockets[0].getsockname()[1])
            for sock in sockets:
                running.servers.append(await edge.serve(sock))
        self.ports[name] = (ports[0], ports[1])
        _log.info("%s: SMTP on port %d, POP3 on port %d", name, *self.ports[name])

    async def _warm_up(self, identity: Identity) -> None:
        """Unlock while nobody waits; what stays locked is said once here and again where mail needs it."""
        try:
            await self._pool.call(identity.secret, int(time.time()))
        except KeyringError as error:
            _log.warning("%s", error)


def _begin(
    envelope: outgoing.Envelope,
    prefix: bytes,
    complete: bool,
    *,
    access: Access,
    engine: Engine,
    random: "outgoing.Random",
) -> outgoing.Plan | outgoing.Refused:
    around = outgoing.Surroundings(engine=engine, now=int(time.time()), random=random)
    return outgoing.begin(envelope, prefix, complete, access, around)
