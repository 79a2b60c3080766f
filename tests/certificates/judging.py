"""Every case as Ithaca judges it, and the few words in which it is compared with other programs."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from certificates.case import NOW
from certificates.corpus import FOLDER, Read
from ithaca.errors import Error, OpenPGPError
from ithaca.openpgp import cleartext, decryption, secret_key, signed_message
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.openpgp.signer import DetachedSigner
from ithaca.openpgp.verification import Surroundings, signature_bodies, verify_detached, verify_pieces
from ithaca.work import run
from openpgp.raw_secret import PASSPHRASE

ENGINE = PgpyEngine()


@dataclass(frozen=True)
class Judged:
    """What Ithaca says."""

    state: str
    reason: str = ""
    keys: tuple[str, ...] = ()
    """Fingerprints that are encrypted to."""
    user_ids: tuple[str, ...] = ()


def judge(case: Read) -> Judged:
    """One case, at `NOW`."""
    try:
        return _KINDS[case.kind](case)
    except OpenPGPError as error:
        return Judged("malformed", str(error))


def _certificate(case: Read) -> Judged:
    others = [Certificate.parse(octets, ENGINE) for octets in case.others]
    found = Certificate.parse(case.certificate, ENGINE, revokers=_lookup(others))
    refused = found.encryption_refused(NOW)
    keys = tuple(key.fingerprint for key in found.encryption_keys(NOW))
    return Judged("refused" if refused else "usable", refused or "", keys, found.user_ids_at(NOW))


def _lookup(certificates: Sequence[Certificate]):
    return lambda name: [one for one in certificates if name in one.names()]


def _known(case: Read):
    return _lookup([Certificate.parse(octets, ENGINE) for octets in (case.certificate, *case.others)])


def _said(signatures, *first: str) -> Judged:
    states = " ".join((*first, *(s.state.value for s in signatures)))
    return Judged(states, " / ".join(s.reason for s in signatures))


def _signature(case: Read) -> Judged:
    return _said(run(verify_detached(case.document, case.octets, engine=ENGINE, lookup=_known(case), now=NOW)))


def _message(case: Read) -> Judged:
    read = decryption.pieces_of(case.octets)
    around = Surroundings(ENGINE, _known(case), NOW)
    return _said(run(signed_message.read_message(read, around, spool=io.BytesIO())).signatures)


def _cleartext(case: Read) -> Judged:
    found = cleartext.parse(case.octets)
    around = Surroundings(ENGINE, _known(case), NOW)
    return _said(run(verify_pieces(found.hashed(), signature_bodies(found.signatures), around)))


def _key(case: Read) -> Judged:
    """Can it sign?"""
    try:
        secret = secret_key.unlock(case.octets, PASSPHRASE, ENGINE).signing(NOW)
        signer = DetachedSigner(secret, engine=ENGINE, created=NOW, random=bytes)
        signer.feed(case.document)
        signer.finish_binary()
    except Error as error:
        return Judged("refused", str(error))
    return Judged("signs")


def _encrypted(case: Read) -> Judged:
    keys = [secret_key.unlock((FOLDER / name).read_bytes(), None, ENGINE) for name in ("bob.key", "sixtus.key")]
    secrets = [part for key in keys for part in key.decrypting()]
    own = frozenset(key.fingerprint for key in keys)
    opened = run(decryption.decrypt(case.octets, secrets, engine=ENGINE, lookup=_known(case), now=NOW, own=own))
    return _said(opened.signatures, "opened")


_KINDS = {
    "certificate": _certificate,
    "signature": _signature,
    "message": _message,
    "cleartext": _cleartext,
    "encrypted": _encrypted,
    "key": _key,
}


def in_short(case: Read) -> str:
    """The expected result in the words that every program's result is told in."""
    goods = case.state.split().count("good")
    if case.kind == "certificate":
        return "usable" if case.state == "usable" else "refused"
    if case.kind == "key":
        return signs(does=case.state == "signs")
    return told(goods, is_open=None if case.kind != "encrypted" else case.state.startswith("opened"))


def signs(*, does: bool) -> str:
    """A secret key."""
    return "signs" if does else "refused"


def told(goods: int, *, is_open: bool | None = None) -> str:
    """`goods` signatures are good; `is_open`: the message opens, None: it was not encrypted."""
    words = [] if is_open is None else ["opens" if is_open else "refused"]
    words += ["good"] * goods if is_open is not False else []
    return " ".join(words) or "none good"
