"""Authentication-Results in our name, in every spelling; those of others stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.mime import authentication
from ithaca.mime.header import HeaderSection

OURS = b"ithaca.abcdefgh"
FORGED = {
    "plain": b"Authentication-Results: ithaca.abcdefgh; x-openpgp=pass\r\n",
    "case": b"aUTHENTICATION-rESULTS: ITHACA.abcDEFGH; x-openpgp=pass\r\n",
    "blank before the colon": b"Authentication-Results \t: ithaca.abcdefgh; x-openpgp=pass\r\n",
    "folded": b"Authentication-Results:\r\n\tithaca.abcdefgh\r\n ; x-openpgp=pass\r\n",
    "version": b"Authentication-Results: ithaca.abcdefgh 1; x-openpgp=pass\r\n",
    "comment": b"Authentication-Results: (of (nobody)) ithaca.abcdefgh (1) 1; x-openpgp=pass\r\n",
    "comment inside": b"Authentication-Results: ithaca(x).(y)abcd(z)efgh; x-openpgp=pass\r\n",
    "quoted": b'Authentication-Results: "ithaca.abcdefgh"; x-openpgp=pass\r\n',
    "quoted pairs": b'Authentication-Results: "itha\\ca.abc\\defgh"; x-openpgp=pass\r\n',
    "folded inside": b'Authentication-Results: "ithaca.\r\n abcdefgh"; x-openpgp=pass\r\n',
    "second": b"Authentication-Results: isp.example; spf=pass; ithaca.abcdefgh; x-openpgp=pass\r\n",
    "behind a lone CR": b"Subject: s\rAuthentication-Results: ithaca.abcdefgh; x-openpgp=pass\r\n",
    "behind a lone LF": b"Subject: s\nAuthentication-Results: ithaca.abcdefgh; x-openpgp=pass\r\n",
    "behind a NUL": b"Subject: s\0Authentication-Results: ithaca.abcdefgh; x-openpgp=pass\r\n",
    "behind NULs and blanks": b"Subject: s\0 \0\t\0 Authentication-Results: ithaca.abcdefgh; x-openpgp=pass\r\n",
    "no colon on the line": b"Authentication-Results\r\n : ithaca.abcdefgh; x-openpgp=pass\r\n",
}
THEIRS = (
    b"Authentication-Results: mx.isp.example; spf=pass smtp.mailfrom=a@b.example\r\n"
    b"authentication-results: ithaca.abcdefgi; x-openpgp=pass\r\n"
    b"ARC-Authentication-Results: i=1; mx.isp.example; dkim=pass\r\n"
    b"Subject: Authentication-Results: ithaca.abcdefgh is what it says\r\n"
    b"X-Note: ithaca.abcdefgh\r\n"
)


@pytest.mark.parametrize("field", FORGED.values(), ids=FORGED)
def test_every_spelling_in_our_name_is_taken_out(field):
    section = HeaderSection.parse(THEIRS + field + b"To: b@c.example\r\n")
    cleaned = authentication.without_claims(section, OURS).render()
    assert b"x-openpgp=pass" not in cleaned.replace(b"abcdefgi; x-openpgp=pass", b"")
    assert cleaned.endswith(b"To: b@c.example\r\n")


def test_what_others_say_stays_octet_for_octet():
    section = HeaderSection.parse(THEIRS)
    assert authentication.without_claims(section, OURS).render() == THEIRS


def test_without_a_name_of_ours_everything_stays():
    section = HeaderSection.parse(b"".join(FORGED.values()))
    assert authentication.without_claims(section, b"") == section


@pytest.mark.parametrize("filler", [b"\0", b" \0", b"\r", b"\0\r", b"(", b"\\", b'"', b"authentication-results\0"])
@pytest.mark.parametrize("name", [b"Authentication-Results", b"Subject"])
@pytest.mark.timeout(10)
def test_a_megabyte_of_anything_is_no_hang(filler, name):
    field = name + b": x" + filler * ((1 << 20) // len(filler)) + b"\r\n"
    section = HeaderSection.parse(field)
    assert authentication.without_claims(section, OURS) == section


@given(st.binary(max_size=200))
def test_any_octets_are_looked_at(octets):
    section = HeaderSection.parse(b"Authentication-Results: " + octets)
    rendered = authentication.without_claims(section, OURS).render()
    assert OURS not in rendered.lower() or b"authentication-results" not in rendered.lower()[: 1 << 6]
