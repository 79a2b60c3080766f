"""One provider's submission edge: what it is given, its sessions, and how it stops."""

import asyncio
import socket
import ssl
from dataclasses import dataclass

from ithaca.dial import Endpoint
from ithaca.smtp.front import Front
from ithaca.smtp.relay import Begin, Rate, Terms
from ithaca.smtp.upstream import Times
from ithaca.work import Budget, Pool


@dataclass(frozen=True, slots=True)
class Settings:
    """One provider's submission edge."""

    provider: str
    endpoint: Endpoint
    times: Times = Times()  # noqa: RUF009 (frozen)
    max_connections: int = 8
    bcc_copies: int = 20
    tls_context: ssl.SSLContext | None = None
    tls_implicit: bool = False
    require_tls: bool = False
    """Listening beyond loopback: no login and no letter without TLS."""


class Submission:
    """Accepts clients for one provider."""

    def __init__(self, settings: Settings, begin: Begin, pool: Pool, budget: Budget) -> None:
        self.settings = settings
        self.terms = Terms(settings.provider, settings.times, settings.bcc_copies, begin, pool, budget)
        self.rate = Rate()
        self.slots = asyncio.Semaphore(settings.max_connections)
        self.sessions: set[Front] = set()
        self.stopping = False

    async def serve(self, sock: socket.socket) -> asyncio.Server:
        """Listen on a bound socket."""
        loop = asyncio.get_running_loop()
        implicit = self.settings.tls_context if self.settings.tls_implicit else None
        return await loop.create_server(lambda: Front(self, loop), sock=sock, ssl=implicit)

    async def stop(self, seconds: float) -> None:
        """Idle sessions get 421; those in a command may end it, within `seconds`."""
        self.stopping = True
        for session in tuple(self.sessions):
            session.leave()
        waiting = [s.ended.wait() for s in tuple(self.sessions)]
        try:
            async with asyncio.timeout(seconds):
                await asyncio.gather(*waiting)
        except TimeoutError:
            for session in tuple(self.sessions):
                session.cut()
            await asyncio.sleep(0)
