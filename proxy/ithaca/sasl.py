"""The SASL mechanisms that a relay can carry, and the login that each exchange names (RFC 4422).

The law of this file: exchanges are read, never altered; no credential is kept beyond the exchange, shown in a
`repr`, or raised. The login is the authentication identity as octets; who names another authorization identity has
no login here.
"""

import base64
import binascii
import re
from collections.abc import Iterable

_RELAYED = re.compile(rb"(?:PLAIN|LOGIN|CRAM-MD5|DIGEST-MD5|SCRAM-[A-Z0-9-]+|XOAUTH2|OAUTHBEARER)\Z")
MOST_LINE = 12_288
"""RFC 4954 §4: base64 lines of an exchange may be this long."""


def relayable(mechanism: bytes) -> bool:
    """Can this mechanism pass a relay? What is bound to the TLS channel cannot (``-PLUS``, RFC 5802 §6)."""
    name = mechanism.upper()
    return _RELAYED.match(name) is not None and not name.endswith(b"-PLUS")


def listed(mechanisms: Iterable[bytes], *, local_tls: bool) -> tuple[bytes, ...]:
    """What to offer of the ISP's mechanisms.

    A client on TLS that sees SCRAM without the ``-PLUS`` that the ISP has would, by RFC 5802 §6, say that it saw
    none, and the ISP would take that for an attack: such a SCRAM is not offered.
    """
    offered = list(dict.fromkeys(m.upper() for m in mechanisms))
    bound = {m.removesuffix(b"-PLUS") for m in offered if m.endswith(b"-PLUS")} if local_tls else set()
    return tuple(m for m in offered if relayable(m) and m not in bound)


class Exchange:
    """One AUTH exchange as it passes by."""

    def __init__(self, mechanism: bytes, initial: bytes | None = None) -> None:
        self._mechanism = mechanism.upper()
        self._client: list[bytes] = []
        if initial is not None:
            # RFC 4954 §4: "=" stands for an empty initial response.
            self.client(b"" if initial == b"=" else initial)

    def __repr__(self) -> str:
        return f"<SASL exchange {self._mechanism.decode('ascii', 'replace')}>"

    def client(self, line: bytes) -> None:
        """A response of the client, base64, without its line end."""
        try:
            self._client.append(base64.b64decode(line, validate=True))
        except (binascii.Error, ValueError):
            self._client.append(b"")

    @property
    def login(self) -> bytes | None:
        """The authentication identity; None: nobody that can be read, or somebody who would act as another."""
        read = _READERS.get(self._mechanism.split(b"-")[0] if self._mechanism.startswith(b"SCRAM") else self._mechanism)
        return read(self._client) if read and self._client else None


def _same(authzid: bytes, login: bytes) -> bytes | None:
    # QUIRK: mutt and neomutt send the login as authorization identity, which changes nothing.
    return login if login and authzid in (b"", login) else None


def _plain(lines: list[bytes]) -> bytes | None:
    """RFC 4616 §2: authzid NUL authcid NUL password."""
    parts = lines[-1].split(b"\0")
    return _same(parts[0], parts[1]) if len(parts) == 3 else None


def _login(lines: list[bytes]) -> bytes | None:
    """The user name, then the password; described in no standard, offered everywhere."""
    return lines[0] or None


def _cram_md5(lines: list[bytes]) -> bytes | None:
    """RFC 2195 §2: user name, a blank, a digest of 32 hexadecimal digits."""
    user, blank, digest = lines[-1].rpartition(b" ")
    return user if blank and len(digest) == 32 and user else None


def _digest_md5(lines: list[bytes]) -> bytes | None:
    """RFC 2831 §2.1.2."""
    fields = re.findall(rb'(username|authzid)="((?:[^"\\]|\\.)*)"', lines[0])
    named = {name: re.sub(rb"\\(.)", rb"\1", value) for name, value in fields}
    if len(fields) != len(named) or b"username" not in named:
        return None
    return _same(named.get(b"authzid", b""), named[b"username"])


def _gs2(header: bytes) -> bytes | None:
    """The authzid of a GS2 header (RFC 5801 §4): ``n,a=somebody,``; None: malformed."""
    match = re.match(rb"(?:n|y|p=[A-Za-z0-9.-]+),(?:a=([^,]*))?,", header)
    return None if match is None else _saslname(match.group(1) or b"")


def _saslname(name: bytes) -> bytes:
    return name.replace(b"=2C", b",").replace(b"=3D", b"=")


def _scram(lines: list[bytes]) -> bytes | None:
    """RFC 5802 §7: gs2-header, then ``n=user,r=nonce``."""
    authzid = _gs2(lines[0])
    match = re.match(rb"[^,]*,[^,]*,n=([^,]*),r=", lines[0])
    return None if authzid is None or match is None else _same(authzid, _saslname(match.group(1)))


def _xoauth2(lines: list[bytes]) -> bytes | None:
    """``user=somebody^Aauth=Bearer token^A^A``."""
    fields = [f for f in lines[0].split(b"\x01") if f.startswith(b"user=")]
    return fields[0][5:] or None if len(fields) == 1 else None


def _oauthbearer(lines: list[bytes]) -> bytes | None:
    """RFC 7628 §3.1: the login is the authzid of the GS2 header."""
    return _gs2(lines[0]) or None


_READERS = {
    b"PLAIN": _plain,
    b"LOGIN": _login,
    b"CRAM-MD5": _cram_md5,
    b"DIGEST-MD5": _digest_md5,
    b"SCRAM": _scram,
    b"XOAUTH2": _xoauth2,
    b"OAUTHBEARER": _oauthbearer,
}
