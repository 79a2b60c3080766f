"""A scripted mail server, a client that speaks octets, and plans of our choosing."""

import asyncio
import socket

import pytest

from ithaca.dial import Endpoint, Tls, upgrade
from ithaca.sealing import Group
from ithaca.smtp.submission import Settings, Submission
from ithaca.smtp.upstream import Times
from ithaca.work import Budget, Pool

EHLO = "250-mx.example\n250-SIZE 1000000\n250-PIPELINING\n250-8BITMIME\n250-AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256\n250 DSN"


class Server:
    """Answers by the first word of a command; records every line and every message."""

    def __init__(self, **answers):
        self.answers = {"GREETING": "220 mx.example ready", "EHLO": EHLO, "QUIT": "221 bye", "AUTH": "235 ok"}
        self.answers |= {"DATA": "354 go", "DOT": "250 2.0.0 taken", **answers}
        self.lines = []
        self.messages = []
        self.cut_at = None
        self.slow_dot = self.slow_greeting = 0
        self.connections = 0
        self.writers = []

    async def start(self, context=None):
        self._server = await asyncio.start_server(self._client, "127.0.0.1", 0, ssl=context, limit=1 << 25)
        self.port = self._server.sockets[0].getsockname()[1]
        self.context = context

    async def stop(self):
        self._server.close()
        for writer in self.writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    def answer(self, key):
        value = self.answers.get(key, "250 2.0.0 ok")
        return (
            value.pop(0)
            if isinstance(value, list) and len(value) > 1
            else value[0]
            if isinstance(value, list)
            else value
        )

    async def _client(self, reader, writer):
        self.connections += 1
        self.writers.append(writer)
        try:
            await self._session(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _say(self, writer, key):
        writer.write(self.answer(key).replace("\n", "\r\n").encode() + b"\r\n")
        await writer.drain()

    async def _session(self, reader, writer):
        await asyncio.sleep(self.slow_greeting)
        await self._say(writer, "GREETING")
        while True:
            line = (await reader.readuntil(b"\n")).rstrip(b"\r\n")
            self.lines.append(line)
            verb = line.split(b" ")[0].split(b":")[0].decode("latin1").upper()
            if self.cut_at == verb:
                return
            if verb == "AUTH" and isinstance(self.answers.get("AUTH"), list):
                await self._say(writer, "AUTH")
                while self.last_auth().startswith("334"):
                    self.lines.append((await reader.readuntil(b"\n")).rstrip(b"\r\n"))
                    await self._say(writer, "AUTH")
                continue
            key = line.decode("latin1") if line.decode("latin1") in self.answers else verb
            code = self.answers.get(key)
            await self._say(writer, key)
            if verb == "QUIT":
                return
            if verb == "STARTTLS":
                await upgrade(writer, self.tls)
            if verb == "DATA" and (code or "354").startswith("354"):
                if self.cut_at == "BODY":
                    await reader.readexactly(10)
                    return
                body = await reader.readuntil(b"\r\n.\r\n")
                self.messages.append(body[:-3])
                if self.cut_at == "DOT":
                    return
                await asyncio.sleep(self.slow_dot)
                await self._say(writer, "DOT")

    def last_auth(self):
        return self._sent_auth[-1] if hasattr(self, "_sent_auth") else ""


class ScriptedAuth(Server):
    """Steps of an AUTH exchange, one answer a line."""

    def __init__(self, steps, **answers):
        super().__init__(**answers)
        self.answers["AUTH"] = list(steps)
        self._sent_auth = []

    def answer(self, key):
        if key != "AUTH":
            return super().answer(key)
        step = self.answers["AUTH"].pop(0)
        self._sent_auth.append(step)
        return step


class Identity:
    """A sealer that marks what it is given, so that one sees what went through it."""

    def feed(self, octets):
        return octets

    def finish(self):
        return b"sealed\r\n"


class FakePlan:
    """A plan of fixed groups."""

    done = "sealed"

    def __init__(self, groups, *, sealer=Identity, bound=None, is_blind=False):
        # Those that are named share the first copy.
        self.groups = tuple(Group(tuple(g), blind=bool(n) or is_blind) for n, g in enumerate(groups))
        self._sealer = sealer
        self._bound = bound
        self.taken = []

    def bound(self, octets):
        return None if self._bound is None else octets + self._bound

    def sealer(self, _group):
        return self._sealer()

    def accepted(self, group):
        self.taken.append(group.recipients)


class Client:
    """Speaks raw lines to the port under test."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.file = self.sock.makefile("rb")

    def send(self, octets):
        self.sock.sendall(octets)

    def reply(self):
        lines = []
        while True:
            line = self.file.readline()
            if not line:
                return lines
            lines.append(line.rstrip(b"\r\n").decode())
            if line[3:4] != b"-":
                return lines

    def ask(self, line):
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def start(self, recipients=("b@x.example",), login=False):
        self.reply()
        self.ask("EHLO client.example")
        if login:
            self.ask("AUTH PLAIN AGFsaWNlAHNlY3JldA==")
        self.ask("MAIL FROM:<a@x.example>")
        for recipient in recipients:
            self.ask(f"RCPT TO:<{recipient}>")

    def data(self, message):
        go = self.ask("DATA")
        if not go or not go[0].startswith("354"):
            return go
        self.send(message + b".\r\n")
        return self.reply()

    def close(self):
        self.file.close()
        self.sock.close()


class Edge:
    """A submission edge in front of a server."""

    def __init__(self, loop, server, begin=None, **settings):
        self.loop, self.server = loop, server
        self.envelopes, self.prefixes = [], []
        self._plan = begin or (lambda envelope, _prefix, _complete: FakePlan([range(len(envelope.recipients))]))
        self._clients = []

        def recording(envelope, prefix, complete):
            self.envelopes.append(envelope)
            self.prefixes.append((prefix, complete))
            return self._plan(envelope, prefix, complete)

        async def start():
            self.pool, self.budget = Pool(), Budget(settings.pop("budget", 1 << 26))
            if not hasattr(server, "port"):
                await server.start(settings.pop("server_context", None))
            settings.setdefault("endpoint", Endpoint("127.0.0.1", server.port, Tls.NONE))
            settings.setdefault("times", Times())
            self.submission = Submission(Settings(provider="isp", **settings), recording, self.pool, self.budget)
            sock = socket.socket()
            sock.bind(("127.0.0.1", 0))
            self._listener = await self.submission.serve(sock)
            self.port = sock.getsockname()[1]

        loop.run(start())

    def client(self):
        made = Client(self.port)
        self._clients.append(made)
        return made

    def close(self):
        for client in self._clients:
            client.close()

        async def end():
            self._listener.close()
            await self.submission.stop(2)
            await self.server.stop()
            await asyncio.sleep(0.05)
            self.pool.close()

        self.loop.run(end())


@pytest.fixture
def edge(loop):
    made = []

    def make(server=None, begin=None, **settings):
        made.append(Edge(loop, server or Server(), begin, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def scripted():
    return Server


@pytest.fixture
def scripted_auth():
    return ScriptedAuth


@pytest.fixture
def plan():
    return FakePlan
