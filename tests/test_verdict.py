"""The verdict is a record and never a truth value."""

import dataclasses
import itertools

import pytest

from ithaca.verdict import HARMLESS, Binding, From, Signature, SignatureState, Verdict, is_proved, overall


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


PROVED = Verdict(signature=SignatureState.GOOD, from_=From.MATCH, binding=Binding.SEEN)


@pytest.mark.parametrize("binding", Binding)
def test_everything_is_proved_only_by_a_key_that_is_tied(binding):
    tied = binding in (Binding.VERIFIED, Binding.VOUCHED, Binding.SEEN)
    assert is_proved(dataclasses.replace(PROVED, binding=binding)) is tied


@pytest.mark.parametrize("state", SignatureState)
def test_nothing_is_proved_without_a_good_signature(state):
    assert is_proved(dataclasses.replace(PROVED, signature=state)) is (state is SignatureState.GOOD)


@pytest.mark.parametrize("from_", From)
def test_nothing_is_proved_where_from_does_not_match(from_):
    assert is_proved(dataclasses.replace(PROVED, from_=from_)) is (from_ is From.MATCH)


def test_every_finding_but_a_harmless_one_takes_the_proof():
    assert is_proved(dataclasses.replace(PROVED, findings=tuple(HARMLESS)))
    for finding in ("far-from-date", "odd-from", "a-finding-of-tomorrow"):
        assert not is_proved(dataclasses.replace(PROVED, findings=(finding,)))
