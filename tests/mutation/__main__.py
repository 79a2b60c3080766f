"""``python -m mutation``, in ``tests``: takes guard lines out, one at a time, and runs the tests that must notice.

In a copy of the tree; some minutes. With names of guards: those alone. ``--write`` puts the results into README.md.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mutation.guards import GUARDS, Guard

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "tests" / "README.md"
_COPIED = ("proxy", "tests", "keyrings", "docs", "systemd", "README.md", "setup.cfg", "pyproject.toml")
_NOT_COPIED = shutil.ignore_patterns("__pycache__", ".hypothesis", "*.got")
_TABLE = re.compile(r"(?<=<!-- mutation -->\n).*?(?=<!-- end of mutation -->)", re.DOTALL)
_FAILED = 1
"""Exit status of pytest where tests ran and some failed."""


class Tree:
    """A copy of the tree in which one line at a time is another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=_NOT_COPIED)
            else:
                shutil.copy(source, folder / name)

    def without(self, guard: Guard) -> "Changed":
        """The tree without one guard line, until the block is left."""
        return Changed(self._folder / "proxy" / "ithaca" / guard.module, guard)

    def notices(self, *arguments: str, profile: str = "fast") -> bool:
        """Does some of these tests fail? Raises `RuntimeError` where none of them ran."""
        paths = f"{self._folder / 'proxy'}{os.pathsep}{self._folder / 'tests'}"
        environment = {
            **os.environ,
            "PYTHONPATH": paths,
            "PYTHONDONTWRITEBYTECODE": "1",
            "HYPOTHESIS_PROFILE": profile,
            "ITHACA_NO_SKIP": "0",
        }
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--timeout", "900", *arguments]
        done = subprocess.run(command, cwd=self._folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode not in (0, _FAILED):
            raise RuntimeError(f"{' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.returncode == _FAILED


class Changed:
    """One module with one guard line taken out."""

    def __init__(self, module: Path, guard: Guard) -> None:
        self._module = module
        self._sound = module.read_text()
        if self._sound.count(guard.line) != 1:
            raise ValueError(f"{guard.name}: its line stands {self._sound.count(guard.line)} times in {guard.module}")
        self._changed = self._sound.replace(guard.line, guard.instead)

    def __enter__(self) -> None:
        self._module.write_text(self._changed)

    def __exit__(self, *_: object) -> None:
        self._module.write_text(self._sound)


def _property(guard: Guard) -> str:
    return f"tests/test_forgery.py::{guard.property}"


def check(tree: Tree, guard: Guard) -> tuple[str, str]:
    """What the tests, and the property, said without the guard."""
    with tree.without(guard):
        tests = "noticed" if tree.notices(*guard.tests) else "NOT NOTICED"
        if not guard.property:
            return tests, ""
        by_property = "noticed" if tree.notices(_property(guard), profile="mutation") else "NOT NOTICED"
        return tests, by_property


def _row(guard: Guard, tests: str, by_property: str) -> str:
    found = f"`{guard.property}`: {by_property}" if guard.property else "none"
    return f"| {guard.name} | `{guard.module}` | {guard.what} | {tests} | {found} |\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="GUARD")
    parser.add_argument("--write", action="store_true", help="put the results into tests/README.md")
    wanted = parser.parse_args()
    guards = [g for g in GUARDS if not wanted.names or g.name in wanted.names]
    rows = ["| guard | in | without it | tests | property, within 2,000 examples |\n", "|---|---|---|---|---|\n"]
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Tree(Path(folder))
        # Nothing is proved by a test that fails of the sound tree, too.
        failing = [g.name for g in guards if tree.notices(*g.tests)]
        if failing:
            raise RuntimeError(f"these fail although nothing was taken out: {', '.join(failing)}")
        for guard in guards:
            began = time.monotonic()
            tests, by_property = check(tree, guard)
            missed += "NOT NOTICED" in (tests, by_property)
            rows.append(_row(guard, tests, by_property))
            print(f"{guard.name:26} {tests:12} {by_property:12} {time.monotonic() - began:5.1f} s", flush=True)
    if wanted.write and not wanted.names:
        PAGE.write_text(_TABLE.sub(lambda _: "\n" + "".join(rows) + "\n", PAGE.read_text()))
    return 1 if missed else 0


sys.exit(main())
