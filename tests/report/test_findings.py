"""Every finding has its row, in words and in the documents."""

import re
from pathlib import Path

from ithaca.report.findings import FINDINGS, INSTEAD_OF_AUTHOR, WARNED

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "proxy" / "ithaca"
VERDICT = (ROOT / "docs" / "verdict.md").read_text()


def test_every_finding_that_is_made_has_its_row():
    found = {
        name
        for path in (PACKAGE / "incoming").rglob("*.py")
        for name in re.findall(r"(?:envelope\.find\(|\(\()\s*\"([a-z]+(?:-[a-z]+)*)\",", path.read_text())
    }
    assert found
    assert found - set(FINDINGS) == set()


def test_every_row_is_in_the_documents():
    assert [name for name in FINDINGS if f"`{name}`" not in VERDICT] == []


def test_rows_are_sentences_for_a_person():
    for name, row in FINDINGS.items():
        assert row.means.endswith("."), name
        assert name not in row.means + row.do, name
        for word in ("PGP", "MIME", "certificate", "ciphertext"):
            assert word not in row.means, name


def test_the_other_tables_name_findings_that_are():
    assert set(FINDINGS) >= INSTEAD_OF_AUTHOR
    assert set(FINDINGS) >= WARNED


def test_of_pieces_it_is_not_said_whose_they_are():
    """Their key is compared with From, and how both are tied is not asked: anybody can make such a key."""
    assert "each piece is the sender's" not in FINDINGS["partitioned"].means.lower()
    assert "whether that key is really theirs is not looked at" in FINDINGS["partitioned"].means.lower()
