"""Messages and entities as octets: read, take apart, compose (RFC 5322, RFC 2045, RFC 3156, RFC 9788)."""
