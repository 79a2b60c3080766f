"""Stages one behind the other, however the octets come."""

import pytest

from ithaca.sealing.stages import Leading, Passing, Stages


class Shouting:
    """Holds one octet back, and has something to say at the end."""

    def __init__(self):
        self._held = b""

    def feed(self, octets):
        data = self._held + octets.upper()
        self._held = data[-1:]
        return data[:-1]

    def finish(self):
        return self._held + b"!"


@pytest.mark.parametrize("step", [1, 2, 3, 100])
def test_what_each_gives_at_its_end_goes_through_those_behind(step):
    stages = Stages(Leading(b"head ", 4), Shouting(), Passing(), Shouting(), Leading(b">"))
    octets = b"old body"
    out = b"".join(stages.feed(octets[i : i + step]) for i in range(0, len(octets), step))
    assert out + stages.finish() == b">HEAD BODY!!"


def test_without_any_octet_the_lead_comes_all_the_same():
    assert Stages(Leading(b"head", 10), Leading(b">")).finish() == b">head"
    assert Leading(b"head", 10).feed(b"short") == b"head"
