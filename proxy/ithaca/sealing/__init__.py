"""The plan and its sealers: one message in, the octets for each group of recipients out, while it streams by.

The law of this room: what is signed is the octets that go on the wire. Bcc fields never leave, and a Bcc recipient's
copy is encrypted to nobody but them and the sender. What cannot be sealed exactly is refused, never altered in silence.
"""

from ithaca.sealing.plan import Author, Chosen, Group, Message, Own, Plan, Surroundings
from ithaca.sealing.sending import Sending
from ithaca.sealing.stages import Sealer
from ithaca.sealing.style import Style

__all__ = ["Author", "Chosen", "Group", "Message", "Own", "Plan", "Sealer", "Sending", "Style", "Surroundings"]
