"""README.md of the corpus: the cases, what comes of them, and why programs disagree.

The law of this file: the page holds nothing that differs from run to run.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from certificates.corpus import Read
from certificates.judging import in_short
from certificates.peers import PROGRAMS

HERE = Path(__file__).resolve().parent
PAGE = HERE / "README.md"

_HEAD = """\
# Validity corpus

Hostile and odd certificates, signatures and messages, each with the result that must come of it. All of it was built here, by
`tests/openpgp/raw.py` and `raw_message.py`, which share no code with the package; the keys are of our own making, from their
owners' names, and worth nothing elsewhere. `python -m certificates`, in `tests`, writes the same files again.

In `cases`: `NNN-name.readme` says what it is, in brackets the attack that it belongs to; `.cert` is the certificate (`alice.cert`
where there is none), `.other1.cert` another one that is known, `.sig` a detached signature of `document.txt` (or of
`.document`), `.msg` a signed message, `.pgp` one encrypted to `bob.key` or `sixtus.key`. `.expected` holds the kind, the state
and part of the reason that Ithaca must come to as of 2025-10-09, and for a certificate the keys that are encrypted to.

`python -m pytest tests/certificates` judges every case here, and has sqop, gpg and rnp judge it, too. It writes this page. A
program that says something else than Ithaca needs a line in `explanations.json`; one without, or a line that is no longer
needed, is a failure.

The words: a certificate is `usable` or `refused` for encryption; signatures are `good`, one word for each, or `none good`; an
encrypted message `opens` or is `refused`. A number behind the word is the explanation below.

"""


def explanations() -> list[dict[str, object]]:
    """What was written down, in order."""
    read: list[dict[str, object]] = json.loads((HERE / "explanations.json").read_text())
    return read


def slug(case: Read) -> str:
    """The name without its number."""
    return case.name[4:]


def explained() -> dict[tuple[str, str], str]:
    """(program, case) → why."""
    return {(str(e["program"]), name): str(e["why"]) for e in explanations() for name in e["cases"]}  # type: ignore[attr-defined]


def page(cases: Sequence[Read], verdicts: Mapping[tuple[str, str], str]) -> str:
    """The whole page; `verdicts` by case and program."""
    why = explained()
    reasons = list(dict.fromkeys(why.values()))
    lines = ["| case | what it is | Ithaca | " + " | ".join(PROGRAMS) + " |", "|---|---|---|" + "---|" * len(PROGRAMS)]
    differing = 0
    for case in cases:
        ours = in_short(case)
        cells = []
        for program in PROGRAMS:
            theirs = verdicts[case.name, program]
            if theirs == ours:
                cells.append("same")
                continue
            differing += 1
            reason = why.get((program, slug(case)))
            cells.append(theirs if reason is None else f"{theirs} {reasons.index(reason) + 1}")
        stated = f"{case.state}: {case.reason}" if case.reason else case.state
        lines.append(f"| {case.name} | {case.readme} | {stated} | " + " | ".join(cells) + " |")
    summary = f"{len(cases)} cases; of {len(cases) * len(PROGRAMS)} verdicts of other programs {differing} differ.\n\n"
    notes = "\n".join(f"{number}. {reason}" for number, reason in enumerate(reasons, 1))
    return _HEAD + summary + "\n".join(lines) + "\n\n## Why they differ\n\n" + notes + "\n"
