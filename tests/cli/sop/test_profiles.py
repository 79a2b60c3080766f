"""The table of profiles, and what list-profiles makes of it."""

from pathlib import Path

import pytest

from ithaca.cli.sop import profiles
from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.openpgp.own_keys import profiles as kinds


@pytest.mark.parametrize("subcommand", profiles.PROFILES)
def test_the_draft_is_obeyed_in_what_is_listed(subcommand):
    lines = profiles.listed(subcommand)
    assert 1 <= len(lines) <= profiles.MOST_LISTED == 4
    assert lines[0].startswith(profiles.PROFILES[subcommand][0].name + ": ")
    assert all(len(line.encode()) <= 1000 for line in lines)
    assert all(not set(line.partition(": ")[0]) & set(" \t:@") for line in lines)


@pytest.mark.parametrize("subcommand", profiles.PROFILES)
def test_every_name_means_one_profile(subcommand):
    rows = profiles.PROFILES[subcommand]
    names = [name for row in rows for name in (row.name, *row.aliases)]
    assert len(set(names)) == len(names)
    assert [profiles.find(subcommand, row.name) for row in rows] == list(rows)
    assert profiles.find(subcommand, "default") == rows[0]
    for alias in ("security", "performance", "compatibility"):
        assert profiles.find(subcommand, alias) in rows


def test_the_page_names_every_profile_with_its_aliases():
    page = (Path(__file__).resolve().parents[3] / "docs" / "sop.md").read_text()
    for row in (row for rows in profiles.PROFILES.values() for row in rows):
        lines = [line for line in page.splitlines() if line.startswith("|") and f"`{row.name}`" in line.split("|")[1]]
        assert lines, row.name
        assert all(f"`{alias}`" in lines[0] for alias in row.aliases), row.name


def test_every_kind_of_key_is_one_that_the_engine_makes():
    assert all(row.value in kinds.PROFILES for row in profiles.PROFILES["generate-key"])
    assert profiles.PROFILES["generate-key"][0].value == kinds.DEFAULT


@pytest.mark.parametrize(("subcommand", "name"), [("sign", "default"), ("encrypt", "rfc1991"), ("encrypt", "")])
def test_an_unknown_one_is_refused(subcommand, name):
    with pytest.raises(Failure) as raised:
        profiles.find(subcommand, name)
    assert raised.value.code == ExitCode.UNSUPPORTED_PROFILE


def test_listed_by_the_program(sop):
    assert sop("list-profiles", "encrypt").decode().splitlines() == profiles.listed("encrypt")
    first = sop("list-profiles", "generate-key").decode().splitlines()[0]
    assert first.startswith("rfc4880-ed25519: ")
    assert first.endswith(" (aliases: compatibility)")
    sop.fails(89, "list-profiles", "verify")
    sop.fails(19, "list-profiles")
