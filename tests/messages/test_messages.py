"""Every message of the corpus, opened as Bob."""

import pytest

import people
import shown
from ithaca import incoming
from ithaca.work import run
from messages import corpus, opening, rows
from messages.holders import NOW

PLACEHOLDER = b"ithaca.abcdef"
READ = corpus.read()
PASSING = [m for m in READ if incoming.look(m.octets, True) is incoming.Look.PASS]


@pytest.mark.parametrize("message", READ, ids=lambda m: m.name)
def test_what_bob_gets_is_what_the_folder_says(message):
    assert opening.differences(message.wanted, opening.fetched(message.octets, message.given), message.octets) == []


@pytest.mark.parametrize("message", PASSING, ids=lambda m: m.name)
def test_what_passes_at_a_first_look_is_judged_no_better_at_a_second(message):
    judged = opening.judged(message.octets, message.given)
    wanted = {name: message.wanted.get(name) for name in ("decryption", "signature", "from", "hides")}
    wanted["hides"] = wanted["hides"] or ()
    assert opening.differences(wanted, judged, message.octets) == []


@pytest.mark.parametrize("message", READ, ids=lambda m: m.name)
def test_the_seal_phrase_stands_where_everything_is_proved_and_nowhere_else(message):
    wanted = message.wanted.get("phrase", False)
    if wanted is not None:
        assert opening.phrase_stands(message.octets, message.given) is wanted


def test_what_only_this_installation_knows_is_noticed_in_foreign_mail():
    """The folder has placeholders for the seal phrase and for our authserv-id."""
    marks = incoming.Marks(phrases=(shown.PHRASE,))
    (leak,) = (m.octets.replace(b"{phrase}", shown.PHRASE.encode()) for m in READ if b"{phrase}" in m.octets)
    assert incoming.look(leak, True, marks) is incoming.Look.HOLD
    done = run(incoming.open_message(leak, opening.keys({}), engine=people.ENGINE, now=NOW, presentation=shown.PART))
    assert "phrase-leaked" in done.verdict.findings
    claiming = [m.octets.replace(PLACEHOLDER, shown.PART.authserv_id.encode()) for m in READ if "-ui-ar" in m.name]
    assert len(claiming) == 4
    for octets in claiming:
        assert shown.PART.authserv_id.encode() in octets
        cleaned = incoming.clean(octets.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", shown.PART)
        assert shown.PART.authserv_id.encode() not in cleaned
        assert b"mx.example; dkim=pass" in cleaned


def test_the_builder_makes_what_the_folder_holds():
    made = corpus.files()
    held = {p for folder in (corpus.FOLDER, corpus.KEYS) for p in folder.iterdir()} | {corpus.PAGE}
    assert sorted(p.name for p in held ^ made.keys()) == []
    assert [p.name for p, octets in made.items() if p.read_bytes() != octets] == []


def test_the_folder_stays_small_and_is_no_smaller_than_it_was_asked_to_be():
    assert sum(p.stat().st_size for p in corpus.HERE.rglob("*") if p.is_file()) < 3_000_000
    assert len(READ) >= 150
    assert {m.wanted["group"] for m in READ} == {
        "plain",
        "pgpmime",
        "inline",
        "protected-headers",
        "autocrypt",
        "mangled",
        "hostile",
    }


def test_every_attack_and_every_fault_of_a_peer_has_a_message_or_a_reason():
    covered = {row for case in corpus.cases() for row in case.rows}
    stated = set(rows.ATTACKS) | set(rows.FAULTS)
    assert covered - stated == set()
    assert stated - covered - set(rows.WITHOUT_MESSAGE) == set()
    assert covered & set(rows.WITHOUT_MESSAGE) == set()


def test_hostile_messages_bear_the_name_of_their_row():
    hostile = [case for case in corpus.cases() if case.group == "hostile"]
    assert [case.slug for case in hostile if not any(case.slug.startswith(row) for row in case.rows)] == []


@pytest.mark.parametrize("message", READ, ids=lambda m: m.name)
def test_every_message_is_explained_in_two_to_six_lines(message):
    path = next(p for folder in (corpus.FOLDER, corpus.HERE / "private") for p in folder.glob(f"{message.name}.readme"))
    assert 2 <= len(path.read_text().splitlines()) <= 6
