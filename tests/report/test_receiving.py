"""The record, the fields and the lines of a verdict."""

import dataclasses
import datetime
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import json_schema
from ithaca import report
from ithaca.report.findings import FINDINGS
from ithaca.verdict import (
    Binding,
    Decryption,
    FieldProtection,
    Fingerprint,
    From,
    Layer,
    Protection,
    Signature,
    SignatureState,
    Step,
    Verdict,
)

OURS = "ithaca.abcdefgh"
GOOD = Verdict(
    decryption=Decryption.FULL,
    signature=SignatureState.GOOD,
    signatures=(Signature(SignatureState.GOOD, "made by a valid signing key", signer=Fingerprint("AB" * 20)),),
    from_=From.MATCH,
    from_addresses=("alice@openpgp.example",),
    binding=Binding.SEEN,
    since=datetime.datetime(2026, 3, 3, tzinfo=datetime.UTC),
    messages=3,
)


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({}, "pass"),
        ({"binding": Binding.NEW}, "neutral"),
        ({"binding": Binding.CONFLICT}, "policy"),
        ({"from_": From.MISMATCH}, "policy"),
        ({"findings": ("far-from-date",)}, "neutral"),
        ({"signature": SignatureState.BAD}, "fail"),
        ({"signature": SignatureState.UNKNOWN}, "neutral"),
        ({"signature": SignatureState.REFUSED}, "policy"),
        ({"signature": SignatureState.NONE}, "none"),
    ],
)
def test_one_word_says_pass_only_where_everything_is_proved(change, result):
    field = report.authentication_results(dataclasses.replace(GOOD, **change), OURS)
    assert field.startswith(b"Authentication-Results: ithaca.abcdefgh;\r\n x-openpgp=" + result.encode() + b"\r\n")


def test_the_properties_of_a_result():
    assert report.authentication_results(GOOD, OURS) == (
        b"Authentication-Results: ithaca.abcdefgh;\r\n x-openpgp=pass\r\n"
        b" header.from=alice@openpgp.example\r\n policy.fingerprint=" + b"AB" * 20 + b"\r\n"
    )


@given(st.lists(st.text(), max_size=2))
def test_no_address_breaks_the_field(addresses):
    field = report.authentication_results(dataclasses.replace(GOOD, from_addresses=tuple(addresses)), OURS)
    lines = field.split(b"\r\n")
    assert all(0x20 <= octet < 0x7F for line in lines for octet in line)
    assert all(line.startswith(b" ") for line in lines[1:-1])
    assert b";" not in b"".join(lines[1:])


# --- the record ---

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "verdict.schema.json").read_text())
FINGERPRINTS = st.sampled_from(["AB" * 8, "AB" * 20, "AB" * 32]).map(Fingerprint)
# OpenPGP counts from 1970 to 2106.
MOMENTS = st.integers(0, 2**32 - 1).map(lambda n: datetime.datetime.fromtimestamp(n, datetime.UTC))
SIGNATURES = st.builds(
    Signature,
    state=st.sampled_from(SignatureState),
    reason=st.text(),
    signer=st.none() | FINGERPRINTS,
    key=st.none() | FINGERPRINTS,
    created=st.none() | MOMENTS,
    hash=st.none() | st.just("SHA256"),
    user_ids=st.tuples(st.text()),
)
VERDICTS = st.builds(
    Verdict,
    decryption=st.sampled_from(Decryption),
    signature=st.sampled_from(SignatureState),
    signatures=st.lists(SIGNATURES, max_size=3).map(tuple),
    from_=st.sampled_from(From),
    from_addresses=st.lists(st.text(), max_size=2).map(tuple),
    binding=st.sampled_from(Binding),
    since=st.none() | MOMENTS,
    messages=st.integers(0, 10**6),
    fields=st.lists(st.builds(FieldProtection, st.text(), st.sampled_from(Protection), st.booleans()), max_size=3).map(
        tuple
    ),
    subject=st.none() | st.text(),
    layers=st.lists(st.sampled_from(Layer), max_size=4).map(tuple),
    findings=st.lists(st.sampled_from([*FINDINGS]), max_size=3).map(tuple),
    steps=st.lists(st.builds(Step, st.text(), st.text()), max_size=2).map(tuple),
)


@given(VERDICTS)
def test_every_record_is_as_the_schema_says(verdict):
    record = report.as_record(verdict)
    assert list(json_schema.problems(SCHEMA, record)) == []
    assert json.loads(json.dumps(record)) == record
    assert set(SCHEMA["required"]) == set(record)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"signature": "great"},
        {"signature": True},
        {"messages": -1},
        {"messages": True},
        {"findings": ["Not A Name"]},
        {"since": "yesterday"},
        {"fields": [{"name": "subject"}]},
        {"steps": [{"subject": "a", "outcome": "b", "more": "c"}]},
        {"unknown": 1},
        {"shown": {"whole": 1, "said": ""}},
    ],
    ids=str,
)
def test_the_schema_refuses_what_is_no_record(change):
    assert list(json_schema.problems(SCHEMA, report.as_record(GOOD) | change))


def test_the_enumerations_of_the_schema_are_those_of_the_record():
    kinds = {"decryption": Decryption, "from": From, "binding": Binding}
    for name, kind in kinds.items():
        assert set(SCHEMA["properties"][name]["enum"]) == {member.value for member in kind}
    assert set(SCHEMA["$defs"]["state"]["enum"]) == {member.value for member in SignatureState}
    (protection,) = [SCHEMA["properties"]["fields"]["items"]["properties"]["protection"]]
    assert set(protection["enum"]) == {member.value for member in Protection}
    assert set(SCHEMA["properties"]["layers"]["items"]["enum"]) == {member.value for member in Layer}


@given(VERDICTS)
def test_what_a_person_reads_holds_every_fact_and_no_control_character(verdict):
    lines = report.lines(verdict)
    assert all(line.isprintable() for line in lines)
    assert sum(line.startswith("field ") for line in lines) == len(verdict.fields)
    assert sum(line.startswith("step ") for line in lines) == len(verdict.steps)


def test_how_long_a_key_is_known_is_said():
    assert "binding     seen: 3 letters since 2026-03-03T00:00:00Z" in report.lines(GOOD)
    assert "binding     seen: 1 letter since 2026-03-03T00:00:00Z" in report.lines(
        dataclasses.replace(GOOD, messages=1)
    )
    covered = dataclasses.replace(GOOD, fields=(FieldProtection("subject", Protection.SIGNED, True),))
    line = "field       subject: signed-only; it stands outside with another value, or not at all"
    assert line in report.lines(covered)


def test_of_several_good_signatures_the_one_of_whom_from_names_is_told():
    """Anybody can sign around a letter that Alice has signed well."""
    around, hers = (
        Signature(SignatureState.GOOD, "made by a valid signing key", signer=Fingerprint(digits * 20), user_ids=(text,))
        for digits, text in (("CD", "Eve <eve@evil.example>"), ("AB", "Alice <alice@openpgp.example>"))
    )
    verdict = dataclasses.replace(GOOD, signatures=(around, hers))
    assert report.deciding(verdict) is hers
    assert b"policy.fingerprint=" + b"AB" * 20 in report.authentication_results(verdict, OURS)
    assert report.deciding(dataclasses.replace(verdict, from_=From.MISMATCH)) is around
