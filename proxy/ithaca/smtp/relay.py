"""One live transaction: the client's commands to the ISP at once, and the DATA sequence with its groups.

The law of this file: the client hears 250 for a message only after the ISP said so for every copy; a message that
is refused never reached the ISP with a single octet; one that cannot be finished never gets its dot.
"""

import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from ithaca.dotted import Stuffer
from ithaca.errors import PeerError, Unreachable
from ithaca.outgoing import Envelope, Refused
from ithaca.sealing import Group, Plan, Sealer
from ithaca.smtp import extensions, replies
from ithaca.smtp.data import Chain, Held, Prefix
from ithaca.smtp.extensions import Argument
from ithaca.smtp.replies import Reply
from ithaca.smtp.transaction import Transaction
from ithaca.smtp.upstream import Times, Upstream
from ithaca.work import PIECE, Budget, Pool

Begin = Callable[[Envelope, bytes, bool], Plan | Refused]
"""Decides about a message from its first octets; runs in the pool."""
MOST_COPY_SECONDS = 60.0
"""Time that Bcc copies may take after the first one: mail programs give up after 100 s of silence."""

_log = logging.getLogger("ithaca.smtp")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a relay works with."""

    provider: str
    times: Times
    bcc_copies: int
    begin: Begin
    pool: Pool
    budget: Budget


class Rate:
    """Octets per second that the ISP has taken lately, over all sessions of a provider."""

    def __init__(self) -> None:
        self._octets_per_second: float | None = None

    def measured(self, octets: int, seconds: float) -> None:
        """One message went out; tiny ones say nothing about the line."""
        if octets >= PIECE and seconds > 0:
            self._octets_per_second = octets / seconds

    def seconds(self, octets: int) -> float | None:
        """How long so many octets would take; None: nothing was measured yet."""
        return octets / self._octets_per_second if self._octets_per_second else None


class _Abandoned(Exception):
    """The message will not go out; `reply` is the answer to the dot."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.code)
        self.reply = reply


class Relay:
    """The transactions of one client connection on its connection to the ISP."""

    def __init__(self, upstream: Upstream, terms: Terms, rate: Rate) -> None:
        self._upstream = upstream
        self._terms = terms
        self._rate = rate
        self._pending: list[tuple[bytes, Argument | None]] = []
        self.transaction = Transaction()
        self.login: bytes | None = None

    # --- envelope ---

    def send(self, verb: bytes, line: bytes, argument: Argument | None = None) -> None:
        """Send a command of the envelope on; its reply is collected later (RFC 2920 §3.1)."""
        self._upstream.send(line)
        self._pending.append((verb, argument))

    async def collect(self) -> AsyncIterator[Reply]:
        """The replies to what was sent, in order, verbatim."""
        pending, self._pending = self._pending, []
        for verb, argument in pending:
            reply = await self._reply(self._terms.times.command)
            self.transaction.answered(verb, argument, reply)
            yield reply

    async def _reply(self, seconds: float) -> Reply:
        try:
            return await self._upstream.reply(seconds)
        except TimeoutError as error:
            raise Unreachable("The mail server does not answer; try again later.", enhanced="4.4.2") from error

    # --- DATA ---

    async def data(self, pieces: AsyncIterator[bytes]) -> Reply:
        """Take a message, whose 354 was given already; the answer to its dot.

        `pieces`: the message, un-stuffed, CRLF lines. They are read to the end whatever happens.
        """
        held = Held(self._terms.budget)
        try:
            reply = await self._data(pieces, held)
        except _Abandoned as abandoned:
            reply = abandoned.reply
        except Unreachable as error:
            reply = await self._broken(error)
        except ConnectionError:
            # The client is gone: there is nobody to answer.
            self._upstream.abort()
            raise
        except Exception as error:  # noqa: BLE001 (the client must get an answer after its dot, whatever went wrong)
            self._upstream.abort()
            _log.error("a message could not be sealed: %s", type(error).__name__)
            reply = replies.INTERNAL
        finally:
            await held.release()
        async for _ in pieces:
            # Most clients look at no reply before their dot: read on to it.
            continue
        self.transaction.reset()
        return reply

    async def _broken(self, error: Unreachable) -> Reply:
        parting = await self._upstream.parting()
        if parting is not None and not parting.positive and parting.code != 354:
            return parting
        return replies.own(451, error.enhanced, error.text)

    async def _data(self, pieces: AsyncIterator[bytes], held: Held) -> Reply:
        prefix = await self._prefix(pieces)
        envelope = self._envelope()
        plan = await self._terms.pool.call(self._terms.begin, envelope, prefix.octets, not prefix.ready)
        if isinstance(plan, Refused):
            _log.info("refused: %d %s", plan.code, plan.enhanced)
            await self._quietly(b"RSET")
            return replies.own(plan.code, plan.enhanced, plan.text)
        await self._check_size(plan, prefix)
        await self._check_copies(plan, prefix)
        first, *others = plan.groups
        recipients = tuple(self.transaction.recipients)
        sender = self.transaction.sender
        whole = len(first.recipients) == len(recipients)
        if not whole:
            await self._address(sender, recipients, first)
        message = Chain(prefix.octets, pieces)
        if others:
            message = Chain(b"", held.keeping(message))
        small = not prefix.ready and len(prefix.octets) <= PIECE
        answers = [(first, await self._send(plan, first, message, small=small))]
        answers += [(g, await self._again(plan, g, sender, recipients, held, small=small)) for g in others]
        return _answer(answers, recipients)

    async def _prefix(self, pieces: AsyncIterator[bytes]) -> Prefix:
        prefix = Prefix()
        async for piece in pieces:
            prefix.feed(piece)
            if prefix.ready:
                break
        if prefix.too_long:
            await self._quietly(b"RSET")
            raise _Abandoned(replies.HEADER_TOO_LONG)
        return prefix

    def _envelope(self) -> Envelope:
        sender = self.transaction.sender
        return Envelope(
            provider=self._terms.provider,
            login=self.login,
            reverse_path=sender.path if sender else b"",
            recipients=tuple(r.path for r in self.transaction.recipients),
        )

    async def _check_size(self, plan: Plan, prefix: Prefix) -> None:
        limit = extensions.size_limit(self._upstream.keywords)
        size = len(prefix.octets) if not prefix.ready else self.transaction.stated_size
        bound = None if size is None else plan.bound(size)
        if limit is not None and bound is not None and bound > limit:
            await self._quietly(b"RSET")
            raise _Abandoned(replies.too_big(limit))

    async def _check_copies(self, plan: Plan, prefix: Prefix) -> None:
        # The first copy streams; the others follow behind the dot.
        copies = len(plan.groups) - 1
        size = self.transaction.stated_size or len(prefix.octets)
        seconds = self._rate.seconds(copies * (plan.bound(size) or size))
        refusal = None
        blind = sum(group.blind for group in plan.groups)
        if blind > self._terms.bcc_copies:
            refusal = replies.too_many_copies(blind, self._terms.bcc_copies)
        elif seconds is not None and seconds > MOST_COPY_SECONDS:
            refusal = replies.too_slow(copies, seconds)
        if refusal is not None:
            await self._quietly(b"RSET")
            raise _Abandoned(refusal)

    async def _quietly(self, line: bytes) -> None:
        """A command of ours whose reply the client does not see; where the ISP has gone it is not needed."""
        if self._upstream.usable:
            with contextlib.suppress(Unreachable):
                await self._upstream.command(line)

    # --- one group ---

    async def _address(self, sender: Argument | None, recipients: Sequence[Argument], group: Group) -> None:
        """The envelope anew, for one group alone."""
        if sender is None:
            raise _Abandoned(replies.NO_RECIPIENT)
        known = self._upstream.keywords
        lines = [b"MAIL " + sender.line(b"FROM", known)]
        lines += [b"RCPT " + recipients[i].line(b"TO", known) for i in group.recipients]
        await self._quietly(b"RSET")
        for line in lines:
            reply = await self._upstream.command(line)
            if not reply.positive:
                await self._quietly(b"RSET")
                raise _Abandoned(reply)

    async def _again(
        self,
        plan: Plan,
        group: Group,
        sender: Argument | None,
        recipients: Sequence[Argument],
        held: Held,
        *,
        small: bool,
    ) -> Reply:
        """A further group, from memory; its failure is its own."""
        try:
            await self._address(sender, recipients, group)
            return await self._send(plan, group, held.again(), small=small)
        except _Abandoned as abandoned:
            return abandoned.reply
        except Unreachable as error:
            return await self._broken(error)
        except Exception as error:  # noqa: BLE001 (the copies before have gone: who has one must be said)
            self._upstream.abort()
            _log.error("a copy could not be sealed: %s", type(error).__name__)
            return replies.INTERNAL

    async def _send(self, plan: Plan, group: Group, message: AsyncIterator[bytes], *, small: bool) -> Reply:
        reply = await self._upstream.command(b"DATA", self._terms.times.data)
        if reply.code != 354:
            await self._quietly(b"RSET")
            raise _Abandoned(reply if not reply.positive else replies.UPSTREAM_LOST)
        started = time.monotonic()
        count = await self._stream(_Sealing(plan, group), message, small=small)
        answer = await self._dot()
        if answer.positive:
            plan.accepted(group)
        self._rate.measured(count, time.monotonic() - started)
        _log.info("%s; recipients: %d, octets: %d, answer: %d", plan.done, len(group.recipients), count, answer.code)
        return answer

    async def _stream(self, sealer: Sealer, message: AsyncIterator[bytes], *, small: bool) -> int:
        """Body → seal → ISP, with back-pressure; the octets sent, for the ISP's limit."""
        limit = extensions.size_limit(self._upstream.keywords)
        stuffer = Stuffer()
        count = 0
        try:
            async for sealed, last in self._sealed(sealer, message, small=small):
                count += len(sealed)
                stuffed = stuffer.feed(sealed) + (stuffer.finish() if last else b"")
                await self._write(stuffed, count, limit)
        except BaseException as error:
            # Whatever it was, cancellation too: the dot must not follow.
            if not isinstance(error, Unreachable):
                self._upstream.abort()
            if isinstance(error, PeerError) and not isinstance(error, Unreachable):
                raise _Abandoned(replies.own(error.code, error.enhanced, error.text)) from error
            raise
        return count

    async def _sealed(
        self, sealer: Sealer, message: AsyncIterator[bytes], *, small: bool
    ) -> AsyncIterator[tuple[bytes, bool]]:
        """What the pool makes of a message: octets that may leave, and whether they are the last."""
        call = self._terms.pool.call
        if small:
            # Going to the pool and back costs as much as sealing a few lines: once is enough.
            octets = b"".join([piece async for piece in message])
            yield await call(lambda: sealer.feed(octets) + sealer.finish()), True
            return
        async for piece in message:
            for start in range(0, len(piece), PIECE):
                yield await call(sealer.feed, piece[start : start + PIECE]), False
        yield await call(sealer.finish), True

    async def _write(self, octets: bytes, count: int, limit: int | None) -> None:
        if limit is not None and count > limit:
            self._upstream.abort()
            raise _Abandoned(replies.too_big(limit))
        if octets:
            await self._upstream.write(octets)

    async def _dot(self) -> Reply:
        """The ISP's answer to the dot, or that nobody knows it (RFC 1047)."""
        times = self._terms.times
        try:
            return await self._upstream.reply(times.dot)
        except TimeoutError:
            self._upstream.abort()
            return replies.IN_DOUBT
        except Unreachable:
            return replies.LOST_AFTER_DOT


class _Sealing:
    """A group's sealer, made with its first octets: its public-key arithmetic belongs into the pool too."""

    def __init__(self, plan: Plan, group: Group) -> None:
        self._plan = plan
        self._group = group
        self._sealer: Sealer | None = None

    def feed(self, octets: bytes) -> bytes:
        """See `Sealer.feed`."""
        if self._sealer is None:
            self._sealer = self._plan.sealer(self._group)
        return self._sealer.feed(octets)

    def finish(self) -> bytes:
        """See `Sealer.finish`."""
        return self.feed(b"") + (self._sealer.finish() if self._sealer else b"")


def _answer(answers: Sequence[tuple[Group, Reply]], recipients: Sequence[Argument]) -> Reply:
    """One answer to the dot for all groups."""
    failed = [(g, r) for g, r in answers if not r.positive]
    if not failed:
        return answers[-1][1]
    if len(failed) == len(answers):
        return failed[0][1]
    have = _names([g for g, r in answers if r.positive], recipients)
    lacking = _names([g for g, _ in failed], recipients)
    first = failed[0][1]
    why = first.lines[-1][4:].decode("utf-8", "replace").rstrip(".")
    text = f"Sent to {have}, but not to {lacking}: {why}. Send it again to the latter only."
    # The first two digits of what the ISP said: 4xx where trying again helps.
    return replies.own(451 if first.code < 500 else 554, "4.5.0" if first.code < 500 else "5.5.0", text)


def _names(groups: Sequence[Group], recipients: Sequence[Argument]) -> str:
    names = [recipients[i].path.decode("utf-8", "replace") for g in groups for i in g.recipients]
    shown = ", ".join(names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"
