"""The cases of the corpus folder, and the table at the end of the run."""

import pytest

from corpus import manifest, table
from corpus.agreement import compare
from corpus.explained import Explaining
from corpus.reasons import Outcome

CASES = manifest.load(manifest.folder()) if manifest.folder() else ()
SKIPPED = f"set the environment variable {manifest.VARIABLE} to a corpus folder: see tests/corpus/README.md"
EXPLAINING = pytest.StashKey[Explaining]()


def pytest_generate_tests(metafunc):
    """A test for each case, or each origin; without a corpus, one that is skipped by the fixtures below."""
    if not CASES:
        return
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", CASES, ids=lambda case: case.id)
    if "origin" in metafunc.fixturenames:
        metafunc.parametrize("origin", sorted({case.origin for case in CASES}))


@pytest.fixture(scope="session")
def cases():
    """All of them."""
    if not CASES:
        pytest.skip(SKIPPED)
    return CASES


@pytest.fixture
def case(cases):
    """One case; replaced by the parameters above."""
    return cases[0]


@pytest.fixture
def origin(cases):
    """One origin; replaced by the parameters above."""
    return cases[0].origin


@pytest.fixture(scope="session")
def explaining(cases, tmp_path_factory, request):
    """Runs ``ithaca explain`` on cases, each once."""
    made = Explaining(tmp_path_factory.mktemp("explain"))
    request.config.stash[EXPLAINING] = made
    return made


@pytest.fixture
def outcome(case, explaining):
    """What came of one case, and how far it agrees with what is stated."""
    return _outcome(case, explaining)


@pytest.fixture(scope="session")
def outcomes(cases, explaining):
    """Of every case."""
    return tuple(_outcome(case, explaining) for case in cases)


def _outcome(case, explaining):
    answer = explaining.answer(case)
    return Outcome(case, answer, compare(case, answer))


def pytest_terminal_summary(terminalreporter, config):
    """The table, whatever the verbosity; of the cases that were run."""
    explaining = config.stash.get(EXPLAINING, None)
    if explaining is None:
        return
    found = [_outcome(case, explaining) for case in CASES if explaining.has_answered(case)]
    if found:
        terminalreporter.section("corpus: agreement with the stated outcome")
        for line in table.lines(found):
            terminalreporter.write_line(line)
