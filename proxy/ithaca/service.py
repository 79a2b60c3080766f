"""The composition root: configuration → parts → sockets → READY=1 → orderly stop.

Parts receive plain values, never the configuration. Starting never needs the ISP.
"""

import asyncio
import functools
import logging
import os
import signal
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ithaca import config as config_module
from ithaca import incoming, learning, listening, outgoing, sealing, state, systemd, tls
from ithaca.access import Access, Identity
from ithaca.address import AddrSpec, addr_spec
from ithaca.config import Config, Listen, Provider, Server, keyring_path
from ithaca.dial import Endpoint, Tls
from ithaca.errors import KeyringError
from ithaca.incoming import Banner, Presentation
from ithaca.keyring.peers import Peers
from ithaca.keyring.secret import FromCredential, FromFile, FromTerminal, PassphraseSource
from ithaca.keyring.store import LOOK_EVERY, Keyring
from ithaca.letters import Letters
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.policy import Policy, Rule
from ithaca.pop3 import proxy
from ithaca.pop3 import settings as retrieval_settings
from ithaca.smtp import submission
from ithaca.verdict import Fingerprint
from ithaca.wish import Names
from ithaca.work import Budget, Job, Pool, TaskSet

STOP_SECONDS = 120.0
"""Within this time every session ends; those that wait for the ISP's answer to the dot end last."""

_log = logging.getLogger("ithaca.service")


class Opener:
    """What the retrieval edge needs of `incoming`, with the keys of each login."""

    def __init__(self, access: Access, engine: Engine, presentation: Presentation = incoming.BARE) -> None:
        self._access = access
        self._engine = engine
        self._presentation = presentation
        self._marks: tuple[float, incoming.Marks] | None = None

    def look(self, prefix: bytes, complete: bool) -> incoming.Look:
        """See `incoming.look`."""
        return incoming.look(prefix, complete, self._current_marks())

    def clean(self, section: bytes) -> bytes:
        """See `incoming.clean`."""
        return incoming.clean(section, self._presentation)

    def as_it_came(self, octets: bytes, finding: str) -> bytes:
        """See `incoming.as_it_came`."""
        return incoming.as_it_came(octets, finding, self._presentation)

    def open(self, provider: str, login: bytes | None, octets: bytes) -> Job[incoming.Shown]:
        """See `incoming.open_message`; the keys are those of the login that the ISP accepted."""
        now = int(time.time())
        keys = self._access.keys(provider, login, now)
        yield
        presentation = replace(self._presentation, phrase=self._access.phrase(provider, login))
        shown = yield from incoming.open_message(octets, keys, engine=self._engine, now=now, presentation=presentation)
        pupils = self._access.pupils(provider, login, self._engine)
        if pupils is not None:
            learning.learn(shown.lesson, shown.verdict, pupils, now)
        return shown

    def passing(self, provider: str, login: bytes | None, section: bytes) -> None:
        """See `learning.learn_passing`."""
        pupils = self._access.pupils(provider, login, self._engine)
        if pupils is not None:
            learning.learn_passing(section, pupils, int(time.time()))

    def _current_marks(self) -> incoming.Marks | None:
        """None: nothing is told anyhow. The phrases are read once a second at most."""
        if self._presentation.banner is Banner.OFF:
            return None
        now = time.monotonic()
        if self._marks is None or now - self._marks[0] >= LOOK_EVERY:
            self._marks = now, incoming.Marks(self._access.phrases())
        return self._marks[1]

    def trouble(self, provider: str, login: bytes) -> str | None:
        """See `Access.trouble`."""
        return self._access.trouble(provider, login, int(time.time()))


@dataclass(slots=True)
class _Running:
    """One provider's two edges and what they listen on."""

    submission: submission.Submission
    retrieval: proxy.Retrieval
    servers: list[asyncio.Server]


class Service:
    """Both listeners of every provider, for one configuration."""

    def __init__(
        self,
        config: Config,
        *,
        engine: Engine | None = None,
        inherited: Sequence[socket.socket] = (),
    ) -> None:
        self._config = config
        self._presentation = presentation_of(config)
        self._inherited = inherited
        """Listening sockets that the service manager holds for us; ours to close from now on."""
        self._engine = engine or PgpyEngine()
        self._access = access_of(config, self._engine)
        self._pool = Pool()
        self._running: list[_Running] = []
        self._tasks = TaskSet()
        self.ports: dict[str, tuple[int, int]] = {}
        """Provider → the SMTP and the POP3 port that are listened on."""

    def ask(self) -> None:
        """Ask at the terminal for the passphrases that are to come from there. Raises `PassphraseError`."""
        for identity in self._access.identities:
            if isinstance(identity.source, FromTerminal):
                identity.source.ask()

    async def start(self) -> None:
        """Open the local ports; raises `ListenError`, `UnansweredError`, with everything closed again."""
        budget = Budget(self._config.limits.held_octets)
        try:
            listening.require_provider(self._inherited, places(self._config))
            for name, provider in self._config.providers.items():
                await self._start_provider(name, provider, budget)
        except BaseException:
            await self.stop(0)
            raise
        self._tasks.start(self._look_at_memory(), name="memory")
        for identity in self._access.identities:
            self._tasks.start(self._warm_up(identity), name=f"unlock {identity.address}")

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Take no new connections, let sessions end, within `seconds`."""
        for running in self._running:
            for server in running.servers:
                server.close()
        for sock in self._inherited:
            sock.close()
        edges = [edge for r in self._running for edge in (r.submission, r.retrieval)]
        await asyncio.gather(*(edge.stop(seconds) for edge in edges))
        await self._tasks.cancel()
        self._pool.close()
        await asyncio.to_thread(self._access.close)

    async def _start_provider(self, name: str, provider: Provider, budget: Budget) -> None:
        limits = self._config.limits
        context = local_tls(provider.listen)
        implicit = provider.listen.tls is Tls.IMPLICIT
        beyond = not provider.listen.is_loopback
        begin = functools.partial(
            _begin,
            access=self._access,
            engine=self._engine,
            names=names_of(self._config),
            style=style_of(self._config.sealing),
        )
        outgoing_edge = submission.Submission(
            submission.Settings(
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
            retrieval_settings.Settings(
                provider=name,
                endpoint=endpoint(provider.pop3),
                max_connections=limits.max_connections,
                tls_context=context,
                tls_implicit=implicit,
                require_tls=beyond,
            ),
            Opener(self._access, self._engine, self._presentation),
            self._pool,
            budget,
        )
        running = _Running(outgoing_edge, retrieval, [])
        self._running.append(running)
        ports = []
        for edge, port in ((outgoing_edge, provider.listen.smtp_port), (retrieval, provider.listen.pop3_port)):
            sockets = listening.sockets_for(provider.listen.addresses, port, self._inherited)
            ports.append(sockets[0].getsockname()[1])
            for sock in sockets:
                running.servers.append(await edge.serve(sock))
        self.ports[name] = (ports[0], ports[1])
        _log.info("%s: SMTP on port %d, POP3 on port %d", name, *self.ports[name])

    async def _look_at_memory(self) -> None:
        """What cannot be remembered is said once here, and again where mail needs it."""
        for sentence in await self._pool.call(self._access.forgotten):
            _log.warning("%s", sentence)

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
    names: Names,
    style: sealing.Style,
) -> sealing.Plan | outgoing.Refused:
    around = sealing.Surroundings(engine, int(time.time()), os.urandom, access.phrases())
    return outgoing.begin(envelope, prefix, complete, access, around, memory=access.letters, names=names, style=style)


# --- from settings to parts ---


def style_of(chosen: config_module.Sealing) -> sealing.Style:
    """How what is sealed looks."""
    return sealing.Style(
        header_protection=chosen.header_protection,
        legacy_display=chosen.legacy_display,
        autocrypt=chosen.autocrypt,
        prefer_encrypt=chosen.prefer_encrypt,
    )


def endpoint(server: Server) -> Endpoint:
    """A server of the provider, as the edges want it."""
    return Endpoint(server.host, server.port or 0, server.tls or Tls.NONE, server.ca_file)


def local_tls(listen: Listen) -> ssl.SSLContext | None:
    """The context for mail programs; None without TLS. Raises `CertificateFileError`."""
    if listen.tls is Tls.NONE or listen.certificate is None or listen.private_key is None:
        return None
    return tls.server_context(listen.certificate, listen.private_key)


def places(config: Config) -> list[tuple[str, int]]:
    """Each (address, port) that a provider listens on; port 0 where the system chooses."""
    listens = [provider.listen for provider in config.providers.values()]
    return [(a, p) for one in listens for a in one.addresses for p in (one.smtp_port, one.pop3_port)]


def names_of(config: Config) -> Names:
    """What wish tags are called."""
    return Names(config.wish.encrypt, config.wish.clear, config.wish.sign, config.wish.nosign)


def access_of(config: Config, engine: Engine) -> Access:
    """The identities of a configuration; keyrings are opened once each. Raises `KeyringError`, `StateError`."""
    folder = config.state or config_module.state_folder()
    key = state.installation_key(folder) if config.identities else b""
    shelves: dict[Path, tuple[Keyring, Peers]] = {}
    identities = []
    rules = tuple(Rule(r.match, r.sign, r.encrypt, r.sign_format) for r in config.policy.rules)
    everybody = Policy(config.policy.sign, config.policy.encrypt, rules, config.policy.sign_format)
    for one in config.identities:
        path = keyring_path(one.keyring)
        if path not in shelves:
            shelves[path] = Keyring(path, engine), Peers(path, key)
        keyring, peers = shelves[path]
        identities.append(
            Identity(
                AddrSpec(addr_spec(one.address) or one.address),
                provider=one.provider,
                login=(one.login or one.address).encode(),
                keyring=keyring,
                fingerprint=None if one.key is None else Fingerprint(one.key),
                source=_source(one),
                policy=_policy(one.policy, everybody),
                engine=engine,
                peers=peers,
                phrase=one.phrase,
            )
        )
    without_login = frozenset(name for name, p in config.providers.items() if p.sign_without_login)
    letters = Letters(folder, key) if identities else None
    return Access(identities, rules=everybody, without_login=without_login, letters=letters)


def _policy(given: config_module.IdentityPolicy, everybody: Policy) -> Policy:
    return Policy(
        given.sign or everybody.sign,
        given.encrypt or everybody.encrypt,
        everybody.rules,
        given.sign_format or everybody.sign_format,
    )


def presentation_of(config: Config) -> Presentation:
    """How mail is shown, but for each login's phrase. Raises `StateError`."""
    key = state.installation_key(config.state or config_module.state_folder())
    return Presentation(config.display.banner, config.display.keep, key=key, wishes=names_of(config))


def _source(identity: config_module.Identity) -> PassphraseSource:
    given = identity.passphrase
    if given.file is not None:
        return FromFile(given.file)
    if given.credential is not None:
        return FromCredential(given.credential)
    return FromTerminal(identity.address)


# --- in the foreground ---


def run(config: Config) -> None:
    """Serve until SIGTERM or SIGINT. Raises `ListenError`, `UnansweredError`, `InheritedError`, `KeyringError`."""
    service = Service(config, inherited=systemd.inherited())
    service.ask()
    asyncio.run(_foreground(service))


async def _foreground(service: Service) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await service.start()
    systemd.notify("READY=1")
    await stop.wait()
    systemd.notify("STOPPING=1")
    _log.info("stopping")
    await service.stop()
