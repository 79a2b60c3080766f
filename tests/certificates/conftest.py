"""The verdicts of other programs, each asked once in a run."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from certificates import corpus, peers


@pytest.fixture(scope="session")
def verdicts():
    """``verdicts(cases)``: by case and program; cases are asked once."""
    known = {}

    def ask(cases):
        pairs = [(case, program) for case in cases for program in peers.PROGRAMS]
        missing = [(case, program) for case, program in pairs if (case.name, program) not in known]
        with ThreadPoolExecutor(4) as pool:
            found = pool.map(lambda pair: peers.verdict(pair[1], pair[0]), missing)
            known.update({(case.name, program): said for (case, program), said in zip(missing, found, strict=True)})
        return known

    return ask


@pytest.fixture(scope="session")
def cases():
    return corpus.read()
