"""``ithaca-sop`` as a real process."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ithaca.cli.sop.exit_codes import ExitCode
from ithaca.openpgp import armor, secret_key

COMMAND = [sys.executable, "-W", "error", "-c", "import sys; from ithaca.cli.sop import main; sys.exit(main())"]
PASSWORD = b"no man is my name"
TEXT = "Liebe Größe,\n- a line with a dash\nFrom the sea\n\n-- \nNo man\n".encode()
OCTETS = bytes(range(256)) * 40 + b"CRLF\r\nLF\nCR\r\r\n \t\n\xff\xfe"


@dataclass(frozen=True)
class Sop:
    """Runs it in a folder of its own: octets to standard input, octets from standard output."""

    folder: Path

    def environment(self):
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ITHACA") and k != "PYTHONDONTWRITEBYTECODE"}
        # Compiled once for all, beside the folders of all tests: hundreds of processes are started.
        compiled = str(self.folder.parent / "compiled")
        return {**kept, "TMPDIR": str(self.folder), "COLUMNS": "100", "PYTHONPYCACHEPREFIX": compiled}

    def run(self, *arguments, octets=b"", **options):
        """Whatever comes of it."""
        options.setdefault("env", self.environment())
        return subprocess.run(
            [*COMMAND, *map(str, arguments)],
            input=octets,
            capture_output=True,
            timeout=60,
            cwd=self.folder,
            check=False,
            **options,
        )

    def __call__(self, *arguments, octets=b"", **options):
        """Standard output, where all is well and nothing is said."""
        done = self.run(*arguments, octets=octets, **options)
        assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()
        return done.stdout

    def fails(self, code, *arguments, octets=b"", **options):
        """The sentence of a failure: one line, a code, and nothing on standard output."""
        done = self.run(*arguments, octets=octets, **options)
        said = done.stderr.decode()
        assert done.returncode == code, said
        assert done.stdout == b""
        assert said.startswith("ithaca-sop: ")
        assert said.endswith(f" [{ExitCode(code).name}]\n")
        assert said.count("\n") == 1
        assert "Traceback" not in said
        return said

    def write(self, name, octets):
        path = self.folder / name
        path.write_bytes(octets)
        return path

    def path(self, name):
        return self.folder / name


@dataclass(frozen=True)
class Person:
    """A secret key and its certificate, in files."""

    key: Path
    cert: Path

    @property
    def fingerprint(self):
        return secret_key.split(armor.binary(self.key.read_bytes())).fingerprint


def revoked_key(sop, key):
    """The secret key that goes with its revoked certificate."""
    octets = key.read_bytes()
    certificate = armor.binary(sop("revoke-key", octets=octets))
    parts = secret_key.split(armor.binary(octets)).parts
    return secret_key.join(certificate, [part.packet for part in parts])
