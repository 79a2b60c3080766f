"""The record that ``ithaca explain --json`` promises, after docs/verdict.md: names, types and words, and no others."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "verdict.md").read_text(encoding="utf-8")


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Signature(_Record):
    """One signature, judged."""

    state: Literal["good", "bad", "unknown", "refused"]
    reason: str
    signer: str | None
    key: str | None
    time: str | None
    hash: str | None
    user_ids: list[str]


class Step(_Record):
    """One thing that was looked at."""

    subject: str
    outcome: str


class Verdict(_Record):
    """The whole."""

    version: Literal[1]
    decryption: Literal["full", "partial", "none"]
    signature: Literal["good", "bad", "unknown", "refused", "none"]
    signatures: list[Signature]
    from_: Literal["match", "mismatch", "none"] = Field(alias="from")
    from_addresses: list[str]
    binding: Literal["verified", "vouched", "seen", "new", "conflict", "none"]
    subject: str | None
    layers: list[Literal["encrypted", "signed"]]
    findings: list[str]
    steps: list[Step]


def require(record):
    """Raises where a record is not of this form, or has a finding that the page does not explain."""
    verdict = Verdict.model_validate(record)
    unexplained = [name for name in verdict.findings if f"`{name}`" not in PAGE]
    assert unexplained == [], f"docs/verdict.md does not say what these mean: {unexplained}"
