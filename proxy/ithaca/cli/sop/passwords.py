"""Passwords: what may become one, and how one that was given is tried.

The law of this file: what a new password looks like to a person is what it is: text without anything invisible, and no
blanks at its end, since half the tools that write a password into a file add a line end. Octets of a password stand in
no sentence. draft-dkg-openpgp-stateless-cli-14, "Passwords are Human-Readable".
"""

from collections.abc import Iterable

from ithaca.cli.sop.exit_codes import ExitCode, Failure


def new(octets: bytes, name: str) -> bytes:
    """The password that something is to be made with. `name` says where it came from."""
    try:
        text = octets.decode("utf-8").rstrip()
    except UnicodeDecodeError as error:
        raise _refused(name, "is not UTF-8 text") from error
    if not text:
        raise _refused(name, "is empty")
    if not text.isprintable():
        raise _refused(name, "holds characters that cannot be seen")
    return text.encode()


def _refused(name: str, reason: str) -> Failure:
    sentence = f"The password from {name} {reason}: people could not type it."
    return Failure(ExitCode.PASSWORD_NOT_HUMAN_READABLE, sentence)


def variants(passwords: Iterable[bytes]) -> tuple[bytes, ...]:
    """What is tried for passwords that were given, in this order, each once.

    Without the blanks at the end first: whoever made something has left them out if he obeys the same rule, and each
    trial may cost a second.
    """
    tried = (octets for password in passwords for octets in (_without_blanks(password), password))
    return tuple(dict.fromkeys(tried))


def _without_blanks(octets: bytes) -> bytes:
    try:
        return octets.decode("utf-8").rstrip().encode()
    except UnicodeDecodeError:
        return octets.rstrip()
