"""A message on its way to standard output.

The law of this file: what makes the message runs in a thread of its own, armor and writing in this one: on two cores it
takes as long as the slower of both.
"""

from collections.abc import Iterable

from ithaca.cli.sop import materials, standard_streams
from ithaca.openpgp.armor import ArmorWriter
from ithaca.openpgp.overlap import ahead


def write(binary: Iterable[bytes], *, armored: bool, has_checksum: bool) -> None:
    """All of it; `has_checksum`: its armor ends in one (RFC 9580 §6.1)."""
    armor = ArmorWriter("MESSAGE", crc=has_checksum, line_end=materials.LF) if armored else None
    for octets in ahead(binary):
        standard_streams.write(octets if armor is None else armor.feed(octets))
    if armor is not None:
        standard_streams.write(armor.finish())
