"""Real mail of other projects through ``ithaca explain`` and through POP3: no crash, no octet changed, nothing called
good that is not. README.md says what the corpus is, and what "agrees" means.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from corpus import agreement, mails, retrieval, schema, table
from ithaca import incoming
from ithaca.incoming import Look

LEAST_AGREEING = {"mail": (62, 91), "openpgp": (65, 71)}
"""Level → (cases that agree in all that is stated, cases that state anything), as measured on 2026-12-01. The first may
be raised; where the second is another number it is another corpus, which this says nothing about."""
PROCESSES = ("signed-encrypted", "signed", "plain", "malformed", "attack")
"""Kinds whose first mail goes through the command as a process of its own."""


def of_level(outcomes, level):
    return [o for o in outcomes if o.case.level == level]


# --- ithaca explain ----------------------------------------------------------------------------------


def test_every_message_reaches_a_verdict(outcome):
    schema.require(outcome.answer.verdict)
    assert outcome.answer.shown.startswith(b"Ithaca-Verdict: v=1;")


def test_no_signature_is_called_good_that_is_stated_to_be_something_else(outcome):
    assert not agreement.wrongly_good(outcome.case.expect, outcome.answer.verdict)


@pytest.mark.parametrize("level", sorted(LEAST_AGREEING))
def test_no_fewer_cases_agree_with_their_stated_outcome_than_once_did(outcomes, level):
    least, stated = LEAST_AGREEING[level]
    found = of_level(outcomes, level)
    assert sum(bool(o.agreement.stated) for o in found) != stated or table.agreeing(found) >= least


def test_every_case_that_does_not_agree_is_explained(outcomes):
    """Of the corpus that README lists: of another one its list says nothing."""
    text = (Path(__file__).parent / "README.md").read_text()
    explained = set(re.findall(r"^\| `([^`]+)` \|", text.partition("## Cases that do not agree")[2], re.MULTILINE))
    if explained <= {outcome.case.id for outcome in outcomes}:
        open_ = {o.case.id for o in outcomes if o.agreement.stated - o.agreement.held}
        assert open_ == explained


def test_nothing_that_the_manifest_says_is_passed_over(case):
    assert case.unknown == ()


def test_what_is_no_mail_at_all_reaches_a_verdict_too(cases, explaining):
    """Keys, certificates and bare OpenPGP messages, as their files are."""
    files = {case.path for case in cases if case.level != "mail"}
    files |= {path for case in cases for path in (*case.keys.secret, *case.keys.certificates)}
    for path in sorted(files):
        verdict = explaining.as_it_is(path)
        schema.require(verdict)
        assert (verdict["decryption"], verdict["signature"]) == ("none", "none"), path


def test_a_key_that_cannot_be_loaded_is_refused_in_one_line_that_names_the_file(cases, explaining):
    refused = [(keys, explaining.usable(keys)) for keys in {case.keys for case in cases}]
    refused = [(keys, words) for keys, usable in refused for words in usable.refusals]
    assert refused, "the corpus has keys of kinds that are not supported"
    for keys, words in refused:
        assert re.fullmatch(r"[^\n]+: [^\n]+", words), words
        assert any(words.startswith(f"{path}: ") for path in (*keys.secret, *keys.certificates)), words


@pytest.mark.parametrize("kind", PROCESSES)
def test_the_command_as_a_process_says_the_same(cases, explaining, kind):
    case = next(c for c in cases if (c.level, c.kind) == ("mail", kind))
    done = process(explaining.arguments(case.path, explaining.usable(case.keys)))
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == explaining.answer(case).verdict


def test_the_command_as_a_process_refuses_a_key_in_one_line(cases, explaining):
    case = next(c for c in cases if c.keys.secret and not explaining.usable(c.keys).secret)
    done = process(explaining.arguments(case.path, case.keys))
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().startswith(f"ithaca: {case.keys.secret[0]}: ")
    assert done.stderr.count(b"\n") == 1


def process(arguments):
    command = [sys.executable, "-W", "error", "-m", "ithaca", *arguments]
    return subprocess.run(command, capture_output=True, timeout=60, check=False)


# --- POP3 --------------------------------------------------------------------------------------------


def test_every_message_can_be_fetched_over_pop3(origin, cases, explaining, loop, tmp_path):
    """Octet for octet where Ithaca has no business with it, else as ``ithaca explain`` shows it."""
    readers = retrieval.readers([case for case in cases if case.origin == origin], explaining.usable)
    with retrieval.serving(loop, tmp_path, readers) as port:
        for reader in readers:
            with retrieval.session(port, reader) as client:
                assert client.stat()[0] == len(reader.cases)
                for number, case in enumerate(reader.cases, 1):
                    received = retrieval.retrieve(client, number)
                    require_top(case, retrieval.top(client, number), received)
                    require_right(case, received, explaining)


def require_top(case, extract, received):
    """TOP of no line shows the header section of what RETR gave, where the header section alone says what it is."""
    delivered = mails.as_delivered(case)
    if mails.is_pgp_mime(mails.read(delivered)) or not mails.holds_openpgp(delivered):
        assert extract == mails.head(received), case.id
    else:
        assert extract in (mails.head(received), mails.without_our_fields(mails.head(delivered))), case.id


def require_right(case, received, explaining):
    delivered = mails.as_delivered(case)
    if incoming.look(delivered, complete=True) is Look.PASS:
        assert received == mails.without_our_fields(delivered), case.id
        return
    answer = explaining.answer(case, now=True)
    assert received.startswith(b"Ithaca-Verdict: "), f"{case.id} came without a verdict"
    if "replayed-ciphertext" in verdict_field(received).get("findings", ""):
        # Some cases have the same ciphertext, which the service opens in one letter alone.
        assert verdict_field(received)["decryption"] == "none", case.id
        return
    assert at_first_sight(verdict_field(received)) == in_short(answer.verdict), case.id
    assert behind_verdict(retrieval.undressed(received)) == behind_verdict(
        retrieval.undressed(mails.ended(answer.shown))
    ), case.id


def behind_verdict(octets):
    return re.sub(rb"\AIthaca-Verdict:.*?\r\n(?![ \t])", b"", octets, flags=re.DOTALL)


def at_first_sight(said):
    """As whoever is given files alone says it: who has no address, and never saw a letter by that key before."""
    names = [name for name in said.pop("findings", "").split(",") if name not in ("", "not-addressed")]
    said["binding"] = said["binding"].replace("seen", "new")
    return said | ({"findings": ",".join(names)} if names else {})


def verdict_field(received):
    """Name → value of the verdict that a client finds; the words of the reason aside."""
    field = re.sub(r'"[^"]*"', "", mails.read(received)["Ithaca-Verdict"])
    return dict(pair.strip().split("=", 1) for pair in field.split(";") if not pair.strip().startswith("reason"))


def in_short(verdict):
    """The same of ``ithaca explain --json``."""
    said = {name: verdict[name] for name in ("decryption", "signature", "from", "binding")}
    deciding = next((s for s in verdict["signatures"] if s["state"] == verdict["signature"]), {})
    said["v"] = str(verdict["version"])
    said["signer"] = deciding.get("signer") or deciding.get("key")
    said["time"] = deciding.get("time")
    said["findings"] = ",".join(verdict["findings"])
    return {name: value for name, value in said.items() if value}


def test_what_is_held_is_what_another_reader_finds_openpgp_in(case):
    """By the standard library's reading, which says what Ithaca has no business with."""
    delivered = mails.as_delivered(case)
    held = incoming.look(delivered, complete=True) is not Look.PASS
    # What only begins in the middle of some base64 stays closed without being held.
    assert mails.holds_openpgp(delivered) >= held >= mails.is_pgp_mime(mails.read(delivered))


def test_plain_mail_is_never_held(case):
    """By the manifest's word: nothing is sealed, and no signature is stated."""
    if case.kind == "plain" or (case.kind == "autocrypt" and case.expect.decrypts is None):
        assert incoming.look(mails.as_delivered(case), complete=True) is Look.PASS
