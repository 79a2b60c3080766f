"""What is acceptable, and why not."""

import pytest

from ithaca.openpgp.algorithms import Use, hash_refused


@pytest.mark.parametrize("algorithm", [1, 2, 3, 99])
def test_weak_hashes_never_sign_documents(algorithm):
    assert hash_refused(algorithm, Use.DOCUMENT, 0)


@pytest.mark.parametrize("algorithm", [8, 9, 10, 11])
def test_strong_hashes_do(algorithm):
    assert hash_refused(algorithm, Use.DOCUMENT, 2**31) is None


def test_sha1_in_certificates_ends_in_2023():
    assert hash_refused(2, Use.CERTIFICATE, 1_675_209_599) is None
    assert hash_refused(2, Use.CERTIFICATE, 1_675_209_600) == "SHA1 is not accepted"
    assert hash_refused(1, Use.CERTIFICATE, 0) == "MD5 is not accepted"
