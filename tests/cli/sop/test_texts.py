"""Text is proved to be text before anything is made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.cli.sop import texts
from ithaca.cli.sop.exit_codes import ExitCode, Failure


def cut(octets, size):
    return [octets[i : i + size] for i in range(0, len(octets), size)]


@given(st.text(), st.integers(1, 5))
def test_text_passes_however_it_is_cut(text, size):
    octets = text.encode("utf-8", "ignore")
    assert b"".join(texts.checked(cut(octets, size))) == octets


@given(st.binary(max_size=40), st.integers(1, 5))
def test_what_python_calls_no_utf8_does_not(octets, size):
    try:
        octets.decode()
    except UnicodeDecodeError:
        with pytest.raises(Failure) as raised:
            next(texts.checked(cut(octets, size)))
        assert raised.value.code == ExitCode.EXPECTED_TEXT
    else:
        assert b"".join(texts.checked(cut(octets, size))) == octets


def test_a_long_text_is_given_on_while_it_comes(monkeypatch):
    monkeypatch.setattr(texts, "HELD", 10)
    taken = []

    def pieces():
        for number in range(5):
            taken.append(number)
            yield b"12345"

    checked = texts.checked(pieces())
    assert next(checked) == b"12345"
    assert taken == [0, 1, 2]
    assert b"".join(checked) == b"12345" * 4
