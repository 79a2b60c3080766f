"""Profiles of ``generate-key`` and ``encrypt``: name, aliases, what they mean.

The law of this file: a profile is a row of the table. The first row of a subcommand is its default; the draft allows
at most four to be listed, so others answer to their name alone (draft-dkg-openpgp-stateless-cli-14, "PROFILELIST").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ithaca.cli.sop.exit_codes import ExitCode, Failure

MOST_LISTED = 4


@dataclass(frozen=True, slots=True)
class Profile:
    """One row."""

    name: str
    value: str
    """What the engine calls it: a profile of `openpgp.own_keys.profiles`, or what `encrypting` makes of it."""
    text: str
    aliases: tuple[str, ...] = ()
    is_listed: bool = True


PROFILES: Mapping[str, Sequence[Profile]] = {
    "generate-key": (
        Profile(
            "rfc4880-ed25519",
            "ed25519",
            "version 4, Ed25519 and Curve25519: small, and everybody reads it",
            ("compatibility",),
        ),
        Profile("rfc9580", "v6-ed25519", "version 6, Ed25519 and X25519; not for GnuPG", ("security", "performance")),
        Profile("rfc9580-448", "v6-ed448", "version 6, Ed448 and X448; not for GnuPG"),
        Profile("rfc4880-rsa3072", "rsa3072", "version 4, RSA of 3072 bits"),
        Profile("rfc4880-rsa4096", "rsa4096", "version 4, RSA of 4096 bits", is_listed=False),
        Profile("rfc4880-p256", "p256", "version 4, NIST P-256", is_listed=False),
        Profile("rfc4880-p384", "p384", "version 4, NIST P-384", is_listed=False),
        Profile("rfc4880-brainpool256", "brainpool256", "version 4, brainpoolP256r1", is_listed=False),
    ),
    "encrypt": (
        Profile("default", "", "what every certificate can read: SEIPDv2 if all announce it, else SEIPDv1"),
        Profile("rfc9580", "2", "SEIPDv2, or a failure where a certificate does not announce it", ("security",)),
        Profile("rfc4880", "1", "SEIPDv1, which everybody reads", ("compatibility", "performance")),
    ),
}
"""By subcommand."""


def listed(subcommand: str) -> list[str]:
    """The lines of ``list-profiles``."""
    return [_line(profile) for profile in _of(subcommand) if profile.is_listed]


def _line(profile: Profile) -> str:
    aliases = f" (aliases: {', '.join(profile.aliases)})" if profile.aliases else ""
    return f"{profile.name}: {profile.text}{aliases}"


def _of(subcommand: str) -> Sequence[Profile]:
    if subcommand not in PROFILES:
        raise Failure(ExitCode.UNSUPPORTED_PROFILE, f"The subcommand '{subcommand}' has no profiles.")
    return PROFILES[subcommand]


def find(subcommand: str, name: str) -> Profile:
    """By name or alias; ``default`` is the first whatever its name."""
    rows = _of(subcommand)
    if name == "default":
        return rows[0]
    for profile in rows:
        if name in (profile.name, *profile.aliases):
            return profile
    sentence = f"There is no profile '{name}' for {subcommand}; 'list-profiles {subcommand}' shows those there are."
    raise Failure(ExitCode.UNSUPPORTED_PROFILE, sentence)
