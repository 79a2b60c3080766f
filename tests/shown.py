"""Presentations for tests, and letters as a client stores them."""

import re

from ithaca.incoming import Banner, Presentation

KEY = bytes(range(32))
PHRASE = "copper lantern walnut river"
PART = Presentation(banner=Banner.PART, phrase=PHRASE, key=KEY)
STRANGE = Presentation(banner=Banner.PART, phrase="four other plain words", key=bytes(32))


def maildir(message):
    return message.replace(b"\r\n", b"\n")


def mbox(message):
    """mboxrd, as Thunderbird and many others keep it."""
    quoted = re.sub(rb"^(>*From )", rb">\1", maildir(message), flags=re.MULTILINE)
    return b"From - Tue Nov 24 10:00:00 2026\nX-Mozilla-Status: 0001\n" + quoted + b"\n"


def text_of(message):
    """The text of the banner of a message."""
    from ithaca.mime import banner, entity

    found = banner.unwrap(entity.parse(message))
    return "" if found is None else found.text
