"""The manifest of a corpus folder: `manifest.json` → frozen records; its fields are explained in README.md.

The law of this file: nothing that the manifest says is passed over in silence; a field that is not known here is
kept by name, since it may state something that ought to be checked.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

VARIABLE = "ITHACA_CORPUS"
FILE = "manifest.json"
_FOR_PEOPLE = {"source_of_expectation", "derived_file", "licence", "variant"}
"""About where a case comes from: nothing to check."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a case is to be opened and verified with."""

    secret: tuple[Path, ...]
    certificates: tuple[Path, ...]
    passphrase: str
    """Of the secret keys; empty where they have none."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """The outcome that a case's own project states. None, or empty: not stated."""

    decrypts: bool | None
    signature: str | None
    subject: str | None
    notes: str = field(repr=False)
    body_contains: tuple[str, ...] = ()
    plaintext_file: Path | None = None
    protected_headers: tuple[tuple[str, str], ...] = ()
    signature_must_not_be_good: bool = False
    policy: bool = False
    deviation: str | None = None

    @property
    def is_stated(self) -> bool:
        """Does it say anything that can be compared?"""
        return self.decrypts is not None or self.states_signature or self.states_text

    @property
    def states_signature(self) -> bool:
        return self.signature is not None or self.signature_must_not_be_good

    @property
    def states_text(self) -> bool:
        return bool(self.subject or self.body_contains or self.plaintext_file or self.protected_headers)


@dataclass(frozen=True, slots=True)
class Case:
    """One message, or one OpenPGP object, with its keys and its stated outcome."""

    id: str
    origin: str
    path: Path
    level: str
    kind: str
    keys: Keys
    expect: Expectation
    requires: tuple[str, ...]
    moment: int | None
    """Seconds since 1970; the stated outcome holds as of then."""
    unknown: tuple[str, ...]
    """Fields that nothing here reads."""


def folder():
    """The corpus folder that the environment names; None where it names none."""
    named = os.environ.get(VARIABLE, "")
    return Path(named).resolve() if named else None


def load(root):
    """Every case of a corpus folder, in the order of its manifest."""
    path = root / FILE
    if not path.is_file():
        raise FileNotFoundError(f"{VARIABLE} names {root}, where there is no {FILE}")
    cases = tuple(_case(root, record) for record in json.loads(path.read_text(encoding="utf-8")))
    names = [case.id for case in cases]
    if len(set(names)) != len(names):
        raise ValueError(f"{path}: the same id stands there twice")
    return cases


def _case(root, record):
    rest = {name: value for name, value in record.items() if name not in _FOR_PEOPLE}
    keys = Keys(
        secret=_paths(root, rest.pop("secret_keys")),
        certificates=_paths(root, rest.pop("certs")),
        passphrase=rest.pop("passphrase") or "",
    )
    case = {
        "id": rest.pop("id"),
        "level": rest.pop("level"),
        "kind": rest.pop("kind"),
        "origin": rest.pop("corpus"),
        "path": root / rest.pop("file"),
        "expect": _expectation(root, expect := rest.pop("expect")),
        "requires": tuple(rest.pop("requires")),
        "moment": rest.pop("reference_time", None),
    }
    unknown = (*rest, *(f"expect.{name}" for name in expect if name not in Expectation.__slots__))
    return Case(keys=keys, unknown=unknown, **case)


def _paths(root, names):
    return tuple(root / name for name in names)


def _expectation(root, record):
    plaintext = record.get("plaintext_file")
    changed = {
        "body_contains": tuple(record.get("body_contains", ())),
        "plaintext_file": root / plaintext if plaintext else None,
        "protected_headers": tuple(record.get("protected_headers", {}).items()),
    }
    known = {name: value for name, value in record.items() if name in Expectation.__slots__}
    return Expectation(**{**known, **changed})
