"""Cases about certificates by what comes of them."""

from certificates.case import Case
from certificates.people import ALICE

KEY = (ALICE.encryption.fingerprint,)


def usable(slug, row, readme, octets, state="usable", reason="", keys=None, user_ids=None, **more):
    if keys is None:
        keys = KEY if state == "usable" else ()
    if user_ids is not None:
        more["user_ids"] = user_ids
    return Case(slug, row, readme, "certificate", state, reason, octets, keys=keys, **more)


def refused(slug, row, readme, octets, reason, **more):
    return usable(slug, row, readme, octets, "refused", reason, **more)


def malformed(slug, row, readme, octets, reason, **more):
    return usable(slug, row, readme, octets, "malformed", reason, **more)
