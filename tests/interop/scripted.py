"""Libraries, each behind a script that is asked once and answers once: pysequoia, and OpenPGP.js.

The law of this file: the same request for both, as JSON; what a script does not answer, a panic among them, is `Failed`.
"""

import base64
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from interop.programs import Failed, Form, Kind, Opened, Secret, Unsaid, run

HERE = Path(__file__).resolve().parent
_WORDS = {"do", "kind", "form", "compression", "aead"}


class Scripted:
    """A library that makes and reads what version 6 keys need."""

    kinds = frozenset({Kind.V6_ED25519, Kind.V6_ED448})

    def __init__(self, name: str, command: Sequence[str | Path], folder: Path, *, compressions: Sequence[str]) -> None:
        self.name = name
        self.compressions = tuple(compressions)
        self._command = command
        self._home = folder / name
        self._home.mkdir(mode=0o700)

    def close(self) -> None:
        """Nothing runs."""

    def _ask(self, do: str, **request: object) -> dict[str, object]:
        coded = {k: v if k in _WORDS else _coded(v) for k, v in {"do": do, **request}.items()}
        done = run(self._command, json.dumps(coded).encode(), home=self._home)
        if done.returncode != 0:
            raise Failed(
                f"{self.name} {do} ended with {done.returncode}: {done.stderr.decode(errors='replace').strip()}"
            )
        answer = json.loads(done.stdout)
        if "unsaid" in answer:
            raise Unsaid(f"{self.name}: {answer['unsaid']}")
        if "failed" in answer:
            raise Failed(f"{self.name} {do}: {answer['failed']}")
        return answer

    def _octets(self, do: str, **request: object) -> bytes:
        return base64.b64decode(self._ask(do, **request)["octets"])

    def _opened(self, do: str, **request: object) -> Opened:
        answer = self._ask(do, **request)
        return Opened(base64.b64decode(answer["octets"]), tuple(answer["signers"]))

    def version(self) -> str:
        return self._ask("version")["version"]

    def generate(self, kind: Kind, password: bytes | None = None) -> bytes:
        return self._octets("generate", kind=kind.value, password=password)

    def certificate(self, secret: bytes) -> bytes:
        return self._octets("certificate", secret=secret)

    def encrypt(
        self,
        octets: bytes,
        to: Sequence[bytes] = (),
        *,
        by: Secret | None = None,
        password: bytes | None = None,
        hidden: bool = False,
        compression: str | None = None,
        aead: str | None = None,
        version: int = 4,
    ) -> bytes:
        options = {"password": password, "hidden": hidden, "compression": compression, "aead": aead}
        return self._octets("encrypt", octets=octets, to=list(to), **_key(by), **options)

    def decrypt(
        self,
        message: bytes,
        secret: Secret | None = None,
        *,
        signer: bytes | None = None,
        password: bytes | None = None,
    ) -> Opened:
        return self._opened("decrypt", octets=message, signer=signer, password=password, **_key(secret))

    def sign(self, octets: bytes, by: Secret, form: Form) -> bytes:
        return self._octets("sign", octets=octets, form=form.value, **_key(by))

    def verify(self, signed: bytes, signer: bytes, document: bytes | None = None) -> Opened:
        return self._opened("verify", octets=signed, signer=signer, document=document)


def _key(secret: Secret | None) -> dict[str, bytes | None]:
    return {"secret": secret and secret.octets, "unlocking": secret and secret.password}


def _coded(value: object) -> object:
    if isinstance(value, list):
        return [_coded(v) for v in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def pysequoia(folder: Path) -> Scripted:
    """In an interpreter of its own."""
    command = [sys.executable, HERE / "sequoia.py"]
    return Scripted("pysequoia", command, folder, compressions=())


def openpgpjs(folder: Path, modules: Path) -> Scripted:
    """With the library in `modules`, as `install` gives it."""
    command = ["node", HERE / "openpgpjs.mjs", modules]
    return Scripted("openpgp.js", command, folder, compressions=("zip", "zlib"))


def install(cache: Path) -> Path:
    """The folder with OpenPGP.js as `package-lock.json` pins it; made once, with npm. `Failed`: npm could not."""
    lock = (HERE / "package-lock.json").read_bytes()
    wanted = json.loads(lock)["packages"]["node_modules/openpgp"]["version"]
    folder = cache / f"openpgp.js-{wanted}"
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=cache))
    try:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, made)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=made, capture_output=True, timeout=100, check=False)
        if done.returncode != 0:
            raise Failed(f"npm ci: {done.stderr.decode(errors='replace').strip()}")
        made.rename(folder)
    except OSError:
        # Another run was faster.
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder
