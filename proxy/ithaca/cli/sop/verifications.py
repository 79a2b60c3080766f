"""VERIFICATIONS: a line for each signature that is good, and in the window of time that was asked for.

The law of this file: what is not good has no line, whatever it is. The line: time, fingerprints of the signing key and
of its primary key, mode, and a JSON object with the inputs that hold the certificate
(draft-dkg-openpgp-stateless-cli-14, "VERIFICATIONS").
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.cli.sop.materials import Named
from ithaca.openpgp.algorithms import SignatureType
from ithaca.openpgp.signature import Signature
from ithaca.verdict import Signature as Judged
from ithaca.verdict import SignatureState

_MODES: Mapping[int, str] = {SignatureType.BINARY: "binary", SignatureType.TEXT: "text"}


@dataclass(frozen=True, slots=True)
class Window:
    """Both ends in seconds since 1970, and inside; None: no limit."""

    not_before: int | None
    not_after: int | None

    def holds(self, judged: Judged) -> bool:
        """Was it made then?"""
        if judged.created is None:
            return False
        made = int(judged.created.timestamp())
        early = self.not_before is not None and made < self.not_before
        return not early and (self.not_after is None or made <= self.not_after)


def lines(
    judged: Iterable[Judged], bodies: Iterable[bytes], window: Window, certificates: Sequence[Named]
) -> list[str]:
    """Of judged signatures, and the bodies of their packets in the same order."""
    names = {str(one.certificate.fingerprint): one.name for one in certificates}
    return [
        _line(one, body, names)
        for one, body in zip(judged, bodies, strict=True)
        if one.state is SignatureState.GOOD and window.holds(one)
    ]


def _line(judged: Judged, body: bytes, names: Mapping[str, str]) -> str:
    assert judged.created is not None  # noqa: S101 (it is good)
    when = judged.created.strftime("%Y-%m-%dT%H:%M:%SZ")
    mode = _MODES[Signature.parse(body).type]
    said = json.dumps({"signers": [names[judged.signer or ""]]})
    return f"{when} {judged.key} {judged.signer} mode:{mode} {said}"


def encoded(found: Sequence[str]) -> bytes:
    """As they are written."""
    return "".join(f"{line}\n" for line in found).encode("ascii")


def require(found: Sequence[str], judged: Sequence[Judged]) -> None:
    """At least one; else a failure that says what was found instead."""
    if found:
        return
    reasons = dict.fromkeys(_reason(one) for one in judged)
    said = f": {'; '.join(reasons)}" if reasons else ""
    raise Failure(ExitCode.NO_SIGNATURE, f"There is no acceptable signature{said}.")


def _reason(judged: Judged) -> str:
    if judged.state is SignatureState.GOOD:
        return "one was made outside the time that was asked for"
    return judged.reason
