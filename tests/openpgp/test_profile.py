"""The encryption that everybody can read: version 2 only where every certificate announces it."""

from dataclasses import dataclass

import pytest

from ithaca.openpgp import profile
from ithaca.openpgp.profile import Profile


@dataclass
class Announcing:
    """What a certificate says of itself."""

    listed: tuple = ()
    seipd2: bool = False
    suites: tuple = ()

    def ciphers(self, _at):
        return self.listed

    def announces_seipd2(self, _at):
        return self.seipd2

    def aead_suites(self, _at):
        return self.suites


OLD = Announcing((9, 7))
SILENT = Announcing()
NEW = Announcing((9, 7), True, ((9, 2), (7, 2)))
NEW_WITH_GCM = Announcing((9,), True, ((9, 3),))
NEW_AND_SILENT = Announcing((), True)


@pytest.mark.parametrize(
    ("certificates", "expected"),
    [
        ([OLD], Profile(1, 9)),
        ([OLD, SILENT], Profile(1, 7)),
        ([NEW], Profile(2, 9, 2)),
        ([NEW, OLD], Profile(1, 9)),
        ([NEW, NEW_WITH_GCM], Profile(2, 7, 2)),
        ([NEW_WITH_GCM], Profile(2, 9, 3)),
        ([NEW_AND_SILENT], Profile(2, 7, 2)),
    ],
)
def test_nothing_is_sent_that_somebody_did_not_announce(certificates, expected):
    assert profile.common(certificates, 0) == expected


def test_a_checksum_stands_under_version_1_alone():
    assert Profile(1, 9).has_checksum
    assert not Profile(2, 9, 2).has_checksum
