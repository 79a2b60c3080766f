"""Any octets yield a value or an error of our family, soon. Deeper: ``HYPOTHESIS_PROFILE=deep``, or ``python -m fuzz``."""

import random
import resource
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.bounds import MEMORY, SECONDS, Exceeded, survives
from fuzz.targets import TARGETS, seeds
from ithaca.errors import MalformedPacket

_SEEDS = {name: [seed for seed in seeds(name) if seed] for name in TARGETS}


@pytest.mark.parametrize("name", TARGETS)
@given(octets=st.binary(max_size=300))
def test_any_octets(name, octets):
    survives(TARGETS[name], octets)


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
def test_altered_octets_of_the_right_kind(name, data):
    octets = bytearray(data.draw(st.sampled_from(_SEEDS[name])))
    dice = random.Random(data.draw(st.integers(0, 2**32)))
    for _ in range(dice.choice((1, 1, 2, 5))):
        _ALTER[dice.randrange(len(_ALTER))](octets, dice)
    survives(TARGETS[name], bytes(octets))


def _flip(octets, dice):
    if octets:
        octets[dice.randrange(len(octets))] ^= 1 << dice.randrange(8)


def _set(octets, dice):
    if octets:
        octets[dice.randrange(len(octets))] = dice.choice((0, 1, 0x7F, 0x80, 0xC0, 0xE0, 0xFE, 0xFF))


def _cut(octets, dice):
    del octets[dice.randrange(len(octets) + 1) :]


def _drop(octets, dice):
    at = dice.randrange(len(octets) + 1)
    del octets[at : at + dice.choice((1, 2, 20))]


def _double(octets, dice):
    at = dice.randrange(len(octets) + 1)
    octets[at:at] = octets[at : at + dice.choice((1, 4, 100))]


_ALTER = (_flip, _set, _cut, _drop, _double)


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_are_of_the_right_kind(name):
    """Or the targets would be fuzzed with what they refuse at once."""
    for octets in _SEEDS[name]:
        survives(TARGETS[name], octets)
    assert _SEEDS[name]


# --- the bounds themselves ---------------------------------------------------------------------------


def _busy(_octets):
    end = time.process_time() + SECONDS
    while time.process_time() < end:
        pass


def _idle(_octets):
    time.sleep(SECONDS)


def _large(_octets):
    # More than this process ever had, however much that was.
    held, most = [], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10 < most + MEMORY:
        held.append(b"x" * (16 << 20))


def _refused(_octets):
    raise MalformedPacket("none", 0)


def _foreign(_octets):
    raise IndexError


@pytest.mark.parametrize(("target", "error"), [(_busy, Exceeded), (_large, Exceeded), (_foreign, IndexError)])
def test_what_costs_too_much_or_raises_what_is_not_ours_is_found(target, error):
    with pytest.raises(error):
        survives(target, b"")


def test_an_error_of_ours_and_waiting_are_no_failure():
    survives(_refused, b"")
    survives(_idle, b"")
