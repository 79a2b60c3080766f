"""Hostile and odd certificates, signatures and messages: what must come of each, and what other programs say."""

import time

import pytest

from certificates import corpus, table
from certificates.judging import in_short, judge
from certificates.peers import PROGRAMS

CASES = corpus.read()
MOST_OCTETS = 1 << 20


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_result_is_the_expected_one(case):
    start = time.process_time()
    found = judge(case)
    assert time.process_time() - start < 1
    assert (found.state, found.keys) == (case.state, case.keys), found.reason
    assert case.reason in found.reason
    if case.user_ids is not None:
        assert found.user_ids == case.user_ids


def test_the_files_are_what_the_builder_makes():
    made = corpus.files()
    lying = {path.name: path.read_bytes() for path in corpus.FOLDER.iterdir()}
    assert lying == made, "python -m certificates, in tests, writes them"
    assert sum(map(len, lying.values())) < MOST_OCTETS
    assert len({table.slug(case) for case in CASES}) == len(CASES)


@pytest.mark.timeout(300)
def test_every_program_agrees_or_it_is_explained(program, verdicts, cases):
    for name in (*PROGRAMS, "rnpkeys"):
        program(name)
    found = verdicts(cases)
    table.PAGE.write_text(table.page(cases, found))
    why = table.explained()
    differing = {(p, table.slug(c)) for c in cases for p in PROGRAMS if found[c.name, p] != in_short(c)}
    assert sorted(differing - why.keys()) == [], "not explained"
    assert sorted(why.keys() - differing) == [], "explained for nothing"
