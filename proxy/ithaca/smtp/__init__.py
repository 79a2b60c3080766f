"""The submission edge: client, one live transaction, and the ISP (RFC 5321, RFC 6409)."""
