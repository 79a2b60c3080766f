"""Who is known under a display name: the addresses of the valid User IDs that begin with it. Pure."""

import unicodedata
from collections.abc import Iterable, Mapping

from ithaca.address import AddrSpec, user_id_address
from ithaca.openpgp.certificate import Certificate


def folded(name: str) -> str:
    """A name as it is compared: compatible characters, case and blanks make no difference."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def by_name(certificates: Iterable[Certificate], now: int) -> Mapping[str, frozenset[AddrSpec]]:
    """Folded display name → addresses, from User IDs that are valid at `now` (seconds since 1970)."""
    found: dict[str, set[AddrSpec]] = {}
    for certificate in certificates:
        for user_id in certificate.user_ids_at(now):
            mailbox = user_id_address(user_id)
            name = folded(user_id.rpartition("<")[0].partition("(")[0])
            if mailbox is not None and name:
                found.setdefault(name, set()).add(mailbox)
    return {name: frozenset(addresses) for name, addresses in found.items()}
