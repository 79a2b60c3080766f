"""Keys of our own making for tests of other things: as ``ithaca key generate`` makes them."""

import os

from ithaca.openpgp.own_keys import generation, profiles
from ithaca.openpgp.pgpy_engine import PgpyEngine


def generated(user_id, passphrase, created, profile=profiles.DEFAULT):
    """A new key with all that belongs to it, made at `created` (seconds since 1970)."""
    chosen = profiles.PROFILES[profile]
    return generation.generate(
        chosen, [user_id], passphrase, created=int(created), engine=PgpyEngine(), random=os.urandom
    )


def new_key(*arguments):
    """The transferable secret key of it, binary."""
    return generated(*arguments).octets
