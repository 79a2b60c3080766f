"""The only place that words a decision or a verdict for a person.

The law of this room: no octet of a message leaves unescaped.
"""

from ithaca.report.plain import listed, plain
from ithaca.report.receiving import as_record, deciding, lines, timestamp, verdict_field
from ithaca.report.sending import MOST_REPLY, done, refusal

__all__ = [
    "MOST_REPLY",
    "as_record",
    "deciding",
    "done",
    "lines",
    "listed",
    "plain",
    "refusal",
    "timestamp",
    "verdict_field",
]
