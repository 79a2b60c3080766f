"""The only place that words a decision or a verdict for a person.

The law of this room: no octet of a message leaves unescaped.
"""

from ithaca.report.banner import sentences as banner_lines
from ithaca.report.banner import subject_mark
from ithaca.report.plain import listed, plain
from ithaca.report.reasons import decision_record, why
from ithaca.report.receiving import as_record, authentication_results, deciding, lines, timestamp, verdict_field
from ithaca.report.sending import MOST_REPLY, done, inexact, refusal

__all__ = [
    "MOST_REPLY",
    "as_record",
    "authentication_results",
    "banner_lines",
    "deciding",
    "decision_record",
    "done",
    "inexact",
    "lines",
    "listed",
    "plain",
    "refusal",
    "subject_mark",
    "timestamp",
    "verdict_field",
    "why",
]
