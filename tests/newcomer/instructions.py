"""README's commands, by the comments that stand above them.

The law of this file: a command is used as it stands; what a person must put in place of an example is replaced by
name, and it is an error if it is not there.
"""

import re
import textwrap
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


def block(tag: str) -> str:
    """The block below ``<!-- tag -->``, without its indentation. Raises `LookupError`."""
    found = re.search(rf"^ *<!-- {tag} -->\n *```\w+\n(.*?)^ *```$", README.read_text(), re.MULTILINE | re.DOTALL)
    if found is None:
        raise LookupError(f"README has no block '{tag}'")
    return textwrap.dedent(found.group(1)).strip()


def put_in(text: str, **replaced: str) -> str:
    """The text with examples replaced; every one of them must stand in it."""
    for example, own in replaced.items():
        if example not in text:
            raise LookupError(f"README no longer has {example!r}")
        text = text.replace(example, own)
    return text
