"""TLS contexts: towards the ISP, and for a listener of ours."""

import ssl
from pathlib import Path

from ithaca.errors import PermanentError


class CertificateFileError(PermanentError):
    """A certificate or key file for TLS cannot be used."""


def client_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Certificate and name are checked, TLS 1.2 at least (RFC 8314 §4.1). Raises `CertificateFileError`."""
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise CertificateFileError(f"{ca_file} holds no certificates that can be read (PEM is wanted).") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def server_context(certificate: Path, private_key: Path) -> ssl.SSLContext:
    """For a listener of ours. Raises `CertificateFileError`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, private_key)
    except (OSError, ssl.SSLError) as error:
        raise CertificateFileError(f"The certificate {certificate} or its key {private_key} cannot be used.") from error
    return context
