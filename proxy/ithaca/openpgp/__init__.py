"""OpenPGP: armor, packets, signatures, certificates, bulk encryption (RFC 9580)."""
