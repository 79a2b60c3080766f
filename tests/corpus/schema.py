"""The record that ``ithaca explain --json`` promises: as docs/verdict.schema.json says, and with findings that
docs/verdict.md explains."""

import json
from pathlib import Path

import json_schema

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "verdict.md").read_text(encoding="utf-8")
SCHEMA = json.loads((DOCS / "verdict.schema.json").read_text(encoding="utf-8"))


def require(record):
    """Raises where a record is not of this form, or has a finding that the page does not explain."""
    assert list(json_schema.problems(SCHEMA, record)) == []
    unexplained = [name for name in record["findings"] if f"`{name}`" not in PAGE]
    assert unexplained == [], f"docs/verdict.md does not say what these mean: {unexplained}"
