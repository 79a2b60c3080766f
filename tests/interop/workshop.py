"""Everybody who takes part in a matrix: each program with a key of each kind, made when it is first needed.

The law of this file: who cannot make a key of a kind uses one that gpg made; a key that is not of the kind that its name
says is `Failed`.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from interop import framing, gnupg, rnp, scripted, sop
from interop.exchange import PASSWORD, Party
from interop.once import Once
from interop.programs import Failed, Form, Kind, Program, Secret

OURS = "ithaca-sop"
LENDER = "gpg"
_THIRD = {4: Kind.ED25519, 6: Kind.V6_ED25519}
"""The key of the third person whom some messages are for too."""


def makers(ours: Path, modules: Callable[[], Path]) -> Mapping[str, Callable[[Path], Program]]:
    """Each program by name. `ours`: the path of ours; `modules`: gives the folder that OpenPGP.js is in."""
    return {
        OURS: partial(sop.Sop, sop.ITHACA, command=ours),
        "gpg": gnupg.Gpg,
        "sqop": partial(sop.Sop, sop.SQOP),
        "rnp": rnp.Rnp,
        "gosop": partial(sop.Sop, sop.GOSOP),
        "pgpainless-cli": partial(sop.Sop, sop.PGPAINLESS),
        "pysequoia": scripted.pysequoia,
        "openpgp.js": lambda folder: scripted.openpgpjs(folder, modules()),
    }


class Workshop:
    """Programs and keys, for any number of threads."""

    def __init__(self, folder: Path, programs: Mapping[str, Callable[[Path], Program]]) -> None:
        self._folder = folder
        self._makers = programs
        self._programs: Once[Program] = Once()
        self._secrets: Once[bytes] = Once()
        self._certificates: Once[bytes] = Once()
        self._signatures: Once[bytes] = Once()

    def program(self, name: str) -> Program:
        """One program, which is started once if it is one that goes on running."""
        return self._programs(name, lambda: self._makers[name](self._folder))

    def party(self, name: str, kind: Kind) -> Party:
        """Who uses this program with a key of this kind."""
        program = self.program(name)
        maker = program if kind in program.kinds else self.program(LENDER)
        secret = Secret(self._secret(maker, kind))

        def signed(octets: bytes, form: Form) -> bytes:
            return self._signatures((name, kind, octets, form), lambda: program.sign(octets, secret, form))

        return Party(
            program,
            kind,
            secret,
            self._certificate(maker, secret.octets),
            third=self._third,
            protected=lambda: Secret(self._secret(program, kind, PASSWORD), PASSWORD),
            signed=signed,
        )

    def _third(self, version: int) -> bytes:
        ours = self.program(OURS)
        return self._certificate(ours, self._secret(ours, _THIRD[version], whose="a third person"))

    def _secret(self, program: Program, kind: Kind, password: bytes | None = None, whose: str = "") -> bytes:
        def make() -> bytes:
            # Asked even where it has said that it cannot: it has to say so itself.
            secret = program.generate(kind, password)
            if framing.kind(secret) is not kind:
                raise Failed(f"{program.name} made something else than a key of {kind.value}")
            return secret

        return self._secrets((program.name, kind, password, whose), make)

    def _certificate(self, program: Program, secret: bytes) -> bytes:
        return self._certificates(secret, lambda: program.certificate(secret))

    def close(self) -> None:
        """End what programs left running."""
        for program in self._programs.values():
            program.close()
