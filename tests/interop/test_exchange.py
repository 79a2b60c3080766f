"""The operations of the matrix: each fails where a program does not do what its cell is about."""

import dataclasses

import pytest

from interop.exchange import OPERATIONS, PASSWORD, SMOOTH, TEXT, Operation
from interop.programs import Failed, Form, Kind, Opened, Secret
from interop.workshop import LENDER


class Sabotaged:
    """A program with some operations replaced; each replacement is given the program first."""

    def __init__(self, program, **replaced):
        self._program = program
        self._replaced = replaced

    def __getattr__(self, name):
        if name not in self._replaced:
            return getattr(self._program, name)
        return lambda *arguments, **keywords: self._replaced[name](self._program, *arguments, **keywords)


def told_otherwise(**instead):
    """Encrypts with other options than it was told."""
    return lambda program, octets, to, **said: program.encrypt(octets, to, **{**said, **instead})


def opened_as(**instead):
    """Opens, and then says something else."""
    return lambda program, *arguments, **said: dataclasses.replace(program.decrypt(*arguments, **said), **instead)


def short(program, octets, to, **said):
    return program.encrypt(TEXT, to, **said)


def without_password(program, message, secret, **said):
    return program.decrypt(message, Secret(secret.octets, PASSWORD), **said)


CASES = {
    "other octets come out": (Operation.ENCRYPT, {}, {"decrypt": opened_as(plaintext=b"x")}, "other octets"),
    "nobody is named": (Operation.BOTH, {}, {"decrypt": opened_as(signers=())}, "by nobody"),
    "somebody is named who did not sign": (
        Operation.ENCRYPT,
        {},
        {"decrypt": opened_as(signers=("F" * 40,))},
        "by FFFF",
    ),
    "another is named": (Operation.DETACHED, {}, {"verify": lambda *_: Opened(b"", ("F" * 40,))}, "other octets"),
    "the recipient is not hidden": (Operation.HIDDEN, {"encrypt": told_otherwise(hidden=False)}, {}, "recipients"),
    "the recipient is hidden": (Operation.ENCRYPT, {"encrypt": told_otherwise(hidden=True)}, {}, "recipients"),
    "nothing is compressed": (Operation.COMPRESSED, {"encrypt": told_otherwise(compression=None)}, {}, "octets out of"),
    "the length comes in one": (Operation.PARTIAL, {"encrypt": short}, {}, "one length"),
    "any password will do": (Operation.PROTECTED, {}, {"decrypt": without_password}, "a wrong password opens"),
}


@pytest.fixture
def pair(ready, workshop):
    """Who writes and who reads, both with gpg, which can do everything."""
    ready(LENDER)
    return workshop.party(LENDER, Kind.P256), workshop.party(LENDER, Kind.ED25519)


def sabotaged(party, replaced):
    return dataclasses.replace(party, program=Sabotaged(party.program, **replaced))


@pytest.mark.parametrize("case", CASES)
def test_what_is_not_what_the_cell_is_about_fails(case, pair):
    operation, writing, reading, words = CASES[case]
    writer, reader = pair
    OPERATIONS[operation](writer, reader)
    with pytest.raises(Failed, match=words):
        OPERATIONS[operation](sabotaged(writer, writing), sabotaged(reader, reading))


def test_another_form_is_no_cleartext_signature(pair):
    writer, reader = pair
    inline = dataclasses.replace(writer, signed=lambda octets, form: writer.signed(octets, Form.INLINE))
    with pytest.raises(Failed, match="no cleartext signature"):
        OPERATIONS[Operation.CLEARTEXT](inline, reader)


def test_another_line_is_not_the_text_that_was_signed(pair):
    writer, reader = pair
    text = Opened(SMOOTH.replace(b"No man", b"Nobody"), ())
    with pytest.raises(Failed, match="other lines came out"):
        OPERATIONS[Operation.CLEARTEXT](writer, sabotaged(reader, {"verify": lambda *_: text}))


def test_a_key_without_protection_is_no_protected_key(pair):
    writer, reader = pair
    bare = dataclasses.replace(writer, protected=lambda: Secret(writer.secret.octets, PASSWORD))
    with pytest.raises(Failed, match="usage=0"):
        OPERATIONS[Operation.PROTECTED](bare, reader)


def test_a_version_1_packet_is_not_enough_for_version_6(pair):
    writer, reader = pair
    modern = dataclasses.replace(reader, kind=Kind.V6_ED25519)
    with pytest.raises(Failed, match="SEIPD version 1"):
        OPERATIONS[Operation.ENCRYPT](sabotaged(writer, {"encrypt": told_otherwise(version=4)}), modern)
