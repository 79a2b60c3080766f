"""What the client has learnt of the maildrop: the sizes that the ISP listed (RFC 1939 §5)."""

MOST_MESSAGES = 1_000_000


class Maildrop:
    """Sizes by message number; they are the ISP's, so an estimate of what we will send."""

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}

    def listed(self, lines: bytes) -> None:
        """Scan listings: ``number size`` a line, as LIST answers."""
        for line in lines.splitlines():
            number, _, size = line.strip().partition(b" ")
            if number.isdigit() and size.isdigit() and len(number + size) <= 24 and len(self._sizes) < MOST_MESSAGES:
                self._sizes[int(number)] = int(size)

    def size(self, number: int) -> int | None:
        """Octets of a message; None: the client has not asked."""
        return self._sizes.get(number)
