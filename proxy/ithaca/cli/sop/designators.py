"""What an argument names: a file, ``@ENV:`` a variable, ``@FD:`` a descriptor, ``-`` standard input.

The law of this file: an input is read whole and within a limit; an output never replaces anything, is refused before
any work is done if it stands there already, and is written once everything is known to be well.
draft-dkg-openpgp-stateless-cli-14, "Special Designators for Indirect Data Types".
"""

import os

from ithaca.cli.sop import standard_streams
from ithaca.cli.sop.exit_codes import ExitCode, Failure

MOST_OCTETS = 64 << 20
"""Of one input; the keyring of a whole distribution is smaller."""
SECRET_MODE = 0o600
_ENVIRONMENT, _DESCRIPTOR = "ENV", "FD"


def read(designator: str, *, standard_input_is_free: bool = False) -> bytes:
    """The octets behind `designator`. ``-`` only where standard input holds nothing else."""
    if designator == "-":
        if not standard_input_is_free:
            sentence = "'-' is standard input, which holds the data already; a file of that name is './-'."
            raise Failure(ExitCode.INCOMPATIBLE_OPTIONS, sentence)
        return standard_streams.read_all(MOST_OCTETS)
    kind, name = _special(designator)
    if kind == _ENVIRONMENT:
        return _variable(name)
    return _file(_number(name, designator) if kind == _DESCRIPTOR else designator, designator)


def _special(designator: str) -> tuple[str | None, str]:
    """(prefix, what follows its colon) of a special designator; (None, "") of a file's name."""
    if not designator.startswith("@"):
        return None, ""
    if os.path.lexists(designator):
        sentence = f"{designator} is a special designator, and a file has that name, too; './{designator}' is the file."
        raise Failure(ExitCode.AMBIGUOUS_INPUT, sentence)
    prefix, colon, name = designator[1:].partition(":")
    if not colon or prefix not in (_ENVIRONMENT, _DESCRIPTOR):
        sentence = f"{designator}: of special designators only @ENV:NAME and @FD:NUMBER are known."
        raise Failure(ExitCode.UNSUPPORTED_SPECIAL_PREFIX, sentence)
    return prefix, name


def _variable(name: str) -> bytes:
    value = os.environb.get(os.fsencode(name))
    if value is None:
        raise Failure(ExitCode.MISSING_INPUT, f"@ENV:{name}: there is no such variable in the environment.")
    return value


def _number(name: str, designator: str) -> int:
    if not (name.isascii() and name.isdigit() and len(name) < 10):
        raise Failure(ExitCode.MISSING_INPUT, f"{designator}: a file descriptor is a number.")
    return int(name)


def _file(path: str | int, designator: str) -> bytes:
    try:
        # What a descriptor holds may be read by its owner again, so it is left open.
        with open(path, "rb", buffering=0, closefd=not isinstance(path, int)) as file:
            parts, left = [], MOST_OCTETS + 1
            while left and (octets := file.read(min(left, standard_streams.PIECE))):
                parts.append(octets)
                left -= len(octets)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file can have that name"
        raise Failure(ExitCode.MISSING_INPUT, f"{designator} cannot be read: {reason}.") from error
    if not left:
        raise Failure(ExitCode.BAD_DATA, f"{designator} holds more than {MOST_OCTETS} octets, which is too much here.")
    return b"".join(parts)


class Output:
    """Where something beside the main output goes: a file that is not there yet, or an open descriptor.

    `secret`: readable by its owner alone.
    """

    def __init__(self, designator: str, *, secret: bool = False) -> None:
        self._designator = designator
        self._mode = SECRET_MODE if secret else 0o666
        self._descriptor: int | None = None
        if designator == "-":
            sentence = "'-' is standard output, where the data goes already; a file of that name is './-'."
            raise Failure(ExitCode.INCOMPATIBLE_OPTIONS, sentence)
        kind, name = _special(designator)
        if kind == _ENVIRONMENT:
            raise Failure(ExitCode.UNSUPPORTED_SPECIAL_PREFIX, f"{designator}: nothing can be written to a variable.")
        if kind == _DESCRIPTOR:
            self._descriptor = _number(name, designator)
            _require_open(self._descriptor, designator)
        elif os.path.lexists(designator):
            raise self._exists()
        elif not os.path.isdir(os.path.dirname(designator) or "."):
            sentence = f"{designator} cannot be written: there is no such folder."
            raise Failure(ExitCode.UNSPECIFIED_FAILURE, sentence)

    def _exists(self) -> Failure:
        return Failure(ExitCode.OUTPUT_EXISTS, f"{self._designator} is there already, and nothing is replaced.")

    def write(self, octets: bytes) -> None:
        """All of it, once."""
        if self._descriptor is not None:
            standard_streams.write_to(self._descriptor, octets, self._designator)
            return
        try:
            descriptor = os.open(self._designator, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, self._mode)
        except FileExistsError as error:
            raise self._exists() from error
        except OSError as error:
            sentence = f"{self._designator} cannot be written: {error.strerror}."
            raise Failure(ExitCode.UNSPECIFIED_FAILURE, sentence) from error
        try:
            standard_streams.write_to(descriptor, octets, self._designator)
        finally:
            os.close(descriptor)


def _require_open(descriptor: int, designator: str) -> None:
    try:
        os.fstat(descriptor)
    except OSError as error:
        raise Failure(ExitCode.MISSING_INPUT, f"{designator} cannot be used: {error.strerror}.") from error


def output(designator: str | None, *, secret: bool = False) -> Output | None:
    """An `Output`; None for none."""
    return None if designator is None else Output(designator, secret=secret)
