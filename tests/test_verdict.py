"""The verdict is a record and never a truth value."""

import itertools

import pytest

from ithaca.verdict import Signature, SignatureState, Verdict, overall


def test_a_verdict_is_not_true_or_false():
    with pytest.raises(TypeError, match="ask for the fact"):
        bool(Verdict())


def states(*names):
    return tuple(Signature(SignatureState(name), "") for name in names)


@pytest.mark.parametrize(
    ("signatures", "expected"),
    [
        ((), "none"),
        (("good",), "good"),
        (("good", "unknown"), "good"),
        (("good", "refused"), "good"),
        (("good", "bad"), "bad"),
        (("unknown", "refused"), "refused"),
        (("unknown",), "unknown"),
    ],
)
def test_several_signatures_together(signatures, expected):
    for order in itertools.permutations(signatures):
        assert overall(states(*order)) is SignatureState(expected)
