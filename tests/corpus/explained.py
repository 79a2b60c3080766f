"""``ithaca explain`` run on cases, in this process, and what came of it.

The law of this file: a failure that the command words itself is a value; every other exception goes through.
"""

import datetime
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner

from corpus import mails
from ithaca.cli import ithaca
from ithaca.errors import Error

NOBODY = "providers: {isp: {smtp: {host: localhost}, pop3: {host: localhost}}}\ndisplay: {banner: off}\n"
"""A configuration without any identity, for cases without any key."""
LETTER = b"From: a@corpus.example\r\n\r\nA letter to try a key on.\r\n"


@dataclass(frozen=True, slots=True)
class Usable:
    """The keys of a case without those that cannot be loaded, and why not."""

    secret: tuple[Path, ...]
    certificates: tuple[Path, ...]
    passphrase: str
    refusals: tuple[str, ...]
    """The command's own words for each file that it refuses."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What ``ithaca explain --json --show`` gave for one message."""

    verdict: dict
    shown: bytes = field(repr=False)
    keys: Usable


class Explaining:
    """Runs the command in a folder of its own; every answer is kept, so that each costs once."""

    def __init__(self, folder):
        self._folder = folder
        # With a state of its own: a key that another test's service made would stamp what is shown here.
        self._runner = CliRunner(env={"XDG_STATE_HOME": str(folder / "state")})
        self._refusals = {}
        self._answers = {}
        (folder / "nobody.yaml").write_text(NOBODY)
        (folder / "letter.eml").write_bytes(LETTER)

    def usable(self, keys):
        """Which of a case's keys can be loaded at all: each is tried by itself."""
        tried = [("--key", path, keys.passphrase) for path in keys.secret]
        tried += [("--cert", path, "") for path in keys.certificates]
        refused = {path: refusal for way, path, secret in tried if (refusal := self._refusal(way, path, secret))}
        return Usable(
            secret=tuple(path for path in keys.secret if path not in refused),
            certificates=tuple(path for path in keys.certificates if path not in refused),
            passphrase=keys.passphrase,
            refusals=tuple(refused.values()),
        )

    def answer(self, case, *, now=False):
        """The command's answer for a case with its usable keys; `now`: at this time, whatever the case says."""
        moment = None if now else case.moment
        if (case.id, moment) not in self._answers:
            path = case.path if case.level == "mail" else self._framed(case)
            self._answers[case.id, moment] = self._answer(path, self.usable(case.keys), moment)
        return self._answers[case.id, moment]

    def as_it_is(self, path):
        """The verdict on any file at all, without any key."""
        return json.loads(self._run(self.arguments(path, Usable((), (), "", ()))))

    def has_answered(self, case):
        """Was the case run as of its own time?"""
        return (case.id, case.moment) in self._answers

    def arguments(self, path, keys, moment=None):
        """The command line, without the name of the program."""
        words = ["explain", str(path), "--json"]
        words += [word for key in keys.secret for word in ("--key", str(key))]
        words += [word for cert in keys.certificates for word in ("--cert", str(cert))]
        if not keys.secret and not keys.certificates:
            words += ["--config", str(self._folder / "nobody.yaml")]
        if keys.passphrase and keys.secret:
            words += ["--passphrase-file", str(self._passphrase_file(keys.passphrase))]
        if moment is not None:
            words += ["--at", datetime.datetime.fromtimestamp(moment, datetime.UTC).isoformat()]
        return words

    def _answer(self, path, keys, moment):
        out = self._folder / "shown.eml"
        out.unlink(missing_ok=True)
        printed = self._run([*self.arguments(path, keys, moment), "--show", str(out)])
        return Answer(json.loads(printed), out.read_bytes(), keys)

    def _run(self, words):
        done = self._runner.invoke(ithaca, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        # What came on standard error is in it, and would be no JSON.
        return done.output

    def _refusal(self, way, path, passphrase):
        """Why the command refuses one file; None: it takes it."""
        if (path, passphrase) not in self._refusals:
            words = ["explain", str(self._folder / "letter.eml"), "--json", way, str(path)]
            if passphrase:
                words += ["--passphrase-file", str(self._passphrase_file(passphrase))]
            self._refusals[path, passphrase] = self._words_of_refusal(words)
        return self._refusals[path, passphrase]

    def _words_of_refusal(self, words):
        try:
            self._run(words)
        except Error as error:
            return str(error)
        return None

    def _passphrase_file(self, passphrase):
        path = self._folder / ("passphrase-" + re.sub(r"\W", "-", passphrase))
        path.touch(mode=0o600)
        path.write_text(passphrase + "\n")
        return path

    def _framed(self, case):
        path = self._folder / (re.sub(r"\W", "-", case.id) + ".eml")
        path.write_bytes(mails.as_mail(case))
        return path
