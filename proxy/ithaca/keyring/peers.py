"""What is known of the people of a keyring: how a certificate is tied to an address, and what Autocrypt says.

The law of this file: precedence is by binding (verified > vouched > seen > new), never by source; Autocrypt and gossip
stand below all of them. What a certificate may do for us is never read here: only what was confirmed, seen and used.
"""

import datetime
import enum
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ithaca.address import AddrSpec
from ithaca.keyring.autocrypt import NOTHING, AutocryptState, after_gossip, after_message
from ithaca.state import Bound, Database, Schema, Writer, keyed
from ithaca.verdict import Binding, Fingerprint, Tie

FILE = "peers.sqlite"
MOST_AUTOCRYPT = 5_000
"""Peers of whom an Autocrypt field is remembered; each costs up to 10 KiB, and any stranger can make one."""
MOST_COUNTED = 200_000
"""Letters that are remembered as counted."""
MOST_USED = 100_000
"""Pairs of address and certificate that something was sealed to."""

SCHEMA = Schema(
    "peers",
    (
        (
            "CREATE TABLE bindings (address TEXT NOT NULL, fingerprint TEXT NOT NULL, kind TEXT NOT NULL,"
            " at INTEGER NOT NULL, PRIMARY KEY (address, fingerprint, kind))",
            "CREATE TABLE sources (fingerprint TEXT PRIMARY KEY, source TEXT NOT NULL, at INTEGER NOT NULL)",
            "CREATE TABLE seen (address TEXT NOT NULL, fingerprint TEXT NOT NULL, since INTEGER NOT NULL,"
            " messages INTEGER NOT NULL, PRIMARY KEY (address, fingerprint))",
            "CREATE TABLE counted (message TEXT PRIMARY KEY, at INTEGER NOT NULL)",
            "CREATE TABLE used (address TEXT NOT NULL, fingerprint TEXT NOT NULL, at INTEGER NOT NULL,"
            " PRIMARY KEY (address, fingerprint))",
            "CREATE TABLE autocrypt (address TEXT PRIMARY KEY, last_seen INTEGER, autocrypt_timestamp INTEGER,"
            " fingerprint TEXT, mutual INTEGER NOT NULL, gossip_timestamp INTEGER, gossip_fingerprint TEXT,"
            " ever_mutual INTEGER NOT NULL, at INTEGER NOT NULL)",
            "CREATE TABLE certificates (fingerprint TEXT PRIMARY KEY, octets BLOB NOT NULL, at INTEGER NOT NULL)",
        ),
    ),
    (
        Bound("counted", "at", MOST_COUNTED),
        Bound("used", "at", MOST_USED),
        Bound("autocrypt", "at", MOST_AUTOCRYPT),
        Bound("certificates", "at", 2 * MOST_AUTOCRYPT),
    ),
)


Parse = Callable[[bytes], Fingerprint | None]
"""The fingerprint of a certificate in octets; None: it is none."""


class Source(enum.Enum):
    """How a certificate came into the keyring."""

    IMPORTED = "imported"
    """By the person; a certificate of which nothing is written here, too."""
    FOUND = "found"
    """By a look-up."""


class Rank(enum.IntEnum):
    """How well a certificate is tied to an address; the higher the better."""

    GOSSIP = 0
    AUTOCRYPT = 1
    NEW = 2
    SEEN = 3
    VOUCHED = 4
    VERIFIED = 5


@dataclass(frozen=True, slots=True)
class Peer:
    """What is known of one address; of certificates of which nothing is written here, nothing is said."""

    address: AddrSpec
    verified: frozenset[Fingerprint] = frozenset()
    """Confirmed by the person."""
    vouched: frozenset[Fingerprint] = frozenset()
    """Vouched for by the address's domain."""
    seen: Mapping[Fingerprint, tuple[int, int]] = field(default_factory=dict)
    """Certificate → (time of the first letter that it signed well from here, number of such letters)."""
    used: frozenset[Fingerprint] = frozenset()
    """Those that something was sealed to, and the ISP took it."""
    found: frozenset[Fingerprint] = frozenset()
    """Those of its certificates that came by a look-up and were not imported by the person."""
    imported: frozenset[Fingerprint] = frozenset()
    """Those that the person has put into the keyring, and not taken out."""
    autocrypt: AutocryptState = NOTHING

    @property
    def served(self) -> frozenset[Fingerprint]:
        """Those that served by themselves, or may have: where none is left, one was lost."""
        return self.used | self.verified | self.vouched | self.imported | self.seen.keys()

    def rank(self, fingerprint: Fingerprint) -> Rank:
        """Of a certificate that stands in the keyring."""
        if fingerprint in self.verified:
            return Rank.VERIFIED
        if fingerprint in self.vouched:
            return Rank.VOUCHED
        return Rank.SEEN if fingerprint in self.seen else Rank.NEW


_BINDINGS = {
    Rank.VERIFIED: Binding.VERIFIED,
    Rank.VOUCHED: Binding.VOUCHED,
    Rank.SEEN: Binding.SEEN,
}


def tie(peer: Peer, signer: Fingerprint, live: Iterable[Fingerprint]) -> Tie:
    """How `signer` is tied to the peer's address; `live`: certificates that stand for it in the keyring, now.

    A rival is a conflict only if it is tied as well or better: a stranger's certificate spoils nobody's.
    """
    own = peer.rank(signer)
    since, messages = peer.seen.get(signer, (None, 0))
    moment = None if since is None else datetime.datetime.fromtimestamp(since, datetime.UTC)
    if any(peer.rank(rival) >= own for rival in live if rival != signer):
        return Tie(Binding.CONFLICT, moment, messages)
    return Tie(_BINDINGS.get(own, Binding.NEW), moment, messages)


def united(peers: Sequence[Peer], address: AddrSpec) -> Peer:
    """What several keyrings know of one address, put together."""
    if len(peers) == 1:
        return peers[0]
    return Peer(
        address,
        verified=frozenset().union(*(p.verified for p in peers)),
        vouched=frozenset().union(*(p.vouched for p in peers)),
        seen={f: seen for p in peers for f, seen in p.seen.items()},
        used=frozenset().union(*(p.used for p in peers)),
        found=frozenset().union(*(p.found for p in peers)),
        imported=frozenset().union(*(p.imported for p in peers)),
        autocrypt=next((p.autocrypt for p in peers if p.autocrypt != NOTHING), NOTHING),
    )


class Peers:
    """The file ``peers.sqlite`` of one keyring. Safe to use from several threads."""

    def __init__(self, keyring: Path, key: bytes) -> None:
        """`key`: the installation key, for digests of Message-IDs."""
        self.database = Database(keyring / FILE, SCHEMA)
        self._key = key

    # --- reading ---

    def peer(self, address: AddrSpec, *, apart_from: bytes | None = None) -> Peer:
        """What is known of an address, as it was before the letter of the Message-ID `apart_from` was counted.

        Raises `StateError`.
        """
        read = self.database.read
        bindings = read("SELECT kind, fingerprint FROM bindings WHERE address = ?", address)
        rows = read("SELECT fingerprint, since, messages FROM seen WHERE address = ?", address)
        used = read("SELECT fingerprint FROM used WHERE address = ?", address)
        found = read("SELECT fingerprint FROM sources WHERE source = ?", Source.FOUND.value)

        def counted(fingerprint: Fingerprint) -> int:
            """A letter that is fetched again says nothing for itself."""
            if apart_from is None:
                return 0
            digest = self._counted(address, fingerprint, apart_from)
            return len(read("SELECT 1 FROM counted WHERE message = ?", digest))

        return Peer(
            address,
            verified=frozenset(Fingerprint(f) for kind, f in bindings if kind == Binding.VERIFIED.value),
            vouched=frozenset(Fingerprint(f) for kind, f in bindings if kind == Binding.VOUCHED.value),
            seen={Fingerprint(f): (since, n) for f, since, messages in rows if (n := messages - counted(f)) > 0},
            used=frozenset(Fingerprint(f) for (f,) in used),
            found=frozenset(Fingerprint(f) for (f,) in found),
            imported=frozenset(Fingerprint(f) for kind, f in bindings if kind == Source.IMPORTED.value),
            autocrypt=_state(read(_SELECT_STATE, address)),
        )

    def addresses(self) -> tuple[AddrSpec, ...]:
        """Every address of which something is known, sorted. Raises `StateError`."""
        rows = self.database.read(
            "SELECT address FROM bindings UNION SELECT address FROM seen UNION SELECT address FROM used"
            " UNION SELECT address FROM autocrypt"
        )
        return tuple(sorted(AddrSpec(a) for (a,) in rows))

    def certificate(self, fingerprint: Fingerprint) -> bytes | None:
        """The octets of a certificate that came by Autocrypt or gossip. Raises `StateError`."""
        rows = self.database.read("SELECT octets FROM certificates WHERE fingerprint = ?", fingerprint)
        return bytes(rows[0][0]) if rows else None

    # --- what the person says ---

    def verify(self, address: AddrSpec, fingerprint: Fingerprint, now: int) -> None:
        """The person has confirmed that this certificate is the one of this address, and no other one is."""

        def write(w: Writer) -> None:
            w("DELETE FROM bindings WHERE address = ? AND kind = ?", address, Binding.VERIFIED.value)
            _bind(w, address, fingerprint, Binding.VERIFIED.value, now)
            _source(w, fingerprint, Source.IMPORTED, now)

        self.database.write(write)

    def imported(self, fingerprint: Fingerprint, addresses: Collection[AddrSpec], now: int) -> None:
        """The person has put this certificate, which carries these addresses, into the keyring."""

        def write(w: Writer) -> None:
            _source(w, fingerprint, Source.IMPORTED, now)
            for address in addresses:
                _bind(w, address, fingerprint, Source.IMPORTED.value, now)

        self.database.write(write)

    def removed(self, fingerprint: Fingerprint) -> None:
        """The person has taken this certificate out; what was sealed to it stays remembered."""

        def write(w: Writer) -> None:
            for table in ("bindings", "sources", "seen"):
                w(f"DELETE FROM {table} WHERE fingerprint = ?", fingerprint)  # noqa: S608 (names of our own)

        self.database.write(write)

    # --- what letters teach ---

    def signed(self, address: AddrSpec, fingerprint: Fingerprint, message_id: bytes, when: int) -> None:
        """A letter from this address was well signed by this certificate; each Message-ID counts once."""
        digest = self._counted(address, fingerprint, message_id)

        def write(w: Writer) -> None:
            if not w("INSERT INTO counted (message, at) VALUES (?, ?) ON CONFLICT DO NOTHING", digest, when):
                return
            w(
                "INSERT INTO seen (address, fingerprint, since, messages) VALUES (?, ?, ?, 1) "
                "ON CONFLICT (address, fingerprint) DO UPDATE SET messages = seen.messages + 1",
                address,
                fingerprint,
                when,
            )

        self.database.write(write)

    def _counted(self, address: AddrSpec, fingerprint: Fingerprint, message_id: bytes) -> str:
        return keyed(self._key, b"counted", address.encode(), fingerprint.encode(), message_id)

    def message(
        self, address: AddrSpec, date: int, keydata: bytes | None, mutual: bool, *, parse: Parse, now: int
    ) -> None:
        """A message of this address, for Autocrypt; `keydata`: of its one valid field.

        `parse` is called in the writer's thread: opening a letter does not wait for a certificate to be judged.
        """

        def write(w: Writer) -> None:
            before = _state(w.read(_SELECT_STATE, address))
            key = None if keydata is None else _named(w, keydata, before.key, parse)
            if key is None and before == NOTHING:
                # Of who never sent a field nothing need be remembered.
                return
            after = after_message(before, date, key and key[0], mutual)
            _keep(w, address, before, after, key=key, now=now)

        self.database.write(write)

    def gossip(self, address: AddrSpec, date: int, keydata: bytes, *, parse: Parse, now: int) -> None:
        """Somebody else's sealed letter named a key of this address."""

        def write(w: Writer) -> None:
            before = _state(w.read(_SELECT_STATE, address))
            key = _named(w, keydata, before.gossip_key, parse)
            if key is not None:
                _keep(w, address, before, after_gossip(before, date, key[0]), key=key, now=now)

        self.database.write(write)

    # --- what was sent ---

    def sealed_to(self, pairs: Collection[tuple[AddrSpec, Fingerprint]], now: int) -> None:
        """The ISP has taken a message that was sealed to these."""

        def write(w: Writer) -> None:
            for address, fingerprint in pairs:
                w(
                    "INSERT INTO used (address, fingerprint, at) VALUES (?, ?, ?) "
                    "ON CONFLICT (address, fingerprint) DO UPDATE SET at = excluded.at",
                    address,
                    fingerprint,
                    now,
                )
                w("UPDATE certificates SET at = ? WHERE fingerprint = ?", now, fingerprint)
                w("UPDATE autocrypt SET at = ? WHERE address = ?", now, address)

        self.database.write(write)

    def settle(self) -> None:
        """Wait until everything is kept. Raises `StateError`."""
        self.database.settle()

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()


def _named(w: Writer, keydata: bytes, before: Fingerprint | None, parse: Parse) -> tuple[Fingerprint, bytes] | None:
    """A key with its fingerprint; the one that is there already need not be looked at again."""
    if before is not None:
        rows = w.read("SELECT octets FROM certificates WHERE fingerprint = ?", before)
        if rows and bytes(rows[0][0]) == keydata:
            return before, keydata
    fingerprint = parse(keydata)
    return None if fingerprint is None else (fingerprint, keydata)


_SELECT_STATE = (
    "SELECT last_seen, autocrypt_timestamp, fingerprint, mutual, gossip_timestamp, gossip_fingerprint, ever_mutual "
    "FROM autocrypt WHERE address = ?"
)


def _state(rows: list[tuple[int, int, str, int, int, str, int]]) -> AutocryptState:
    if not rows:
        return NOTHING
    seen, timestamp, key, mutual, gossip_timestamp, gossip_key, ever = rows[0]
    return AutocryptState(
        seen,
        timestamp,
        Fingerprint(key) if key else None,
        bool(mutual),
        gossip_timestamp,
        Fingerprint(gossip_key) if gossip_key else None,
        bool(ever),
    )


def _keep(
    w: Writer,
    address: AddrSpec,
    before: AutocryptState,
    after: AutocryptState,
    *,
    key: tuple[Fingerprint, bytes] | None,
    now: int,
) -> None:
    if before == after:
        return
    w("DELETE FROM autocrypt WHERE address = ?", address)
    w(
        "INSERT INTO autocrypt (address, last_seen, autocrypt_timestamp, fingerprint, mutual, gossip_timestamp,"
        " gossip_fingerprint, ever_mutual, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        address,
        after.last_seen,
        after.timestamp,
        after.key,
        int(after.mutual),
        after.gossip_timestamp,
        after.gossip_key,
        int(after.ever_mutual),
        now,
    )
    if key is not None:
        # The last form of a certificate is the one that counts: an expiry may have been moved.
        w(
            "INSERT INTO certificates (fingerprint, octets, at) VALUES (?, ?, ?) "
            "ON CONFLICT (fingerprint) DO UPDATE SET octets = excluded.octets, at = excluded.at",
            key[0],
            key[1],
            now,
        )


def _bind(w: Writer, address: AddrSpec, fingerprint: Fingerprint, kind: str, now: int) -> None:
    w(
        "INSERT INTO bindings (address, fingerprint, kind, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        address,
        fingerprint,
        kind,
        now,
    )


def _source(w: Writer, fingerprint: Fingerprint, source: Source, now: int) -> None:
    w(
        "INSERT INTO sources (fingerprint, source, at) VALUES (?, ?, ?) "
        "ON CONFLICT (fingerprint) DO UPDATE SET source = excluded.source, at = excluded.at",
        fingerprint,
        source.value,
        now,
    )
