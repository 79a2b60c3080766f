"""Where OpenPGP blocks stand in a text: what `mime` is given to find them with.

The law of this file: a block begins and ends with whole lines, and only CRLF and LF end a line.
"""

import re

from ithaca.mime.leaves import Block
from ithaca.openpgp import beginning
from ithaca.openpgp.beginning import Kind

MOST_BLOCKS = 100
"""Blocks that are told apart; more are as good as one too many."""
# The dashes first and only then what stands before them: a search for fixed octets skips a text that holds none.
_LINE = re.compile(rb"-----(?<![^\n]-----)(BEGIN|END) PGP ([A-Z ]{1,30})-----[ \t]*\r?(?:\n|\Z)")
_CLEARTEXT, _MESSAGE = b"SIGNED MESSAGE", b"MESSAGE"


def blocks(octets: bytes) -> tuple[Block, ...]:
    """The blocks in some octets, at most `MOST_BLOCKS`; one that has no end reaches to the end."""
    found: list[Block] = []
    opened, start = b"", 0
    for line in _LINE.finditer(octets):
        is_begin, label = line.group(1) == b"BEGIN", line.group(2)
        if not opened and is_begin:
            opened, start = label, line.start()
        elif opened and not is_begin and label == (b"SIGNATURE" if opened == _CLEARTEXT else opened):
            found.append(_block(octets, opened, start, line.end()))
            opened = b""
            if len(found) == MOST_BLOCKS:
                break
    if opened:
        found.append(_block(octets, opened, start, len(octets)))
    return tuple(found)


def _block(octets: bytes, label: bytes, start: int, end: int) -> Block:
    """In doubt a message is encrypted: whoever opens it will see."""
    is_readable = label == _MESSAGE and beginning.kind(octets[start:end]) is Kind.READABLE
    return Block("READABLE MESSAGE" if is_readable else label.decode("ascii"), start, end)
