"""TLS contexts: verified, TLS 1.2 at least, and clear words about bad files."""

import ssl

import pytest

from ithaca import tls
from ithaca.tls import CertificateFileError


def test_the_client_side_checks_certificate_and_name():
    context = tls.client_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_bad_files_are_named(tmp_path):
    (tmp_path / "no.pem").write_text("nothing")
    with pytest.raises(CertificateFileError, match=r"no\.pem"):
        tls.client_context(tmp_path / "no.pem")
    with pytest.raises(CertificateFileError, match=r"no\.pem"):
        tls.server_context(tmp_path / "no.pem", tmp_path / "no.pem")
