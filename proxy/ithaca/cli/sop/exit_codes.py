"""Why a subcommand failed, as a number (draft-dkg-openpgp-stateless-cli-14, "Failure Modes").

The law of this file: the numbers are an interface, and each means one thing. Codes of subcommands that are not offered
here are not listed.
"""

import enum

from ithaca.errors import Error


class ExitCode(enum.IntEnum):
    """The draft's names and numbers."""

    OK = 0
    UNSPECIFIED_FAILURE = 1
    NO_SIGNATURE = 3
    """No acceptable signature was found."""
    UNSUPPORTED_ASYMMETRIC_ALGO = 13
    CERT_CANNOT_ENCRYPT = 17
    """Expired, revoked, or without a key for it."""
    MISSING_ARG = 19
    INCOMPLETE_VERIFICATION = 23
    """Of ``--verify-with`` and ``--verifications-out`` one alone."""
    CANNOT_DECRYPT = 29
    PASSWORD_NOT_HUMAN_READABLE = 31
    UNSUPPORTED_OPTION = 37
    BAD_DATA = 41
    """Not what was expected there: no secret key where KEYS belong, for example."""
    EXPECTED_TEXT = 53
    OUTPUT_EXISTS = 59
    MISSING_INPUT = 61
    KEY_IS_PROTECTED = 67
    """And no password that was given opens it."""
    UNSUPPORTED_SUBCOMMAND = 69
    UNSUPPORTED_SPECIAL_PREFIX = 71
    AMBIGUOUS_INPUT = 73
    """A special designator that is a file's name, too."""
    KEY_CANNOT_SIGN = 79
    INCOMPATIBLE_OPTIONS = 83
    UNSUPPORTED_PROFILE = 89


class Failure(Error):
    """A subcommand ends with this code; ``str`` is the sentence for standard error."""

    def __init__(self, code: ExitCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
