"""The corpus as files: written from the cases, read back for judging.

The law of this file: nothing here is random, so that the same cases give the same octets at every run.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from messages import (
    autocrypt,
    efail,
    eye,
    further,
    header_protection,
    inline,
    learning,
    mangled,
    oracle,
    packets_sealed,
    packets_signed,
    peers,
    pgpmime,
    plain,
    protected_headers,
    rows,
    transport,
    who,
    wrong_text,
)
from messages.case import Case
from messages.holders import CERTIFICATES

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "cases"
KEYS = HERE / "keys"
PAGE = HERE / "README.md"
_MODULES = (
    plain,
    pgpmime,
    inline,
    protected_headers,
    autocrypt,
    mangled,
    efail,
    oracle,
    wrong_text,
    who,
    eye,
    packets_sealed,
    packets_signed,
    header_protection,
    learning,
    transport,
    peers,
    further,
)
"""In the order of their numbers: later ones at the end, so that no message gets another number."""


def cases() -> list[Case]:
    """All of them, in the order of their numbers."""
    found = [case for module in _MODULES for case in module.cases()]
    assert len({case.slug for case in found}) == len(found), "two messages of one name"
    return found


def files() -> dict[Path, bytes]:
    """Every file of the corpus."""
    made = {KEYS / f"{name}.cert": octets for name, octets in CERTIFICATES.items()}
    named = []
    for number, case in enumerate(cases(), 1):
        name = f"{number:03}-{case.slug}"
        named.append((name, case))
        made[FOLDER / f"{name}.eml"] = case.octets
        stated = {"group": case.group, **({"given": case.given} if case.given else {}), **case.wanted}
        made[FOLDER / f"{name}.verdict.json"] = json.dumps(stated, indent=1, ensure_ascii=True).encode() + b"\n"
        made[FOLDER / f"{name}.readme"] = case.readme.encode()
    made[PAGE] = rows.page(named).encode()
    return made


@dataclass(frozen=True)
class Read:
    """One message as the folder holds it."""

    name: str
    octets: bytes
    wanted: dict[str, Any]

    @property
    def given(self) -> dict[str, Any]:
        """What Bob's Ithaca knows, where that is not the usual."""
        found: dict[str, Any] = self.wanted.get("given", {})
        return found


def read() -> list[Read]:
    """Everything in the folder, and in ``private`` beside it, which Git does not see."""
    paths = sorted(FOLDER.glob("*.eml")) + sorted((HERE / "private").glob("*.eml"))
    return [Read(p.stem, p.read_bytes(), json.loads(p.with_suffix(".verdict.json").read_text())) for p in paths]


def certificate(name: str) -> bytes:
    """One of ``keys/``."""
    return (KEYS / f"{name}.cert").read_bytes()
