"""The retrieval edge: client and the ISP's maildrop (RFC 1939, RFC 2449)."""
