"""A scripted POP3 server, openers of our choosing, and a client that speaks octets."""

import asyncio
import socket

import pytest

from ithaca.dial import Endpoint, Tls
from ithaca.dotted import stuff
from ithaca.incoming import Look, Shown, as_it_came, clean
from ithaca.pop3.proxy import Retrieval
from ithaca.pop3.settings import Settings, Times
from ithaca.verdict import Verdict
from ithaca.work import Budget, Pool

SEALED = b"Subject: s\r\nX-Sealed: yes\r\n\r\nciphertext\r\n"


class Server:
    """Answers commands from a table, else like a maildrop with these messages."""

    def __init__(self, messages=(), **answers):
        self.messages = list(messages)
        self.answers = {"GREETING": "+OK ready <1@pop.example>", **answers}
        self.lines = []
        self.cut_at = None
        self.cut_inside = None
        self.counted = True
        self.slow = 0
        self.writers = []

    async def start(self, context=None):
        self._server = await asyncio.start_server(self._client, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self):
        self._server.close()
        for writer in self.writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _client(self, reader, writer):
        self.writers.append(writer)
        try:
            writer.write(self.answers["GREETING"].encode() + b"\r\n")
            while True:
                await writer.drain()
                line = (await reader.readuntil(b"\n")).rstrip(b"\r\n").decode("latin1")
                self.lines.append(line)
                if self.cut_at == line.split(" ")[0]:
                    return
                if not await self._answer(writer, line):
                    return
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer, line):
        verb, _, argument = line.partition(" ")
        if line in self.answers or verb in self.answers:
            writer.write(
                self.answers.get(line, self.answers.get(verb, "")).replace("\n", "\r\n").encode("latin1") + b"\r\n"
            )
            return True
        number = int(argument.split()[0]) if argument[:1].isdigit() else 0
        message = self.messages[number - 1] if 0 < number <= len(self.messages) else b""
        if verb in ("LIST", "UIDL") and not argument:
            lines = "".join(f"{n} {len(m)}\r\n" for n, m in enumerate(self.messages, 1))
            writer.write(b"+OK\r\n" + lines.encode() + b".\r\n")
        elif verb == "STAT":
            writer.write(f"+OK {len(self.messages)} {sum(map(len, self.messages))}\r\n".encode())
        elif verb in ("RETR", "TOP") and message:
            await asyncio.sleep(self.slow)
            if verb == "TOP":
                head, _, body = message.partition(b"\r\n\r\n")
                message = (
                    head + b"\r\n\r\n" + b"".join(x + b"\r\n" for x in body.split(b"\r\n")[: int(argument.split()[1])])
                )
                message = message[:-2] if message.endswith(b"\r\n\r\n\r\n") else message
            status = b"+OK %d octets\r\n" % len(message) if self.counted else b"+OK\r\n"
            wire = status + stuff(message)
            writer.write(wire if self.cut_inside is None else wire[: self.cut_inside])
            await writer.drain()
            return self.cut_inside is None
        elif verb == "CAPA":
            writer.write(b"+OK\r\nTOP\r\nUIDL\r\nSASL PLAIN GSSAPI\r\nSTLS\r\nX-ODD\r\n.\r\n")
        else:
            writer.write(b"+OK\r\n")
            return verb != "QUIT"
        return True


class Opener:
    """What has the field X-Sealed is held and "opened"."""

    def __init__(self):
        self.reason = None
        self.logins = []
        self.passed = []
        self.error = None
        self.wait = 0
        self.message = b"Subject: opened\r\n\r\n.plain\r\ntwo\r\nthree\r\n"

    def look(self, prefix, complete):
        if b"\r\n\r\n" not in prefix and not complete:
            return Look.MORE
        return Look.HOLD if b"X-Sealed:" in prefix.partition(b"\r\n\r\n")[0] else Look.PASS

    clean = staticmethod(clean)
    as_it_came = staticmethod(as_it_came)

    def passing(self, provider, login, section):
        self.passed.append((provider, login, section))

    def open(self, provider, login, octets):
        self.logins.append((provider, login, octets))
        for _ in range(int(self.wait * 100)):
            import time

            time.sleep(0.01)
            yield
        if self.error:
            raise self.error
        yield
        return Shown(self.message, Verdict())

    def trouble(self, _provider, _login):
        return self.reason


class Client:
    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.file = self.sock.makefile("rb")

    def send(self, octets):
        self.sock.sendall(octets)

    def line(self):
        return self.file.readline().decode("latin1").rstrip("\r\n")

    def ask(self, line):
        self.send(line.encode("latin1") + b"\r\n")
        return self.line()

    def lines(self):
        """A multi-line reply behind its status, as on the wire."""
        out = []
        while (line := self.file.readline()) not in (b".\r\n", b""):
            out.append(line)
        return b"".join(out)

    def log_in(self, name="alice"):
        greeting = self.line()
        self.ask(f"USER {name}")
        return greeting, self.ask("PASS secret")

    def close(self):
        self.file.close()
        self.sock.close()


class Edge:
    def __init__(self, loop, server, opener, **settings):
        self.loop, self.server, self.opener = loop, server, opener
        self._clients = []

        async def start():
            self.pool, self.budget = Pool(), Budget(settings.pop("budget", 1 << 26))
            if not hasattr(server, "port"):
                await server.start()
            settings.setdefault("endpoint", Endpoint("127.0.0.1", server.port, Tls.NONE))
            settings.setdefault("times", Times())
            self.retrieval = Retrieval(Settings(provider="isp", **settings), opener, self.pool, self.budget)
            sock = socket.socket()
            sock.bind(("127.0.0.1", 0))
            self._listener = await self.retrieval.serve(sock)
            self.port = sock.getsockname()[1]

        loop.run(start())

    def client(self):
        self._clients.append(Client(self.port))
        return self._clients[-1]

    def close(self):
        for client in self._clients:
            client.close()

        async def end():
            self._listener.close()
            await self.retrieval.stop(2)
            await self.server.stop()
            await asyncio.sleep(0.05)
            self.pool.close()

        self.loop.run(end())


@pytest.fixture
def edge(loop):
    made = []

    def make(server=None, opener=None, **settings):
        made.append(Edge(loop, server or Server(), opener or Opener(), **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def scripted():
    return Server


@pytest.fixture
def opener():
    return Opener()
