"""Sequoia by way of pysequoia: one request as JSON on standard input, one answer as JSON on standard output.

The law of this file: it is a program of its own, started anew for each request, so that a panic of the library ends
nothing else. Octets are base64. It answers ``{"failed": words}`` where the library refuses, ``{"unsaid": words}`` where it
has no way to be told.
"""

import base64
import json
import sys
from importlib.metadata import version

import pysequoia
from pysequoia import Cert, CipherSuite, Profile, Sig, SignatureMode, Tsk

_SUITES = {"v6 Ed25519": CipherSuite.Cv25519, "v6 Ed448": CipherSuite.Cv448}
_MODES = {"inline": SignatureMode.INLINE, "detached": SignatureMode.DETACHED, "cleartext": SignatureMode.CLEAR}


class Unsaid(Exception):
    """The library has no parameter for this."""


def _version(_request):
    return {"version": f"pysequoia {version('pysequoia')}"}


def _generate(request):
    if request["password"] is not None:
        raise Unsaid("Tsk.generate has no password, and nothing else sets one")
    suite = _SUITES[request["kind"]]
    made = Tsk.generate("Peer <peer@peers.example>", profile=Profile.RFC9580, cipher_suite=suite)
    return {"octets": str(made).encode()}


def _certificate(request):
    return {"octets": str(Tsk.from_bytes(request["secret"]).extract_certificate()).encode()}


def _encrypt(request):
    for name in ("hidden", "compression", "aead"):
        if request[name]:
            raise Unsaid(f"encrypt has no parameter for {name}")
    signer = Tsk.from_bytes(request["secret"]).signer(_text(request["unlocking"])) if request["secret"] else None
    to = [Cert.from_bytes(c) for c in request["to"]]
    passwords = [_text(request["password"])] if request["password"] is not None else []
    return {"octets": pysequoia.encrypt(request["octets"], to, signer, passwords)}


def _decrypt(request):
    known = {"store": _store(request["signer"])} if request["signer"] else {}
    if request["password"] is not None:
        done = pysequoia.decrypt(request["octets"], passwords=[_text(request["password"])], **known)
    else:
        key = Tsk.from_bytes(request["secret"]).decryptor(_text(request["unlocking"]))
        done = pysequoia.decrypt(request["octets"], key, **known)
    return {"octets": done.bytes, "signers": _signers(done)}


def _sign(request):
    signer = Tsk.from_bytes(request["secret"]).signer(_text(request["unlocking"]))
    return {"octets": pysequoia.sign(signer, request["octets"], mode=_MODES[request["form"]])}


def _verify(request):
    store = _store(request["signer"])
    if request["document"] is None:
        done = pysequoia.verify(request["octets"], store)
        return {"octets": done.bytes, "signers": _signers(done)}
    done = pysequoia.verify(request["document"], store, signature=Sig.from_bytes(request["octets"]))
    return {"octets": request["document"], "signers": _signers(done)}


def _store(certificate):
    return lambda _ids: [Cert.from_bytes(certificate)]


def _signers(done):
    return [s.certificate.upper() for s in done.valid_sigs]


def _text(password):
    return None if password is None else password.decode()


_REQUESTS = {
    "version": _version,
    "generate": _generate,
    "certificate": _certificate,
    "encrypt": _encrypt,
    "decrypt": _decrypt,
    "sign": _sign,
    "verify": _verify,
}


def _plain(value):
    """JSON back to octets: every string but the few that are words."""
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return base64.b64decode(value) if isinstance(value, str) else value


def _answer(request):
    words = {"do", "kind", "form", "compression", "aead"}
    asked = {k: v if k in words else _plain(v) for k, v in request.items()}
    try:
        answer = _REQUESTS[request["do"]](asked)
    except Unsaid as unsaid:
        return {"unsaid": str(unsaid)}
    except Exception as failed:  # noqa: BLE001 (whatever the library raises)
        return {"failed": f"{type(failed).__name__}: {failed}"}
    return {k: base64.b64encode(v).decode() if isinstance(v, bytes) else v for k, v in answer.items()}


if __name__ == "__main__":
    json.dump(_answer(json.load(sys.stdin)), sys.stdout)
