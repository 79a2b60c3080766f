"""The corpus as files: written from the cases, read back for judging.

The law of this file: nothing here is random, so that the same cases give the same octets at every run.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from certificates import (
    ciphers,
    cleartexts,
    components,
    documents,
    encrypted,
    framing,
    further,
    lifetimes,
    own_keys,
    revocations,
    self_signatures,
    sessions,
    signed_messages,
    signers,
    subkeys,
    times,
    user_ids,
    weak_keys,
)
from certificates.case import DOCUMENT, Case
from certificates.people import ALICE, BOB, SIXTUS, secret_key

FOLDER = Path(__file__).resolve().parent / "cases"
_SUFFIXES = {"signature": ".sig", "message": ".msg", "encrypted": ".pgp", "key": ".key", "cleartext": ".asc"}
_MODULES = (
    user_ids,
    self_signatures,
    subkeys,
    revocations,
    weak_keys,
    framing,
    signers,
    documents,
    times,
    signed_messages,
    encrypted,
    sessions,
    lifetimes,
    components,
    ciphers,
    own_keys,
    cleartexts,
    further,
)
"""In the order of their numbers: new ones at the end, so that no case gets another number."""
_SHARED = {
    "alice.cert": ALICE.sound,
    "bob.key": secret_key(BOB),
    "sixtus.key": secret_key(SIXTUS),
    "document.txt": DOCUMENT,
}


def cases() -> list[Case]:
    """All of them, in the order of their numbers."""
    return [case for module in _MODULES for case in module.cases()]


def files() -> dict[str, bytes]:
    """Every file of the corpus by its name."""
    made = dict(_SHARED)
    for number, case in enumerate(cases(), 1):
        made.update(_files(f"{number:03}-{case.slug}", case))
    return made


def _files(name: str, case: Case) -> dict[str, bytes]:
    made = {name + ".readme": case.readme.encode() + b" (" + case.row.encode() + b")\n"}
    expected: dict[str, object] = {"kind": case.kind, "row": case.row, "state": case.state, "reason": case.reason}
    if case.kind == "certificate":
        expected["keys"] = [key.hex().upper() for key in case.keys]
        if case.user_ids is not None:
            expected["user_ids"] = [user_id.decode() for user_id in case.user_ids]
    else:
        made[name + _SUFFIXES[case.kind]] = case.octets
    if case.kind == "certificate" or case.certificate != ALICE.sound:
        made[name + ".cert"] = case.certificate
    for number, other in enumerate(case.others, 1):
        made[f"{name}.other{number}.cert"] = other
    if case.kind == "signature" and case.document != DOCUMENT:
        made[name + ".document"] = case.document
    made[name + ".expected"] = json.dumps(expected, indent=1).encode() + b"\n"
    return made


@dataclass(frozen=True)
class Read:
    """One case as its files have it."""

    name: str
    kind: str
    row: str
    state: str
    reason: str
    keys: tuple[str, ...]
    user_ids: tuple[str, ...] | None
    readme: str
    certificate: bytes
    octets: bytes
    document: bytes
    others: tuple[bytes, ...]

    def __str__(self) -> str:
        return self.name


def read() -> list[Read]:
    """The corpus as it lies in its folder."""
    return [_read(path.name.removesuffix(".expected")) for path in sorted(FOLDER.glob("*.expected"))]


def _read(name: str) -> Read:
    expected = json.loads((FOLDER / f"{name}.expected").read_bytes())
    suffix = _SUFFIXES.get(expected["kind"])
    return Read(
        name,
        expected["kind"],
        expected["row"],
        expected["state"],
        expected["reason"],
        tuple(expected.get("keys", ())),
        tuple(expected["user_ids"]) if "user_ids" in expected else None,
        (FOLDER / f"{name}.readme").read_text().strip(),
        _octets(f"{name}.cert", "alice.cert"),
        (FOLDER / (name + suffix)).read_bytes() if suffix else b"",
        _octets(f"{name}.document", "document.txt"),
        tuple(path.read_bytes() for path in sorted(FOLDER.glob(f"{name}.other*.cert"))),
    )


def _octets(name: str, otherwise: str) -> bytes:
    path = FOLDER / name
    return (path if path.exists() else FOLDER / otherwise).read_bytes()
