"""One message of the corpus: octets that reach Bob's maildrop, and what must come of them."""

import textwrap
from dataclasses import dataclass, field
from typing import Any

ANY = None
"""In place of a fact that is not stated."""


@dataclass(frozen=True)
class Case:
    """Octets, what is expected, and why."""

    slug: str
    """Of the hostile group: begins with the attack's id."""
    group: str
    octets: bytes
    wanted: dict[str, Any]
    what: str
    why: str
    rows: tuple[str, ...] = ()
    """The attacks and peers' faults that it stands for."""
    given: dict[str, Any] = field(default_factory=dict)
    """What Bob's Ithaca knows, where that is not the usual."""

    @property
    def readme(self):
        """Two to six lines."""
        lines = textwrap.wrap(self.what, 110) + textwrap.wrap(self.why, 110)
        if self.rows:
            lines.append(f"({', '.join(self.rows)})")
        return "\n".join(lines) + "\n"


def want(decryption="none", signature="none", from_="none", **more):
    """What ``.verdict.json`` says.

    `findings`: those that must be there; `some_finding`: at least one must; `no_findings`: none may. `shows`, `hides`:
    what must or must not stand in what the client gets; `head_hides`: in its header section. `untouched`: the octets
    pass but for our mark; `body_untouched`: those of the body. `phrase`: the seal phrase stands there. A fact may be a list: one of these.
    """
    return {"decryption": decryption, "signature": signature, "from": from_, **more}


def proved(decryption="none", **more):
    """Everything is proved: Alice's good signature, of today, and she is known."""
    return want(decryption, "good", "match", **{"phrase": True, "no_findings": True, **more})


def closed(**more):
    """Nothing opened, nothing claimed, and the captured text is not to be read."""
    more.setdefault("hides", ["The gate opens"])
    return want(**more)


def unsigned(**more):
    """Nothing of a signature counts."""
    return want("none", "none", "none", **more)
