"""The log: one line each, no control characters, no traceback with text of a message."""

import logging

import pytest

from ithaca import log


@pytest.fixture
def handler(monkeypatch):
    root = logging.getLogger("ithaca")
    kept = (root.handlers[:], root.level, root.propagate)
    level = logging.getLogger("asyncio").level
    yield lambda: root.handlers[0]
    root.handlers[:], root.propagate = kept[0], kept[2]
    root.setLevel(kept[1])
    logging.getLogger("asyncio").setLevel(level)


def line(handler, text, **more):
    record = logging.LogRecord("ithaca.x", logging.WARNING, "f", 1, text, (), more.get("exc_info"))
    return handler.format(record)


def test_a_record_is_one_line_whatever_is_in_it(handler):
    log.set_up()
    assert "\n" not in line(handler(), "a\r\nb\x1b[31m")


def test_an_exception_shows_its_class_alone(handler):
    log.set_up()
    try:
        raise ValueError("secret text of a letter")
    except ValueError as error:
        shown = line(handler(), "failed", exc_info=(type(error), error, error.__traceback__))
    assert shown.endswith("failed (ValueError)")


def test_the_journal_gets_priorities(handler, monkeypatch):
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    log.set_up()
    assert line(handler(), "x") == "<4>ithaca.x: x"
