"""``ithaca-sop version`` and ``list-profiles``."""

import click

import ithaca
from ithaca.cli.sop import profiles, standard_streams
from ithaca.cli.sop.exit_codes import ExitCode, Failure

SPECIFICATION = "draft-dkg-openpgp-stateless-cli-14"
MISSING = ("update-key", "merge-certs", "certify-userid", "validate-userid")
"""Subcommands of the draft that are not here: Ithaca keeps certificates in its keyrings."""
SOPV = "1.0"
"""The verification subset: version, verify, inline-verify."""
PACKAGES = ("cryptography", "PGPy", "anycrc", "pybase64")
"""Those that compute."""


@click.command()
@click.option("--backend", is_flag=True, help="The library that computes, and its version.")
@click.option("--extended", is_flag=True, help="Of everything that takes part.")
@click.option("--sop-spec", is_flag=True, help="The specification that is followed; ~ where something is missing.")
@click.option("--sopv", is_flag=True, help="The version of the verification subset.")
def version(backend: bool, extended: bool, sop_spec: bool, sopv: bool) -> None:
    """Print the version: one line, name and number; with an option something else."""
    chosen = [show for show, asked in zip(_SHOWN, (backend, extended, sop_spec, sopv), strict=True) if asked]
    if len(chosen) > 1:
        raise Failure(ExitCode.INCOMPATIBLE_OPTIONS, "Only one of --backend, --extended, --sop-spec, --sopv at a time.")
    show = chosen[0] if chosen else _plain
    standard_streams.write("".join(f"{line}\n" for line in show()).encode())


def _plain() -> list[str]:
    return [f"ithaca-sop {ithaca.__version__}"]


def _backend() -> list[str]:
    return _packages()[:1]


def _packages() -> list[str]:
    from importlib import metadata  # noqa: PLC0415 (only asked for here, and slow)

    return [f"{name} {metadata.version(name)}" for name in PACKAGES]


def _extended() -> list[str]:
    import platform  # noqa: PLC0415 (the same)
    import ssl  # noqa: PLC0415 (the same)

    from cryptography.hazmat.backends.openssl import backend  # noqa: PLC0415 (the same)

    name, number = platform.python_implementation(), platform.python_version()
    hashes, ciphers = f"{ssl.OPENSSL_VERSION} (hashes)", f"{backend.openssl_version_text()} (in cryptography)"
    return [*_plain(), *_packages(), ciphers, hashes, f"{name} {number}"]


def _specification() -> list[str]:
    return [f"~{SPECIFICATION}", f"Without {', '.join(MISSING)}; with an option of its own, encrypt --hidden."]


def _sopv() -> list[str]:
    return [SOPV]


_SHOWN = (_backend, _extended, _specification, _sopv)


@click.command("list-profiles")
@click.argument("subcommand")
def list_profiles(subcommand: str) -> None:
    """List the profiles of SUBCOMMAND, one in a line, the default first."""
    standard_streams.write("".join(f"{line}\n" for line in profiles.listed(subcommand)).encode())
